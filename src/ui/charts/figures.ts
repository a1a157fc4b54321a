/**
 * The still figures of a report as numbers: what stands on which axis, in per cent of accuracy or macro F1.
 * Pure; the components only draw. Scores arrive as shares 0–1 and leave in per cent.
 */
import type { Report } from '../../core/report/report';
import { quoted } from '../../core/report/verdict/figures';
import { type Metric, metricOf } from '../../core/report/verdict/judgement';
import { meanAndSd } from '../../core/metrics/intervals';
import { roundAxis, type Axis } from './axis';

export type { Metric };
export const METRIC_TITLES: Record<Metric, string> = { accuracy: 'Accuracy', macro_f1: 'Macro-F1' };

const TITLES = {
  majority: 'Majority',
  tfidf_logistic_regression: 'TF-IDF + logistic regression',
  features_only: 'Features only',
} as const;

/** The measure that the verdict goes by, and the figures begin with; in reports of version 0.1 always accuracy. */
export function verdictMetric(report: Report): Metric {
  return report.comparisons.majority === undefined ? 'accuracy' : metricOf(report);
}

/** What a run is measured against: features only, or word counts where the run itself is features only. */
export function opponentOf(report: Report): 'features_only' | 'tfidf_logistic_regression' {
  return report.method === 'features' ? 'tfidf_logistic_regression' : 'features_only';
}

export function opponentTitle(report: Report): string {
  return TITLES[opponentOf(report)];
}

export interface Spread {
  mean: number;
  /** Sample standard deviation; null for a single fold. */
  sd: number | null;
}

export interface FoldFigure {
  axis: Axis;
  /** `fold` is 0-based. */
  folds: { fold: number; before: number | null; after: number; gain: number | null }[];
  before: Spread | null;
  after: Spread;
  gain: Spread | null;
}

/** Before and after of every finished fold; null while no fold is finished. */
export function foldFigure(report: Report, metric: Metric): FoldFigure | null {
  const others = report.baselines[opponentOf(report)]?.[metric].folds ?? [];
  const folds = report.cross_validation.folds.map((fold, index) => {
    const other = others[index];
    const after = fold[metric] * 100;
    const before = other === undefined ? null : other * 100;
    return { fold: fold.fold, before, after, gain: before === null ? null : after - before };
  });
  if (folds.length === 0) return null;
  const paired = folds.flatMap(({ before, gain }) => (before === null || gain === null ? [] : [{ before, gain }]));
  const before = paired.length < folds.length ? null : spread(paired.map((pair) => pair.before));
  const after = spread(folds.map((fold) => fold.after));
  const values = folds.flatMap((fold) => [fold.after, ...(fold.before === null ? [] : [fold.before])]);
  const ends = [after, ...(before === null ? [] : [before])].flatMap(({ mean, sd }) => [
    mean - (sd ?? 0),
    mean + (sd ?? 0),
  ]);
  return {
    axis: shareAxis([...values, ...ends]),
    folds,
    before,
    after,
    gain: before === null ? null : spread(paired.map((pair) => pair.gain)),
  };
}

export interface MethodRow extends Spread {
  id: string;
  title: string;
  note: string;
  folds: number[];
  /** This run. */
  own: boolean;
  /** So far below the others that it is named by its number, not placed. */
  offAxis: boolean;
}

/** The run and the simpler methods on the same folds, weakest kind first. */
export function methodFigure(report: Report, metric: Metric): { axis: Axis; rows: MethodRow[] } | null {
  const own = report.cross_validation.folds.map((fold) => fold[metric] * 100);
  if (own.length === 0) return null;
  const commonest = [...report.dataset.labels].sort((a, b) => b.count - a.count)[0]?.label;
  const notes = {
    majority: commonest === undefined ? 'Always the commonest label' : `Always ${quoted(commonest)}`,
    tfidf_logistic_regression: 'Word counts, no language model',
    features_only: 'The model as it came',
  };
  const rows: MethodRow[] = (['majority', 'tfidf_logistic_regression', 'features_only'] as const)
    .filter((id) => !(id === 'features_only' && report.method === 'features'))
    .map((id) => ({
      id,
      title: TITLES[id],
      note: notes[id],
      own: false,
      folds: (report.baselines[id]?.[metric].folds ?? []).map((share) => share * 100),
    }))
    .filter(({ folds }) => folds.length > 0)
    .map((row) => ({ ...row, ...spread(row.folds), offAxis: false }));
  const title = report.method === 'features' ? report.method_title : `${report.method_title}, tuned`;
  rows.push({ id: 'own', title, note: 'This run', own: true, folds: own, ...spread(own), offAxis: false });
  leaveOffStragglers(rows, opponentOf(report));
  return { axis: shareAxis(rows.filter((row) => !row.offAxis).flatMap(reach), 4), rows };
}

/**
 * A method that would more than double the axis is left off it, lowest first: one far dot must not press the others
 * into a corner. This run and what it is measured against always stay on.
 */
function leaveOffStragglers(rows: MethodRow[], opponent: string): void {
  for (const row of [...rows].sort((a, b) => a.mean - b.mean)) {
    const others = rows.filter((other) => other !== row && !other.offAxis).flatMap(reach);
    if (row.own || row.id === opponent || others.length === 0) return;
    const low = Math.min(...others);
    const span = Math.max(...others) - low;
    if (low - Math.min(...reach(row)) <= span || span === 0) return;
    row.offAxis = true;
  }
}

export interface GainFigure {
  axis: Axis;
  /** Mean difference in points. */
  mean: number;
  /** 95 % interval in points. */
  low: number;
  high: number;
  /** Differences up to this many points count as none. */
  rope: number;
  /** Difference of every fold. */
  folds: number[];
  opponent: string;
}

/** The difference to the opponent in points with its interval; null where nothing was compared. */
export function gainFigure(report: Report, metric: Metric): GainFigure | null {
  const comparison = report.comparisons[opponentOf(report)]?.[metric];
  if (comparison === undefined) return null;
  const folds = (foldFigure(report, metric)?.folds ?? []).flatMap(({ gain }) => (gain === null ? [] : [gain]));
  // Shares cannot differ by more than 100 points; reports of version 0.1 hold wider intervals.
  const low = Math.max(-100, comparison.ci95[0] * 100);
  const high = Math.min(100, comparison.ci95[1] * 100);
  const rope = comparison.rope * 100;
  const all = [low, high, -rope, rope, ...folds];
  return {
    axis: roundAxis(Math.min(...all), Math.max(...all), 6, [-100, 100]),
    mean: comparison.mean_difference * 100,
    low,
    high,
    rope,
    folds,
    opponent: opponentTitle(report),
  };
}

function spread(values: number[]): Spread {
  const { mean, sd } = meanAndSd(values);
  return { mean, sd: values.length < 2 ? null : sd };
}

function reach({ mean, sd, folds }: MethodRow): number[] {
  return [mean - (sd ?? 0), mean + (sd ?? 0), ...folds];
}

/** A percentage axis: round ends, never past 0 or 100. */
function shareAxis(values: number[], maxSteps = 5): Axis {
  return roundAxis(Math.max(0, Math.min(...values)), Math.min(100, Math.max(...values)), maxSteps, [0, 100]);
}
