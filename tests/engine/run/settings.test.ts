/** Every setting that a form offers is honoured in a run: changed alone, it changes what is learnt. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentOutcome } from '../../../src/core/run/experiment';
import type { CurvePoint } from '../../../src/core/run/record';
import { settingsOf } from '../../../src/core/settings/defaults';
import { METHODS } from '../../../src/core/settings/methods';
import type { Method, SettingChoices } from '../../../src/core/settings/settings';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { runExperiment } from '../../../src/engine/run/experiment';
import { startBackend } from '../../helpers/tf-node';
import { linearOf, differingBits, SILENT, toyData, toyInput, toyModel, type ToyOptions } from '../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

/** One run; `foldOf` in place of the folds that would be drawn. */
async function run(method: Method, options: ToyOptions, foldOf?: Int32Array) {
  const points: CurvePoint[] = [];
  const input = toyInput(method, model, { rows: 36, folds: 2, ...options });
  const outcome = await runExperiment({
    ...input,
    plan: { ...input.plan, ...(foldOf && { foldOf }) },
    observer: { ...SILENT, onPoint: (point) => points.push(point) },
  });
  return { outcome, points, input };
}

const tunedOf = ({ tuned }: ExperimentOutcome) => {
  if (!tuned) throw new Error('The run is complete.');
  return tuned;
};

const rowsOf = ({ folds }: ExperimentOutcome) => folds.map(({ rows }) => rows);
const answersOf = ({ folds }: ExperimentOutcome) => folds.map(({ probabilities }) => probabilities);

/** Everything short: two passes of three steps. */
const SHORT: Partial<SettingChoices> = { nEpochs: 2, batchSize: 12, maxSteps: 4, warmupRatio: 0.2 };

/** Rows of three labels, of which the first is rare: 4, 16 and 16. */
function uneven(rows = 36): ReturnType<typeof toyData> {
  const { tokenIds, labelIndices, ...rest } = toyData(3 * rows);
  const kept = [...labelIndices.keys()].filter((row) => labelIndices[row] !== 0 || row % 12 === 0).slice(0, rows);
  const at = Int32Array.from(kept);
  return {
    ...rest,
    lines: at.map((_, i) => i + 1),
    texts: kept.map((row) => rest.texts[row] ?? ''),
    labelIndices: at.map((row) => labelIndices[row] ?? 0),
    groups: at.map((_, i) => i),
    tokenIds: kept.map((row) => tokenIds[row] ?? new Int32Array()),
  };
}

/** Another value for each setting than it has in `SHORT` or by default; some for data that make it tell. */
const OTHER: { [K in keyof SettingChoices]: SettingChoices[K] } = {
  layers: 2,
  trainEmbeddings: true,
  nEpochs: 3,
  batchSize: 6,
  gradientAccumulation: 2,
  learningRate: 0.002,
  headLearningRate: 0.01,
  weightDecay: 0.5,
  warmupRatio: 0.5,
  schedule: 'cosine',
  maxGradNorm: 0.01,
  dropout: 0.3,
  rDrop: 2,
  augmentation: 'both',
  maxLength: 20,
  classWeight: 'balanced',
  headC: 0.01,
  recipe: 'choose',
  l1: 0.05,
  l2: 0.5,
  earlyStoppingPatience: 1,
  rank: 2,
  alpha: 64,
  loraDropout: 0.3,
  targetModules: 'query-value',
  rankStabilized: true,
  maxSteps: 3,
  seed: 7,
};

/** Copies of the rows without their second token. */
function withCopies(data: ReturnType<typeof toyData>): ReturnType<typeof toyData> {
  return { ...data, noisy: { both: data.tokenIds.map((ids) => [ids.filter((_, at) => at !== 1)]) } };
}

/** Where a setting tells only on other data or beside another setting. */
const ROOM: Partial<Record<keyof SettingChoices, ToyOptions>> = {
  earlyStoppingPatience: { data: toyData(210), folds: 3, choices: { ...SHORT, batchSize: 32 } },
  augmentation: { data: withCopies(uneven()), choices: SHORT },
  rDrop: { data: uneven(), choices: { ...SHORT, dropout: 0.1 } },
};
const USUAL: ToyOptions = { data: uneven(), choices: SHORT };

