/**
 * Which label was answered for which: the counts that every classification figure is read from.
 * Labels are positions in a list, never object keys, so that a label named `__proto__` is a label like any other.
 */
import { AppError } from '../errors';

/** Rows are true labels, columns predicted ones, both in the order of `labels`. */
export interface ConfusionMatrix {
  labels: readonly string[];
  /** [true, predicted] */
  counts: number[][];
}

/** Counts answers; `yTrue` and `yPred` hold positions in `labels`, one per row. Throws `internal` on a position outside it. */
export function confusionMatrix(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  labels: readonly string[],
): ConfusionMatrix {
  if (yTrue.length !== yPred.length) {
    throw new AppError('internal', `${yTrue.length} true labels came with ${yPred.length} predictions.`);
  }
  const counts = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < yTrue.length; i++) {
    const row = counts[yTrue[i] ?? -1];
    const predicted = yPred[i] ?? -1;
    const count = row?.[predicted];
    if (row === undefined || count === undefined) {
      throw new AppError(
        'internal',
        `Row ${i} has label ${yTrue[i]} or answer ${yPred[i]} outside 0–${labels.length - 1}.`,
      );
    }
    row[predicted] = count + 1;
  }
  return { labels, counts };
}

/** Without labels that no row has and no answer gave: what averages over labels go by, as in scikit-learn without `labels=`. */
export function occurringOnly({ labels, counts }: ConfusionMatrix): ConfusionMatrix {
  const occurs = (label: number): boolean =>
    counts.some((row, truth) => (row[label] ?? 0) > 0 || (truth === label && row.some((count) => count > 0)));
  const kept = [...labels.keys()].filter(occurs);
  return {
    labels: kept.map((label) => labels[label] ?? ''),
    counts: kept.map((truth) => kept.map((label) => counts[truth]?.[label] ?? 0)),
  };
}
