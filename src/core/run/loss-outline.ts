/** The loss of a run's first fold, as much of it as a drawing the size of a word shows. Plain data, kept in the record. */
import { withoutUndone } from './curve';
import type { CurvePoint } from './record';
import type { LossOutline, LossPoint } from './summary';

const MAX_POINTS = 60;

/** The outline of a curve, whose points are in the order in which they were told. */
export function lossOutline(
  points: readonly Pick<CurvePoint, 'fold' | 'step' | 'trainLoss' | 'validLoss'>[],
): LossOutline {
  const first = withoutUndone(points.filter(({ fold }) => fold === 0));
  const line = (read: 'trainLoss' | 'validLoss'): LossPoint[] =>
    first.flatMap(({ step, [read]: loss }) => (loss === null ? [] : [[step, loss] satisfies LossPoint]));
  const train = line('trainLoss');
  const [start, end] = [train[0], train.at(-1)];
  return {
    train: averaged(train),
    valid: averaged(line('validLoss')),
    ends: start && end ? [start[1], end[1]] : null,
  };
}

function averaged(points: readonly LossPoint[]): LossPoint[] {
  const size = Math.max(1, Math.ceil(points.length / MAX_POINTS));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const part = points.slice(i * size, (i + 1) * size);
    const mean = (at: 0 | 1): number => part.reduce((sum, point) => sum + point[at], 0) / part.length;
    return [mean(0), mean(1)];
  });
}
