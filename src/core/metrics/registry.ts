/**
 * The metrics that curves, folds, comparisons and charts are told by, once: what each is called, how it is written, which
 * way is better. Everything else names a metric by its id.
 * To add a metric: its id, a line here, and what computes it in its task's evaluation.
 */
import { fixed, formatPercent } from '../words/numbers';

export type MetricId = 'accuracy' | 'macro_f1';

/** Values by metric; a metric that was not measured is left out. Shares 0–1. */
export type Scores = Partial<Record<MetricId, number>>;

export interface MetricDefinition {
  id: MetricId;
  task: 'classification' | 'generation';
  /** As a heading: «Macro-F1». */
  title: string;
  /** In a sentence: «macro-F1». */
  name: string;
  better: 'higher' | 'lower';
  /** What a value is multiplied by on an axis, and the unit there: «%» of a share. */
  axis: { factor: number; unit: string; bounds: [number, number] };
  /** What a difference of two values is counted in: «points of accuracy». */
  difference: string;
  /** A value by itself: «93.1 %». */
  format(value: number): string;
  /** A value where the unit stands elsewhere: «93.1». */
  bare(value: number): string;
}

const SHARE: Pick<MetricDefinition, 'better' | 'axis' | 'format' | 'bare'> = {
  better: 'higher',
  axis: { factor: 100, unit: '%', bounds: [0, 100] },
  format: (share) => formatPercent(share),
  bare: (share) => fixed(share * 100, 1),
};

export const METRICS: readonly MetricDefinition[] = [
  {
    ...SHARE,
    id: 'accuracy',
    task: 'classification',
    title: 'Accuracy',
    name: 'accuracy',
    difference: 'points of accuracy',
  },
  {
    ...SHARE,
    id: 'macro_f1',
    task: 'classification',
    title: 'Macro-F1',
    name: 'macro-F1',
    difference: 'points of macro-F1',
  },
];

/** The registry line of a metric. */
export function metricDefinition(id: MetricId): MetricDefinition {
  const found = METRICS.find((metric) => metric.id === id);
  if (!found) throw new RangeError(`No metric ${id}`);
  return found;
}

/** The metrics of a task, the one to begin with first. */
export function metricsOf(task: MetricDefinition['task']): MetricDefinition[] {
  return METRICS.filter((metric) => metric.task === task);
}
