/**
 * The engine on a training and a test file: what a method reaches and how long it takes. With folds it is the page's own
 * protocol; where only the kept model is of interest, the folds can be taken as done with the lengths they chose.
 */
import { readFile } from 'node:fs/promises';
import { makeFolds } from '../src/core/data/folds';
import { groupRows } from '../src/core/data/groups';
import { classificationReport } from '../src/core/metrics/classification';
import { confusionMatrix } from '../src/core/metrics/confusion-matrix';
import { argmaxRows } from '../src/core/metrics/probabilistic';
import { autoChoices, resolveSettings } from '../src/core/settings/defaults';
import type { KeptWork } from '../src/core/run/checkpoint';
import type { ExperimentData, FeatureStore, StatePiece } from '../src/core/run/experiment';
import type { Predictions } from '../src/core/run/predictions';
import { factsOf } from '../src/core/settings/facts';
import { tallyTokens } from '../src/core/text/token-tally';
import type { Method, SettingChoices } from '../src/core/settings/settings';
import type { CurvePoint } from '../src/core/run/record';
import { deriveSeed } from '../src/core/random';
import type { Tokenizer } from '../src/core/text/tokenizer';
import { disposeWeights } from '../src/engine/models/weights';
import { loadModel, openModel } from '../src/engine/models/read-model';
import { runExperiment } from '../src/engine/run/experiment';
import { type EncoderChoice, encodersOf } from '../src/core/models/encoders';
import { DEFAULT_MODEL_ID } from '../src/core/models/registry';
import { methodDefinition } from '../src/core/settings/methods';
import { furtherEncoder, labelNames } from '../src/worker/run-encoders';
import { noisesOf, withNoise } from '../src/worker/run-noise';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';

export interface Question {
  data: string;
  test: string;
  method: Method;
  choices: Partial<SettingChoices>;
  seeds: number[];
  /** 0 = the fit to all rows alone. */
  folds: number;
  /** The folds are not trained, as if they had ended with these best lengths (none: all trained to the end); null = trained. */
  lengths: number[] | null;
  /** Only so many of the rows; 0 = all. */
  rows: number;
  /** As in a request of the page: `auto`, `both`, or the id of a model. */
  encoder: EncoderChoice;
  /** Told every few steps. */
  tell(line: string): void;
}

interface Example {
  text: string;
  label: string;
}

