/**
 * The part of a fold's training rows that early stopping looks at. The rows a fold is scored on never enter.
 */
import { innerSplit } from '../../core/data/folds';
import { deriveSeed } from '../../core/random';
import type { Settings } from '../../core/plan/settings';
import { labelsOf, type Corpus } from './corpus';

const SHARE = 0.15;
/** More rows cost time at every look and tell little more. */
const MOST_ROWS = 500;
/** With fewer, one row more or less decides where training stops. */
const FEWEST_ROWS = 20;

export interface InnerPart {
  training: Int32Array;
  validation: Int32Array;
}

/** How many of some rows are set aside, about; 0 = none. */
export function innerRowCount(rows: number, labels: number, patience: number): number {
  const wanted = Math.min(SHARE * rows, MOST_ROWS);
  return patience === 0 || wanted < Math.max(FEWEST_ROWS, labels) ? 0 : wanted;
}

/**
 * Sets about 15 % of `rows` aside, stratified and in groups. Null, with a note, when early stopping is off or that
 * would be fewer than 20 rows, or than one per label.
 */
export function innerPart(
  corpus: Corpus,
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
