/**
 * The still figures of a report as numbers: what stands on which axis, by the metrics of the registry.
 * Pure; the components only draw. Scores arrive as the report has them and leave as their axis counts: shares in per cent.
 */
import { meanAndSd } from '../../core/metrics/intervals';
import { metricDefinition, type ClassificationMetricId } from '../../core/metrics/registry';
import { opponentOf, ownBaseline } from '../../core/report/opponent';
import type { ClassificationReport } from '../../core/report/report';
import { metricOf } from '../../core/report/verdict/judgement';
import { BASELINE_WORDS, BASELINES } from '../../core/settings/baselines';
import { quoted } from '../../core/words/excerpt';
import { roundAxis, type Axis } from './axis';

/** The metric that the verdict goes by, and the figures begin with; in reports of version 0.1 always accuracy. */
export function verdictMetric(report: ClassificationReport): ClassificationMetricId {
  return report.comparisons.majority === undefined ? 'accuracy' : metricOf(report);
}

/** The title of the simpler method that a run is measured against first. */
export function opponentTitle(report: ClassificationReport): string {
  return BASELINE_WORDS[opponentOf(report)].title;
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
export function foldFigure(report: ClassificationReport, metric: ClassificationMetricId): FoldFigure | null {
  const { factor } = metricDefinition(metric).axis;
  const others = report.baselines[opponentOf(report)]?.[metric].folds ?? [];
  const folds = report.cross_validation.folds.map((fold, index) => {
    const other = others[index];
    const after = fold[metric] * factor;
    const before = other === undefined ? null : other * factor;
    return { fold: fold.fold, before, after, gain: before === null ? null : after - before };
  });
  return foldsTogether(metric, folds);
}

/** Folds that are there already, with their means; in the unit of the axis. Null where there is none. */
export function foldsTogether(metric: ClassificationMetricId, folds: FoldFigure['folds']): FoldFigure | null {
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
    axis: scoreAxis(metric, [...values, ...ends]),
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
export function methodFigure(
  report: ClassificationReport,
  metric: ClassificationMetricId,
): { axis: Axis; rows: MethodRow[] } | null {
  const { factor } = metricDefinition(metric).axis;
  const own = report.cross_validation.folds.map((fold) => fold[metric] * factor);
  if (own.length === 0) return null;
  const commonest = [...report.dataset.labels].sort((a, b) => b.count - a.count)[0]?.label;
  const itself = ownBaseline(report);
  const rows: MethodRow[] = BASELINES.filter((id) => id !== itself)
    .map((id) => ({
      id,
      title: BASELINE_WORDS[id].title,
      note: id === 'majority' && commonest !== undefined ? `Always ${quoted(commonest)}` : BASELINE_WORDS[id].note,
      own: false,
      folds: (report.baselines[id]?.[metric].folds ?? []).map((score) => score * factor),
    }))
    .filter(({ folds }) => folds.length > 0)
    .map((row) => ({ ...row, ...spread(row.folds), offAxis: false }));
  const title = itself === null ? `${report.method_title}, tuned` : report.method_title;
  rows.push({ id: 'own', title, note: 'This run', own: true, folds: own, ...spread(own), offAxis: false });
  leaveOffStragglers(rows, opponentOf(report));
  return { axis: scoreAxis(metric, rows.filter((row) => !row.offAxis).flatMap(reach), 4), rows };
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
export function gainFigure(report: ClassificationReport, metric: ClassificationMetricId): GainFigure | null {
  const comparison = report.comparisons[opponentOf(report)]?.[metric];
  if (comparison === undefined) return null;
  const folds = (foldFigure(report, metric)?.folds ?? []).flatMap(({ gain }) => (gain === null ? [] : [gain]));
  const { factor, bounds } = metricDefinition(metric).axis;
  // Scores cannot differ by more than their axis is long; reports of version 0.1 hold wider intervals.
  const most = bounds[1] - bounds[0];
  const low = Math.max(-most, comparison.ci95[0] * factor);
  const high = Math.min(most, comparison.ci95[1] * factor);
  const rope = comparison.rope * factor;
  const all = [low, high, -rope, rope, ...folds];
  return {
    axis: roundAxis(Math.min(...all), Math.max(...all), 6, [-most, most]),
    mean: comparison.mean_difference * factor,
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

/** An axis of scores: round ends, never past what the metric can be. */
function scoreAxis(metric: ClassificationMetricId, values: number[], maxSteps = 5): Axis {
  const { bounds } = metricDefinition(metric).axis;
  const [least, most] = bounds;
  return roundAxis(Math.max(least, Math.min(...values)), Math.min(most, Math.max(...values)), maxSteps, bounds);
}