/** One result per seed: shares, and seconds of training without reading the texts. */
export async function* measure({ data, test, method, choices, seeds, folds, lengths, rows, encoder, tell }: Question) {
  await startBackend('wasm');
  const trains = methodDefinition(method).baseline !== 'features_only';
  const [first = DEFAULT_MODEL_ID, ...others] = encodersOf({ modelId: DEFAULT_MODEL_ID, encoder }, trains);
  const model = await loadModel(builtInModel(first));
  const read = await Promise.all(others.map((id) => openModel(builtInModel(id))));
  const [allRows, testRows] = await Promise.all([readExamples(data), readExamples(test)]);
  const trainRows = rows > 0 ? allRows.slice(0, rows) : allRows;
  const labels = [...new Set(trainRows.map(({ label }) => label))].sort();
  const counts = labels.map((label) => ({ label, count: trainRows.filter((row) => row.label === label).length }));
  const tally = tallyTokens(trainRows.map(({ text }) => model.tokenizer.countTokens(text)));
  const evaluation = { folds, test: { kind: 'none' as const } };
  const facts = factsOf({ rowCount: trainRows.length, labels: counts }, tally, {
    backend: 'wasm',
    evaluation,
    limit: 0,
    model: { layers: model.config.layers, maxTokens: model.manifest.card.maxTokens },
  });
  const features = memoryStore();
  for (const seed of seeds) {
    const { settings } = resolveSettings(method, { ...autoChoices(), ...choices, seed }, facts);
    const testData = prepare(testRows, labels, model.tokenizer, settings.maxLength);
    const plainData = prepare(trainRows, labels, model.tokenizer, settings.maxLength);
    const { signal } = new AbortController();
    const trainData = await withNoise(plainData, noisesOf([settings]), settings, model.tokenizer, signal);
    const points: CurvePoint[] = [];
    const parts = { data: trainData, test: { data: testData, source: test } };
    const names = labelNames(parts, {}, model.tokenizer, settings.maxLength);
    const further = read.map((other) => furtherEncoder(other, parts, {}, settings));
    const outcome = await runExperiment({
      data: trainData,
      testData,
      plan: { settings, evaluation, folds, foldOf: foldsOf(trainData, folds, seed) },
      kept: lengths && asIfDone(folds, lengths),
      model,
      features,
      modelSha256: model.manifest.sha256,
      modelId: model.manifest.id,
      names,
      further,
      observer: {
        onProgress: () => undefined,
        onPoint: (point) => {
          const { fold, step, trainLoss } = point;
          if (point.validLoss !== null) points.push(point);
          if (trainLoss !== null && (step === 1 || step % 20 === 0)) {
            tell(`seed ${seed} fold ${fold} step ${step} loss ${trainLoss.toFixed(4)}`);
          }
        },
        onFold: ({ outcome: { fold, bestEpoch } }) => tell(`seed ${seed} fold ${fold} best after ${bestEpoch}`),
        onLog: tell,
      },
      control: { checkpoint: () => Promise.resolve('continue') },
    });
    if (!outcome.test || !outcome.tuned) throw new Error('The run gave no answers.');
    yield {
      seed,
      settings,
      steps: outcome.finalSteps,
      epochs: outcome.finalEpochs,
      folds: outcome.folds.map((fold) => ({
        best: fold.bestEpoch,
        ...scores(fold, trainData),
        looks: points
          .filter((point) => point.fold === fold.fold)
          .map(({ epoch, validLoss, metrics }) => ({ epoch, validLoss, validAccuracy: metrics?.accuracy ?? null })),
      })),
      ...scores(outcome.test, testData),
      features: scores(outcome.test.baselines.features_only, testData),
      words: scores(outcome.test.baselines.tfidf_logistic_regression, testData),
      plain: outcome.recipes?.plainTest ? scores(outcome.recipes.plainTest, testData) : null,
      tuned: outcome.tuned,
      recipes: outcome.recipes?.final?.recipes ?? null,
      how: outcome.recipes?.final?.how ?? null,
      seconds: outcome.timings,
    };
  }
  disposeWeights(model.weights);
}

function foldsOf({ labelIndices, groups, labels }: ExperimentData, folds: number, seed: number): Int32Array {
  if (folds === 0) return new Int32Array(labelIndices.length);
  return makeFolds(labelIndices, groups, folds, deriveSeed(seed, 'folds'), labels).foldOf;
}

/** Folds that answered nothing: what the kept model takes from them is their number and their best lengths. */
function asIfDone(folds: number, lengths: readonly number[]): KeptWork {
  const ids = ['majority', 'tfidf_logistic_regression', 'features_only', 'tuned'] as const;
  const pieces = ids.flatMap((id) =>
    Array.from({ length: folds }, (_, fold) => {
      const answers = { rows: new Int32Array(), probabilities: new Float32Array() };
      const outcome = { fold, ...answers, steps: 0, epochs: 0, bestEpoch: lengths[fold] ?? null, seconds: 0 };
      return { id, outcome, chosenC: null, notes: [], trainedParameters: 0 };
    }),
  );
  return { folds: pieces, finals: [], fits: [], fallback: null, workedMs: 0, featuresSeconds: 0 };
}

function scores({ rows, probabilities }: Predictions, { labelIndices, labels }: ExperimentData) {
  if (rows.length === 0) return null;
  const answers = argmaxRows(probabilities, labels.length);
  const truth = rows.map((row) => labelIndices[row] ?? 0);
  const report = classificationReport(confusionMatrix(truth, answers, labels));
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
  const kept = new Map<string, StatePiece>();
  return {
    get: (key) => Promise.resolve(kept.get(key) ?? null),
    put: (key, values) => {
      kept.set(key, values);
      return Promise.resolve();
    },
  };
}
