/** The figures of a run as a list shows them: from the summary of its report, else from the folds it finished. Pure. */
import { meanAndSd } from '../../../core/metrics/intervals';
import type { MetricId } from '../../../core/metrics/registry';
import type { LossOutline } from '../../../core/run/summary';
import type { Run } from '../../../core/run/record';

export interface ListedScore {
  /** Mean over folds and its sample standard deviation; no deviation with one fold. */
  mean: number;
  sd: number | null;
  /** Not all planned folds are in it. */
  partial: boolean;
}

/** A cross-validated metric; null while no fold is done, or where it was not measured. */
export function listedScore({ summary, folds }: Pick<Run, 'summary' | 'folds'>, metric: MetricId): ListedScore | null {
  if (summary) {
    const score = summary.metrics[metric];
    return score ? { mean: score.mean, sd: score.sd, partial: summary.status === 'partial' } : null;
  }
  const values = folds.flatMap(({ metrics }) => metrics[metric] ?? []);
  if (values.length === 0) return null;
  const { mean, sd } = meanAndSd(values);
  return { mean, sd: values.length > 1 ? sd : null, partial: true };
}

/** Milliseconds the run worked; null before its first progress. */
export function elapsedOf({ summary, progress }: Pick<Run, 'summary' | 'progress'>): number | null {
  return summary ? summary.totalSeconds * 1000 : (progress?.elapsedMs ?? null);
}

export interface Spark {
  /** Path data in a 100 × 24 box; empty where there are under two points. */
  train: string;
  valid: string;
}

const WIDTH = 100;
const HEIGHT = 24;
const MARGIN = 2;

/** Train and validation loss as two paths on one scale. */
export function sparkOf({ train, valid }: LossOutline): Spark {
  const all = [...train, ...valid];
  const steps = all.map(([step]) => step);
  const losses = all.map(([, loss]) => loss);
  const [left, right] = [Math.min(...steps), Math.max(...steps)];
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const path = (line: LossOutline['train']): string => {
    if (line.length < 2) return '';
    const place = ([step, loss]: (typeof line)[number]): string => {
      const x = (WIDTH * (step - left)) / Math.max(1, right - left);
      const y = MARGIN + ((HEIGHT - 2 * MARGIN) * (high - loss)) / (high - low || 1);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    };
    return `M${line.map(place).join('L')}`;
  };
  return { train: path(train), valid: path(valid) };
}
