/**
 * The metrics that curves, folds, comparisons and charts are told by, once: what each is called, how it is written, which
 * way is better. Everything else names a metric by its id.
 * To add a metric: its id, a line here, and what computes it in its task's evaluation.
 */
import { fixed, formatPercent } from '../words/numbers';

export type ClassificationMetricId = 'accuracy' | 'macro_f1';
export type GenerationMetricId = 'loss' | 'perplexity' | 'token_accuracy' | 'exact_match' | 'rouge_l' | 'chrf';
export type MetricId = ClassificationMetricId | GenerationMetricId;

/** Values by metric; a metric that was not measured is left out. Shares 0–1; chrF 0–100, as sacreBLEU gives it. */
export type Scores = Partial<Record<MetricId, number>>;

export interface MetricDefinition<Id extends MetricId = MetricId> {
  id: Id;
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

/** Of 0 to 100 by custom, without a unit. */
const POINTS: Pick<MetricDefinition, 'better' | 'axis'> = {
  better: 'higher',
  axis: { factor: 100, unit: '0–100', bounds: [0, 100] },
};

/** What a model pays for the wanted answer. */
const COST: Pick<MetricDefinition, 'better' | 'axis' | 'format' | 'bare'> = {
  better: 'lower',
  axis: { factor: 1, unit: '', bounds: [0, Infinity] },
  format: (value) => fixed(value, 2),
  bare: (value) => fixed(value, 2),
};

const BY_TASK: {
  classification: readonly MetricDefinition<ClassificationMetricId>[];
  generation: readonly MetricDefinition<GenerationMetricId>[];
} = {
  classification: [
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
  ],
  generation: [
    {
      ...COST,
      id: 'loss',
      task: 'generation',
      title: 'Loss of the answer',
      name: 'loss',
      difference: 'loss per token',
    },
    {
      ...COST,
      id: 'perplexity',
      task: 'generation',
      title: 'Perplexity',
      name: 'perplexity',
      axis: { factor: 1, unit: '', bounds: [1, Infinity] },
      difference: 'perplexity',
      format: (value) => fixed(value, 1),
      bare: (value) => fixed(value, 1),
    },
    {
      ...SHARE,
      id: 'token_accuracy',
      task: 'generation',
      title: 'Token accuracy',
      name: 'token accuracy',
      difference: 'points of token accuracy',
    },
    {
      ...SHARE,
      id: 'exact_match',
      task: 'generation',
      title: 'Exact match',
      name: 'exact match',
      difference: 'points of exact match',
    },
    {
      ...SHARE,
      ...POINTS,
      id: 'rouge_l',
      task: 'generation',
      title: 'ROUGE-L',
      name: 'ROUGE-L',
      difference: 'points of ROUGE-L',
      format: (share) => fixed(share * 100, 1),
    },
    {
      ...POINTS,
      id: 'chrf',
      task: 'generation',
      title: 'chrF',
      name: 'chrF',
      axis: { factor: 1, unit: '0–100', bounds: [0, 100] },
      difference: 'points of chrF',
      format: (value) => fixed(value, 1),
      bare: (value) => fixed(value, 1),
    },
  ],
};

export const METRICS: readonly MetricDefinition[] = Object.values(BY_TASK).flat();

/** The registry line of a metric. */
export function metricDefinition(id: MetricId): MetricDefinition {
  const found = METRICS.find((metric) => metric.id === id);
  if (!found) throw new RangeError(`No metric ${id}`);
  return found;
}

/** The metrics of a task, the one to begin with first. */
export function metricsOf<T extends MetricDefinition['task']>(task: T): (typeof BY_TASK)[T] {
  return BY_TASK[task];
}
