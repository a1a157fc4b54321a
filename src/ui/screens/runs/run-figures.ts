/** The figures of a run as a list shows them: from its report, else from the folds it finished. Pure. */
import type { CurvePoint, Run } from '../../../core/run/record';

export interface ListedAccuracy {
  /** Mean over folds and its sample standard deviation, 0–1; no deviation with one fold. */
  mean: number;
  sd: number | null;
  /** Not all planned folds are in it. */
  partial: boolean;
}

/** Cross-validated accuracy; null while no fold is done. */
export function accuracyOf(run: Pick<Run, 'report' | 'folds'>): ListedAccuracy | null {
  if (run.report) {
    const { folds, accuracy } = run.report.cross_validation;
    if (folds.length === 0) return null;
    return { mean: accuracy.mean, sd: accuracy.sd, partial: run.report.status === 'partial' };
  }
  const values = run.folds.flatMap(({ metrics }) => metrics.accuracy ?? []);
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null, partial: true };
}

/** Milliseconds the run worked; null before its first progress. */
export function elapsedOf(run: Pick<Run, 'report' | 'progress'>): number | null {
  if (run.report) return run.report.timings.total * 1000;
  return run.progress?.elapsedMs ?? null;
}

export interface Spark {
  /** Path data in a 100 × 24 box; empty where there are under two points. */
  train: string;
  valid: string;
}

const WIDTH = 100;
const HEIGHT = 24;
const MARGIN = 2;
const MAX_POINTS = 60;

/** Train and validation loss of the first fold as two paths on one scale; train is averaged to at most sixty points. */
export function sparkOf(points: readonly CurvePoint[]): Spark {
  const first = points.filter(({ fold }) => fold === 0);
  const train = average(
    first.flatMap(({ step, trainLoss }) => (trainLoss === null ? [] : [{ step, loss: trainLoss }])),
  );
  const valid = first.flatMap(({ step, validLoss }) => (validLoss === null ? [] : [{ step, loss: validLoss }]));
  const all = [...train, ...valid];
  const steps = all.map(({ step }) => step);
  const losses = all.map(({ loss }) => loss);
  const [left, right] = [Math.min(...steps), Math.max(...steps)];
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const path = (line: readonly LossPoint[]): string => {
    if (line.length < 2) return '';
    const place = ({ step, loss }: LossPoint): string => {
      const x = (WIDTH * (step - left)) / Math.max(1, right - left);
      const y = MARGIN + ((HEIGHT - 2 * MARGIN) * (high - loss)) / (high - low || 1);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    };
    return `M${line.map(place).join('L')}`;
  };
  return { train: path(train), valid: path(valid) };
}

interface LossPoint {
  step: number;
  loss: number;
}

function average(points: readonly LossPoint[]): LossPoint[] {
  const size = Math.max(1, Math.ceil(points.length / MAX_POINTS));
  const averaged: LossPoint[] = [];
  for (let start = 0; start < points.length; start += size) {
    const part = points.slice(start, start + size);
    const mean = (read: (point: LossPoint) => number): number =>
      part.reduce((sum, point) => sum + read(point), 0) / part.length;
    averaged.push({ step: mean(({ step }) => step), loss: mean(({ loss }) => loss) });
  }
  return averaged;
}
