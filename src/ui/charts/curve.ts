/**
 * What the live charts draw of one fold: its lines against the step, the best checkpoint, where epochs begin, and
 * a sentence for those who do not see the drawing. Pure; reads the plain curve points of a run.
 */
import { type MetricDefinition, type MetricId, METRICS } from '../../core/metrics/registry';
import { withoutUndone } from '../../core/run/curve';
import type { CurvePoint } from '../../core/run/record';
import type { XY } from './decimate';

export interface EpochStart {
  /** 1-based. */
  epoch: number;
  /** Steps done before it. */
  step: number;
}

export interface FoldCurve {
  trainLoss: XY[];
  /** `trainLoss` after `smooth`. */
  smoothLoss: XY[];
  validLoss: XY[];
  /** Of the validation rows, by metric, as its axis counts: accuracy in per cent. */
  metrics: Partial<Record<MetricId, XY[]>>;
  learningRate: XY[];
  gradNorm: XY[];
  /** The step of the lowest validation loss: the weights that are kept. Null where nothing was chosen by it. */
  best: XY | null;
  /** Validation is of the rows that the fold is scored on, for this drawing alone. */
  watched: boolean;
  /** First step seen of each epoch, ascending. */
  epochs: EpochStart[];
  lastStep: number;
}

/** The lines of `fold` (0-based). `smoothing` is 0 (raw) to below 1. */
export function foldCurve(points: readonly CurvePoint[], fold: number, smoothing: number): FoldCurve {
  const curve: FoldCurve = {
    trainLoss: [],
    smoothLoss: [],
    validLoss: [],
    metrics: {},
    learningRate: [],
    gradNorm: [],
    best: null,
    watched: false,
    epochs: [],
    lastStep: 0,
  };
  // What a setback took back is no part of the line: it would run backwards.
  for (const point of withoutUndone(points.filter((one) => one.fold === fold))) {
    const { step } = point;
    curve.lastStep = Math.max(curve.lastStep, step);
    const epoch = Math.max(1, Math.ceil(point.epoch));
    if (epoch > (curve.epochs[curve.epochs.length - 1]?.epoch ?? 0))
      curve.epochs.push({ epoch, step: Math.max(0, step - 1) });
    if (point.trainLoss !== null) curve.trainLoss.push({ x: step, y: point.trainLoss });
    if (point.learningRate !== null) curve.learningRate.push({ x: step, y: point.learningRate });
    if (point.gradNorm !== null) curve.gradNorm.push({ x: step, y: point.gradNorm });
    for (const { id, axis } of METRICS) {
      const value = point.metrics?.[id];
      if (value !== undefined) (curve.metrics[id] ??= []).push({ x: step, y: value * axis.factor });
    }
    if (point.validLoss !== null) {
      curve.validLoss.push({ x: step, y: point.validLoss });
      if (point.watched === true) curve.watched = true;
      else if (curve.best === null || point.validLoss < curve.best.y) curve.best = { x: step, y: point.validLoss };
    }
  }
  curve.smoothLoss = smooth(curve.trainLoss, smoothing);
  return curve;
}

/**
 * De-biased exponential moving average, as TensorBoard draws it: m ← w·m + (1 − w)·y, shown as m ÷ (1 − wⁿ), so
 * that the first points are not pulled towards 0. `weight` 0 returns the line unchanged.
 */
export function smooth(points: readonly XY[], weight: number): XY[] {
  let mean = 0;
  let power = 1;
  return points.map(({ x, y }) => {
    mean = weight * mean + (1 - weight) * y;
    power *= weight;
    return { x, y: mean / (1 - power) };
  });
}

/** Where the planned epochs begin, evenly over `steps`; none without a plan. */
export function plannedEpochs(epochs: number, steps: number): EpochStart[] {
  return Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    step: Math.round((index * steps) / epochs),
  }));
}

/** The folds that have points, ascending. */
export function foldsSeen(points: readonly CurvePoint[]): number[] {
  return [...new Set(points.map((point) => point.fold))].sort((a, b) => a - b);
}

/** The value of the line at the point nearest to `step`; null for an empty line. */
export function valueAt(line: readonly XY[], step: number): XY | null {
  let low = 0;
  let high = line.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((line[middle]?.x ?? 0) <= step) low = middle;
    else high = middle;
  }
  const before = line[low];
  const after = line[high];
  if (before === undefined || after === undefined) return null;
  return Math.abs(after.x - step) < Math.abs(before.x - step) ? after : before;
}

/** What a validation curve of rows that nothing was chosen by is. */
export const WATCHED_WORDS = 'Validation is of the rows this fold is scored on; nothing is chosen by it.';

/** «Train loss falls from 1.79 to 0.20, validation loss from 1.26 to 0.28; the lowest is 0.274 at step 120.» */
export function lossSummary(curve: FoldCurve): string {
  const parts: string[] = [];
  const train = ends(curve.smoothLoss);
  const valid = ends(curve.validLoss);
  if (train !== null) parts.push(`Train loss went from ${train.first.toFixed(2)} to ${train.last.toFixed(2)}`);
  if (valid !== null)
    parts.push(
      `${train === null ? 'Validation' : 'validation'} loss from ${valid.first.toFixed(2)} to ${valid.last.toFixed(2)}`,
    );
  if (parts.length === 0) return 'No step has been made yet.';
  const lowest =
    curve.best === null ? '' : `; the lowest validation loss is ${curve.best.y.toFixed(3)} at step ${curve.best.x}`;
  return `${parts.join(', ')}${lowest}.${curve.watched ? ` ${WATCHED_WORDS}` : ''}`;
}

/** «Accuracy went from 60.0 to 95.0 % in 13 readings.» */
export function scoreSummary({ title, axis }: MetricDefinition, line: readonly XY[]): string {
  const range = ends(line);
  if (range === null) return 'Nothing has been measured yet.';
  return `${title} went from ${range.first.toFixed(1)} to ${range.last.toFixed(1)} ${axis.unit} in ${line.length} reading${line.length === 1 ? '' : 's'}.`;
}

function ends(line: readonly XY[]): { first: number; last: number } | null {
  const first = line[0];
  const last = line[line.length - 1];
  return first === undefined || last === undefined ? null : { first: first.y, last: last.y };
}

/** The last value of a line; null for an empty one. */
export function lastOf(line: readonly XY[]): number | null {
  return line[line.length - 1]?.y ?? null;
}
