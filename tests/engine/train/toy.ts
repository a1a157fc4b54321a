/**
 * A toy experiment: a tiny random BERT and rows whose label shows in two of their tokens.
 */
import type { ExperimentData, ExperimentObserver, FeatureStore, RunControl } from '../../../src/core/plan/experiment';
import { autoChoices, resolveSettings } from '../../../src/core/plan/defaults';
import { factsOf } from '../../../src/core/plan/facts';
import type { Method, SettingChoices } from '../../../src/core/plan/settings';
import { createRandom } from '../../../src/core/random';
import { makeFolds } from '../../../src/core/data/folds';
import type { BertModel } from '../../../src/engine/models/bert/weights';
import type { ExperimentInput } from '../../../src/engine/train/experiment';
import { tinyConfig, tinyWeights } from '../../helpers/tiny-bert';

const LABELS = ['a', 'b', 'c'];

/** `rows` rows of three labels; every text is of its own. */
export function toyData(rows: number, seed = 1): ExperimentData {
  const random = createRandom(seed);
  const labelIndices = Int32Array.from({ length: rows }, (_, i) => i % LABELS.length);
  const tokenIds = Array.from(labelIndices, (label) => {
    const noise = Array.from({ length: 2 + Math.floor(random() * 5) }, () => 10 + Math.floor(random() * 29));
    return Int32Array.from([1, 3 + label, 6 + label, ...noise, 3 + label, 6 + label, 2]);
  });
  return {
    labels: LABELS,
    lines: labelIndices.map((_, i) => i + 1),
    texts: tokenIds.map((ids) => Array.from(ids, (id) => `word${id}`).join(' ')),
    labelIndices,
    groups: Int32Array.from(labelIndices.keys()),
    tokenIds,
    cutRows: 0,
  };
}

/** The tiny model; nothing but config and weights is read from it while training. */
export function toyModel(seed = 5): BertModel {
  const unused = (): never => {
    throw new Error('Training must not ask for this.');
  };
  return {
    config: tinyConfig,
    weights: tinyWeights(seed),
    get manifest() {
      return unused();
    },
    get tokenizer() {
      return unused();
    },
  };
}

export const CONTINUE: RunControl = { checkpoint: () => Promise.resolve('continue') };

/** Answers `at` after so many looks, `continue` before. */
export function stopAfter(looks: number): RunControl & { looks(): number } {
  let seen = 0;
  return { checkpoint: () => Promise.resolve(++seen > looks ? 'stop' : 'continue'), looks: () => seen };
}

export const SILENT: ExperimentObserver = {
  onProgress: () => undefined,
  onPoint: () => undefined,
  onFold: () => undefined,
  onLog: () => undefined,
};

export class MemoryStore implements FeatureStore {
  readonly kept = new Map<string, Float32Array>();
  get(key: string): Promise<Float32Array | null> {
    return Promise.resolve(this.kept.get(key) ?? null);
  }
  put(key: string, values: Float32Array): Promise<void> {
    this.kept.set(key, values);
    return Promise.resolve();
  }
}

/** A whole input with learning rates that suit a model this small. */
export function toyInput(
  method: Method,
  model: BertModel,
  { rows = 60, test = 0, folds = 3, choices = {}, data = toyData(rows) }: ToyOptions = {},
): ExperimentInput {
  const evaluation = { folds, test: { kind: 'none' as const } };
  const labels = LABELS.map((label) => ({ label, count: data.labelIndices.length / LABELS.length }));
  const facts = factsOf({ rowCount: data.labelIndices.length, labels }, null, {
    method,
    backend: 'wasm',
    evaluation,
    limit: 0,
    model: { layers: tinyConfig.layers, maxTokens: tinyConfig.maxPositions },
  });
  const fast = {
    nEpochs: 12,
    batchSize: 8,
    learningRate: 0.004,
    headLearningRate: 0.02,
    layers: 1,
    dropout: 0,
    maxSteps: 40,
  };
  const { settings } = resolveSettings(method, { ...autoChoices(), ...fast, ...choices }, facts);
  const { foldOf } = makeFolds(data.labelIndices, data.groups, folds, settings.seed);
  return {
    data,
    plan: { settings, evaluation, foldOf, folds },
    testData: test > 0 ? toyData(test, 99) : null,
    model,
    features: new MemoryStore(),
    modelSha256: 'toy',
    observer: SILENT,
    control: CONTINUE,
  };
}

export interface ToyOptions {
  rows?: number;
  test?: number;
  folds?: number;
  choices?: Partial<SettingChoices>;
  data?: ExperimentData;
}
