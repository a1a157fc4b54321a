/**
 * What a run will do, counted from its settings: values trained, steps, texts read. Counts only, no guess of time.
 * Pure.
 */
import type { DatasetVersion } from '../../../core/data/dataset';
import { testShare } from '../../../core/settings/test-part';
import type { ModelEntry } from '../../../core/models/card';
import { adapterParameters } from '../../../core/models/lora';
import type { TrainedSettings } from '../../../core/settings/method';
import { methodDefinition } from '../../../core/settings/methods';
import type { EvaluationPlan, Settings } from '../../../core/settings/settings';

/** Values that a run changes: the classifier's always, and those of the encoder that the method opens. */
export function trainedValues(
  { shape, card }: Pick<ModelEntry, 'shape' | 'card'>,
  settings: Pick<Settings, 'method'> & TrainedSettings,
  labels: number,
): number {
  const { layers, embeddings, adapter } = methodDefinition(settings.method).trained(settings, shape);
  const head = (shape.hiddenSize + 1) * labels;
  if (adapter) return adapterParameters({ ...shape, layers }, adapter) + head;
  return (embeddings ? card.parameters : shape.layerParameters * layers) + head;
}

/**
 * The same for people. A recipe that is chosen in each fold may give the classifier more columns than the plain one: then
 * it is the least.
 */
export function valuesInWords(
  model: Pick<ModelEntry, 'shape' | 'card'>,
  settings: Pick<Settings, 'method' | 'recipe'> & TrainedSettings,
  labels: number,
): string {
  const values = shortCount(trainedValues(model, settings, labels));
  const { iterated, settings: used } = methodDefinition(settings.method);
  return !iterated && used.includes('recipe') && settings.recipe === 'choose' ? `from ${values}` : values;
}

/** «3.6 M», «76 k», «2,310»: a count of values in at most three figures. */
export function shortCount(values: number): string {
  if (values >= 1e6) return `${(values / 1e6).toFixed(1)} M`;
  if (values >= 10_000) return `${Math.round(values / 1000)} k`;
  return values.toLocaleString('en-US');
}

/** Optimizer steps of one training on `rows` rows, at most: early stopping ends sooner. 0 where nothing is stepped. */
export function stepsFor(settings: Settings, rows: number): number {
  return methodDefinition(settings.method).steps(settings, rows);
}

export interface SplitCounts {
  /** Rows used at all, after the limit. */
  used: number;
  training: number;
  /** Rows of each fold, the larger first; equal up to one row. */
  folds: number[];
  test: number;
}

/** Rows in the folds and the test part. `fileRows` are the rows of an own test file. */
export function splitCounts(
  version: Pick<DatasetVersion, 'rowCount' | 'parts'>,
  limit: number,
  plan: EvaluationPlan,
  fileRows: number,
): SplitCounts {
  const used = limit > 0 ? Math.min(limit, version.rowCount) : version.rowCount;
  const held = Math.round(used * testShare(plan.test, version));
  const training = used - held;
  const folds = Array.from(
    { length: plan.folds },
    (_, fold) => Math.floor(training / plan.folds) + (fold < training % plan.folds ? 1 : 0),
  );
  return { used, training, folds, test: plan.test.kind === 'file' ? fileRows : held };
}
