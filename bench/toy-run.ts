/** A whole run on drawn sentences with the built-in model: what `npm run job` does, without a page. */
import { makeFolds } from '../src/core/data/folds';
import { autoChoices, resolveSettings } from '../src/core/settings/defaults';
import { factsOf } from '../src/core/settings/facts';
import type { ExperimentData } from '../src/core/run/experiment';
import type { Method, SettingChoices, Settings } from '../src/core/settings/settings';
import type { Model } from '../src/engine/models/read-model';
import type { ExperimentInput } from '../src/engine/run/experiment';
import { sentences } from './sentences';

const LABELS = ['delivery', 'payment', 'app', 'other'];

export interface ToyRun {
  rows: number;
  folds: number;
  method: Method;
  choices?: Partial<SettingChoices>;
}

/** Everything that a run takes; nothing is kept between runs. Labels are dealt in turn: nothing is to be learned. */
export function toyRun(model: Model, { rows, folds, method, choices = {} }: ToyRun): ExperimentInput {
  const texts = sentences(rows);
  const labelIndices = Int32Array.from({ length: rows }, (_, row) => row % LABELS.length);
  const settings = settingsOf(model, rows, folds, method, choices);
  const data: ExperimentData = {
    labels: LABELS,
    lines: Int32Array.from({ length: rows }, (_, row) => row + 1),
    texts,
    labelIndices,
    groups: Int32Array.from({ length: rows }, (_, row) => row),
    tokenIds: texts.map((text) => model.tokenizer.encode(text, settings.maxLength)),
    cutRows: 0,
  };
  const { foldOf } = makeFolds(labelIndices, data.groups, folds, settings.seed, LABELS);
  return {
    data,
    plan: { settings, evaluation: { folds, test: { kind: 'none' } }, foldOf, folds },
    testData: null,
    model,
    features: { get: () => Promise.resolve(null), put: () => Promise.resolve() },
    modelSha256: model.manifest.sha256,
    modelId: model.manifest.id,
    observer: {
      onProgress: () => undefined,
      onPoint: () => undefined,
      onFold: () => undefined,
      onLog: () => undefined,
    },
    control: { checkpoint: () => Promise.resolve('continue') },
  };
}

function settingsOf(
  model: Model,
  rows: number,
  folds: number,
  method: Method,
  choices: Partial<SettingChoices>,
): Settings {
  const labels = LABELS.map((label) => ({ label, count: Math.ceil(rows / LABELS.length) }));
  const facts = factsOf({ rowCount: rows, labels }, null, {
    backend: 'wasm',
    evaluation: { folds, test: { kind: 'none' } },
    limit: 0,
    model: { layers: model.config.layers, maxTokens: model.manifest.card.maxTokens },
  });
  return resolveSettings(method, { ...autoChoices(), maxLength: 128, ...choices }, facts).settings;
}