describe.each(METHODS.filter(({ task }) => task === 'classification').map(({ id }) => id))('%s', (method) => {
  const used = settingsOf(method).map(({ key }) => key);
  let usual: ExperimentOutcome;
  beforeAll(async () => {
    usual = (await run(method, USUAL)).outcome;
  });

  test.each(used)('%s, changed alone, is honoured', async (key) => {
    const options = ROOM[key] ?? USUAL;
    const before = options === USUAL ? usual : (await run(method, options)).outcome;
    const after = (await run(method, { ...options, choices: { ...options.choices, [key]: OTHER[key] } })).outcome;
    // Texts are cut when they are read, before the engine sees them; the model only remembers where.
    if (key === 'maxLength') expect(after.tuned).toEqual({ ...tunedOf(before), maxLength: OTHER.maxLength });
    // What is learnt of all rows may be the same by any seed; by which rows it is scored may not.
    else if (key === 'seed') expect(rowsOf(after)).not.toEqual(rowsOf(before));
    // The length is chosen by the folds; where they choose the whole one, the final fit is the same.
    else if (key === 'earlyStoppingPatience') expect(answersOf(after)).not.toEqual(answersOf(before));
    // Of a method that trains it is the recipe of what it is compared with.
    else if (key === 'recipe') {
      const own = (of: ExperimentOutcome) => (method === 'features' ? of.folds : of.baselines.features_only);
      expect(own(after).map(({ probabilities }) => probabilities)).not.toEqual(
        own(before).map(({ probabilities }) => probabilities),
      );
    } else expect(tunedOf(after)).not.toEqual(tunedOf(before));
  });
});

describe('the two learning rates', () => {
  const one = { nEpochs: 1, batchSize: 64, warmupRatio: 0, weightDecay: 0 };
  test('that of the classifier moves the classifier alone, that of the layers the layers alone', async () => {
    // In one step neither has had an influence on the other yet.
    const base = tunedOf((await run('full', { choices: one })).outcome);
    const head = tunedOf((await run('full', { choices: { ...one, headLearningRate: 0.04 } })).outcome);
    const layers = tunedOf((await run('full', { choices: { ...one, learningRate: 0.008 } })).outcome);
    expect(differingBits(head.encoder, base.encoder)).toBe(0);
    expect(differingBits(head.head, base.head)).toBeGreaterThan(linearOf(base).weight.length / 2);
    expect(differingBits(layers.head, base.head)).toBe(0);
    expect(differingBits(layers.encoder, base.encoder)).toBeGreaterThan(100);
  });

  test('twice the rate of the classifier moves it twice as far', async () => {
    const heads = [];
    for (const headLearningRate of [1e-6, 0.01, 0.02]) {
      heads.push(linearOf((await run('full', { choices: { ...one, headLearningRate } })).outcome.tuned).weight);
    }
    const [start = [], once = [], twice = []] = heads.map((head) => Array.from(head));
    once.forEach((value, i) => {
      const moved = value - (start[i] ?? 0);
      expect((twice[i] ?? 0) - (start[i] ?? 0)).toBeCloseTo(2 * moved, 4);
      expect(Math.abs(moved)).toBeGreaterThan(0.005);
    });
  });
});

describe('the course of the learning rate', () => {
  test.each([
    [0.125, [0.5, 1]],
    [0.12, [1]],
    [0, [1]],
    [0.25, [1 / 3, 2 / 3, 1]],
  ])('a warm-up of %d of 12 steps is rounded to whole steps', async (warmupRatio, climb) => {
    const choices = { nEpochs: 6, batchSize: 12, learningRate: 0.004, warmupRatio };
    const { points } = await run('top-layers', { choices });
    const rates = points.filter(({ fold, trainLoss }) => fold === 0 && trainLoss !== null);
    // 18 rows in steps of 12 are two steps a pass.
    expect(rates).toHaveLength(12);
    expect(rates.slice(0, Math.max(1, climb.length)).map(({ learningRate }) => learningRate)).toEqual(
      climb.map((share) => expect.closeTo(0.004 * share, 8)),
    );
  });
});

