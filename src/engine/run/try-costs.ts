/** What the tries of a rung take next to each other. */
import type { ModelCounts } from '../../core/models/counts';
import type { Settings } from '../../core/settings/settings';
import type { Corpus } from '../tasks/classification/corpus';
import { estimateParts } from './estimate';
import { workloadOf } from './workload';

/** All is read, and no output of frozen layers is to be computed. */
const NOTHING_LEFT = { unread: [], unkept: [] };

/** A try, for what it computes. */
export interface PricedTry {
  corpus: Corpus;
  counts: ModelCounts;
  settings: Settings;
}

/** What the folds of tries take next to those of the first one, by what they compute: the same on every device. */
export function costsNextTo(folds: number, all: readonly PricedTry[]): number[] {
  const [first = 0, ...tries] = all.map(({ corpus, settings, counts }) =>
    estimateParts(workloadOf(corpus, settings, counts, folds, NOTHING_LEFT)).reduce(
      (sum, { phase, estimateMs }) => sum + (phase === 'fold' ? estimateMs : 0),
      0,
    ),
  );
  return tries.map((ms) => (first > 0 ? ms / first : 1));
}
