/**
 * The part of a fold's training rows that early stopping looks at. The rows a fold is scored on never enter.
 */
import { innerSplit } from '../../../core/data/hold-out';
import { innerRowCount } from '../../../core/settings/early-stopping';
import { deriveSeed } from '../../../core/random';
import type { Settings } from '../../../core/settings/settings';
import { labelsOf, type Corpus } from './corpus';

export interface InnerPart {
  training: Int32Array;
  validation: Int32Array;
}

/**
 * Sets about 15 % of `rows` aside, stratified and in groups. Null, with a note, when early stopping is off or that
 * would be fewer than 20 rows, or than one per label.
 */
export function innerPart(
  corpus: Pick<Corpus, 'labelIndices' | 'groups'>,
  rows: Int32Array,
  fold: number,
  { earlyStoppingPatience, seed }: Settings,
): { part: InnerPart | null; note: string | null } {
  if (earlyStoppingPatience === 0) return { part: null, note: null };
  const labels = new Set(labelsOf(corpus, rows)).size;
  const wanted = innerRowCount(rows.length, labels, earlyStoppingPatience);
  if (wanted === 0) {
    const note = 'Early stopping was off: too few rows to set some aside. Every fold trained the full length.';
    return { part: null, note };
  }
  const split = innerSplit(
    rows,
    corpus.labelIndices,
    corpus.groups,
    wanted / rows.length,
    deriveSeed(seed, 'early-stopping', fold),
  );
  return { part: { training: split.train, validation: split.held }, note: null };
}
