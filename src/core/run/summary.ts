/**
 * What lists, comparisons and the rail show of a run's report: it stands in the record of the run, so that none of them
 * reads a report. Plain data; core/report/summary.ts makes it.
 */
import type { MetricId } from '../metrics/registry';
import type { BaselineId } from '../settings/settings';
import type { AnswerWay } from './generation-outcome';

/** [step, loss] */
export type LossPoint = [number, number];

/** The loss of a run's first fold, as a drawing the size of a word shows it: see `lossOutline`. */
export interface LossOutline {
  /** Averaged to at most sixty points; empty where nothing was stepped. */
  train: LossPoint[];
  valid: LossPoint[];
  /** The first and the last training loss as they were told; null where nothing was stepped. */
  ends: [number, number] | null;
}

/** Over the finished folds; neither deviation nor interval with one. */
export interface ScoreSummary {
  mean: number;
  sd: number | null;
  ci95: [number, number] | null;
}

export interface RunSummary {
  task: 'classification' | 'generation';
  status: 'complete' | 'partial';
  /** What the method is called, also by a build that lacks it. */
  methodTitle: string;
  /** When the report was written, ISO 8601. */
  writtenAt: string;
  /** The verdict in one sentence. */
  sentence: string;
  metrics: Partial<Record<MetricId, ScoreSummary>>;
  /** Means of the simpler methods, or of the ways without training, on the same rows; one that was not finished is left out. */
  baselines: Partial<Record<BaselineId | Exclude<AnswerWay, 'tuned'>, Partial<Record<MetricId, number>>>>;
  totalSeconds: number;
  loss: LossOutline;
}