test.each([3, 5])('most steps is what it says: a tuning on pairs ends after %i', async (maxSteps) => {
  const { outcome, points } = await run('few-examples', { choices: { maxSteps, batchSize: 4 } });
  expect(outcome.folds.map(({ steps }) => steps)).toEqual([maxSteps, maxSteps]);
  expect(outcome.finalSteps).toBe(maxSteps);
  expect(points.filter(({ fold }) => fold === 0)).toHaveLength(maxSteps);
});

describe('noise in the texts', () => {
  const once = { ...SHORT, nEpochs: 1 };
  const clean = toyData(36);
  const bits = (one: ExperimentOutcome, other: ExperimentOutcome) =>
    differingBits([answersOf(one), one.tuned], [answersOf(other), other.tuned]);

  test.each(['full', 'adapter', 'few-examples'])('%s: what is answered stays as it is', async (method) => {
    const same = { ...clean, noisy: { letters: clean.tokenIds.map((ids) => [ids]) } };
    const { outcome: usual } = await run(method, { data: clean, choices: SHORT });
    const { outcome } = await run(method, { data: same, choices: { ...SHORT, augmentation: 'letters' } });
    expect(bits(outcome, usual)).toBe(0);
  });

  test('the first pass reads the first copies, the second the second', async () => {
    const other = clean.tokenIds.map((ids) => ids.filter((_, at) => at !== 1));
    const data = { ...clean, noisy: { words: clean.tokenIds.map((ids, row) => [ids, other[row] ?? ids]) } };
    const noisy = async (choices: Partial<SettingChoices>) =>
      (await run('full', { data, choices: { ...choices, augmentation: 'words' } })).outcome;
    expect(bits(await noisy(once), (await run('full', { data: clean, choices: once })).outcome)).toBe(0);
    expect(bits(await noisy(SHORT), (await run('full', { data: clean, choices: SHORT })).outcome)).toBeGreaterThan(100);
  });

  test('above frozen layers texts stay as they are', async () => {
    const { outcome: usual } = await run('top-layers', { data: clean, choices: SHORT });
    const { outcome } = await run('top-layers', { data: clean, choices: { ...SHORT, augmentation: 'both' } });
    expect(bits(outcome, usual)).toBe(0);
  });
});

describe('class weights', () => {
  /** The mean cross-entropy of a fold's answers with these weights per label. */
  function lossOf({ folds }: ExperimentOutcome, labels: Int32Array, weights: readonly number[]): number {
    const [fold] = folds;
    if (!fold) throw new Error('There is a first fold.');
    let [sum, total] = [0, 0];
    fold.rows.forEach((row, i) => {
      const label = labels[row] ?? 0;
      const weight = weights[label] ?? NaN;
      sum -= weight * Math.log(fold.probabilities[3 * i + label] ?? NaN);
      total += weight;
    });
    return sum / total;
  }

  test('of the fold’s own training rows are in the validation loss, where they are asked for', async () => {
    // Fold 0 is scored on most rows of label 0: its training rows have other shares than all rows.
    const { labelIndices, ...data } = toyData(36);
    const foldOf = labelIndices.map((label, row) => (label === 0 ? (row < 30 ? 0 : 1) : row < 6 ? 0 : 1));
    const train = [0, 1, 2].map((label) => labelIndices.filter((of, row) => of === label && foldOf[row] !== 0).length);
    expect(train).toEqual([2, 10, 10]);
    // As in scikit-learn: rows / (labels · rows of the label).
    const balanced = train.map((count) => 22 / (3 * count));
    const options = { data: { ...data, labelIndices }, choices: { ...SHORT, earlyStoppingPatience: 0 } };
    for (const [classWeight, weights] of [
      ['balanced', balanced],
      ['none', [1, 1, 1]],
    ] as const) {
      const weighted = { ...options, choices: { ...options.choices, classWeight } };
      const { outcome, points } = await run('full', weighted, foldOf);
      const last = points.filter(({ fold, validLoss }) => fold === 0 && validLoss !== null).at(-1);
      expect(last?.step).toBe(outcome.folds[0]?.steps);
      expect(last?.validLoss).toBeCloseTo(lossOf(outcome, labelIndices, weights), 4);
    }
  });
});
