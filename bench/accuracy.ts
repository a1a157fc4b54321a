/** The engine on a training and a test file, without folds: what a method reaches and how long it takes. */
import { readFile } from 'node:fs/promises';
import { groupRows } from '../src/core/data/groups';
import { classificationReport } from '../src/core/metrics/classification';
import { confusionMatrix } from '../src/core/metrics/confusion-matrix';
import { argmaxRows } from '../src/core/metrics/probabilistic';
import { autoChoices, resolveSettings } from '../src/core/plan/defaults';
import type { ExperimentData, FeatureStore, Predictions } from '../src/core/plan/experiment';
import { factsOf } from '../src/core/plan/facts';
import type { Method, SettingChoices } from '../src/core/plan/settings';
import type { Tokenizer } from '../src/core/text/tokenizer';
import { disposeWeights, loadModel } from '../src/engine/models/bert/weights';
import { runExperiment } from '../src/engine/train/experiment';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';

export interface Question {
  data: string;
  test: string;
  method: Method;
  choices: Partial<SettingChoices>;
  seeds: number[];
  /** Told every few steps. */
  tell(line: string): void;
}

interface Example {
  text: string;
  label: string;
}

/** One result per seed: shares, and seconds of training without reading the texts. */
export async function* measure({ data, test, method, choices, seeds, tell }: Question) {
  await startBackend('wasm');
  const model = await loadModel(builtInModel());
  const [trainRows, testRows] = await Promise.all([readExamples(data), readExamples(test)]);
  const labels = [...new Set(trainRows.map(({ label }) => label))].sort();
  const counts = labels.map((label) => ({ label, count: trainRows.filter((row) => row.label === label).length }));
  const tokenCounts = Int32Array.from(trainRows, ({ text }) => model.tokenizer.countTokens(text));
  const evaluation = { folds: 0, test: { kind: 'none' as const } };
  const facts = factsOf({ rowCount: trainRows.length, labels: counts }, tokenCounts, {
    method,
    backend: 'wasm',
    evaluation,
    limit: 0,
    model: { layers: model.config.layers, maxTokens: model.manifest.card.maxTokens },
  });
  const features = memoryStore();
  for (const seed of seeds) {
    const { settings } = resolveSettings(method, { ...autoChoices(), ...choices, seed }, facts);
    const testData = prepare(testRows, labels, model.tokenizer, settings.maxLength);
    const outcome = await runExperiment({
      data: prepare(trainRows, labels, model.tokenizer, settings.maxLength),
      testData,
      plan: { settings, evaluation, foldOf: new Int32Array(trainRows.length), folds: 0 },
      model,
      features,
      modelSha256: model.manifest.sha256,
      observer: {
        onProgress: () => undefined,
        onPoint: ({ step, trainLoss }) => {
          if (step === 1 || step % 20 === 0) tell(`seed ${seed} step ${step} loss ${trainLoss?.toFixed(4)}`);
        },
        onFold: () => undefined,
        onLog: tell,
      },
      control: { checkpoint: () => Promise.resolve('continue') },
    });
    if (!outcome.test) throw new Error('The run gave no answers.');
    yield {
      seed,
      settings,
      steps: outcome.finalSteps,
      ...scores(outcome.test, testData),
      features: scores(outcome.test.baselines.features_only, testData),
      words: scores(outcome.test.baselines.tfidf_logistic_regression, testData),
      seconds: outcome.timings,
    };
  }
  disposeWeights(model.weights);
}

function scores({ probabilities }: Predictions, { labelIndices, labels }: ExperimentData) {
  const answers = argmaxRows(probabilities, labels.length);
  const report = classificationReport(confusionMatrix(labelIndices, answers, labels));
  return { accuracy: report.accuracy, macroF1: report.macroAvg.f1 };
}

async function readExamples(path: string): Promise<Example[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const { text, label }: Example = JSON.parse(line);
    return { text, label };
  });
}

function prepare(rows: Example[], labels: string[], tokenizer: Tokenizer, maxLength: number): ExperimentData {
  return {
    labels,
    lines: Int32Array.from(rows.keys(), (row) => row + 1),
    texts: rows.map(({ text }) => text),
    labelIndices: Int32Array.from(rows, ({ label }) => labels.indexOf(label)),
    groups: groupRows(rows),
    tokenIds: rows.map(({ text }) => tokenizer.encode(text, maxLength)),
    cutRows: 0,
  };
}

function memoryStore(): FeatureStore {
  const kept = new Map<string, Float32Array>();
  return {
    get: (key) => Promise.resolve(kept.get(key) ?? null),
    put: (key, values) => {
      kept.set(key, values);
      return Promise.resolve();
    },
  };
}
