/** One fit of a classifier by steps: its lengths, which rows each step takes and has fetched, what it tells and notes. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CurvePoint } from '../../../../../src/core/run/record';
import type { SettingChoices, Settings } from '../../../../../src/core/settings/settings';
import type { Model } from '../../../../../src/engine/models/read-model';
import { disposeWeights } from '../../../../../src/engine/models/weights';
import { Prefix } from '../../../../../src/engine/frozen/prefix';
import { lengthsOf } from '../../../../../src/engine/tasks/classification/methods/fine-tune';
import { classificationMethod } from '../../../../../src/engine/tasks/classification/registry';
import { unread } from '../../../../../src/engine/tasks/classification/reading';
import { startBackend } from '../../../../helpers/tf-node';
import { firstFold, SILENT, toyContext, toyInput, toyModel } from '../../../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));
afterEach(() => vi.restoreAllMocks());

describe('lengthsOf', () => {
  const base = { batchSize: 8, gradientAccumulation: 1, nEpochs: 3 } as Settings;
  test.each([
    ['batches that do not come out even', {}, 17, null, { perEpoch: 3, planned: 9, last: 9, validateEvery: 3 }],
    ['several batches a step', { gradientAccumulation: 2 }, 17, null, { perEpoch: 2, planned: 6, last: 6 }],
    ['a length that folds chose', {}, 16, 1.5, { perEpoch: 2, planned: 6, last: 3 }],
    ['at least a step', {}, 16, 0.1, { planned: 6, last: 1 }],
    ['sixty steps are looked at once', { batchSize: 1 }, 60, null, { perEpoch: 60, validateEvery: 60 }],
    ['more of them four times', { batchSize: 1 }, 61, null, { perEpoch: 61, validateEvery: 16 }],
  ])('%s', (_, change, rows, epochs, expected) => {
    expect(lengthsOf({ ...base, ...change }, rows, epochs)).toMatchObject(expected);
  });
});

const CHOICES = { nEpochs: 2, batchSize: 4, gradientAccumulation: 2, earlyStoppingPatience: 0 } as const;

async function fitOf(
  method: 'top-layers' | 'full' | 'adapter' | 'few-examples',
  choices: Partial<SettingChoices>,
  { rows = 18, watch = 0 } = {},
) {
  const points: CurvePoint[] = [];
  const observer = { ...SILENT, onPoint: (point: CurvePoint) => void points.push(point) };
  const input = { ...toyInput(method, model, { rows: rows + watch, choices }), observer };
  const context = toyContext(input);
  const report = vi.spyOn(context.progress, 'report');
  const learner = classificationMethod(method).learner(context, unread(context.corpus));
  await learner.prepare();
  report.mockClear();
  const fetch = vi.spyOn(Prefix.prototype, 'fetch');
  const fit = await learner.fit(firstFold(context, null, watch));
  if (!fit) throw new Error('Nobody stopped it.');
  return { fit, points, reports: report.mock.calls, fetched: fetch.mock.calls, context, fetch };
}

test('each step has its own rows fetched, and those of the next begun; a pass takes every row once', async () => {
  const { fit, fetched, reports } = await fitOf('top-layers', CHOICES);
  // Five batches a pass, two to a step: three steps.
  expect(fetched).toHaveLength(6);
  fetched.forEach(([, next], i) => expect(next).toEqual(fetched[i + 1]?.[0] ?? []));
  for (const pass of [fetched.slice(0, 3), fetched.slice(3)]) {
    const rows = pass.flatMap(([rows]) => [...rows]);
    expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, i) => i));
  }
  expect(fetched.slice(0, 3).map(([rows]) => rows)).not.toEqual(fetched.slice(3).map(([rows]) => rows));
  expect(reports.map(([, , told]) => told?.rows)).toEqual(fetched.map(([rows]) => rows.length));
  // What is left of its part is answering.
  expect(reports.map(([part, share]) => [part, share])).toEqual(
    [1, 2, 3, 4, 5, 6].map((step) => ['fold 0', (0.97 * step) / 6]),
  );
  expect(fit).toMatchObject({ steps: 6, epochs: 2, bestEpoch: null, chosenC: null, notes: [] });
  fit.dispose();
});

test('answers are read batch by batch, the next one begun', async () => {
  const { fit, fetch } = await fitOf('top-layers', { ...CHOICES, nEpochs: 1 }, { rows: 150 });
  fetch.mockClear();
  const answers = await fit.predict(Int32Array.from({ length: 150 }, (_, i) => 149 - i));
  expect(answers).toHaveLength(150 * 3);
  const calls = fetch.mock.calls;
  expect(calls.length).toBeGreaterThan(1);
  calls.forEach(([, next], i) => expect(next).toEqual(calls[i + 1]?.[0] ?? []));
  expect(calls.flatMap(([rows]) => [...rows]).sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i));
  fit.dispose();
});

test('rows of its own fold are looked at after each pass, and nothing is chosen by them', async () => {
  const { fit, points } = await fitOf('full', CHOICES, { watch: 6 });
  expect(points.filter(({ validLoss }) => validLoss !== null).map(({ step }) => step)).toEqual([3, 6]);
  expect(fit.bestEpoch).toBeNull();
  fit.dispose();
});

test('rows set aside are looked at more often in a long pass, and the best is kept', async () => {
  const choices = { ...CHOICES, gradientAccumulation: 1, batchSize: 2, nEpochs: 1, earlyStoppingPatience: 1 };
  const { fit, points } = await fitOf('full', choices, { rows: 160 });
  // 24 rows are set aside: 68 steps.
  const looks = points.filter(({ validLoss }) => validLoss !== null);
  expect(looks.map(({ step }) => step)).toEqual([17, 34, 51, 68]);
  const best = looks.reduce((a, b) => ((b.validLoss ?? 0) < (a.validLoss ?? 0) ? b : a));
  expect(fit.bestEpoch).toBe(best.epoch);
  fit.dispose();
});

test('too few rows to choose a length by are a note of the fit, and so is that it lost its way', async () => {
  const few = await fitOf('full', { ...CHOICES, earlyStoppingPatience: 2 });
  expect(few.fit.notes).toEqual([
    'Early stopping was off: too few rows to set some aside. Every fold trained the full length.',
  ]);
  few.fit.dispose();
  // No label is as sure as such weights make it, so that the loss rises to many times that of guessing.
  const lost = await fitOf('full', {
    ...CHOICES,
    earlyStoppingPatience: 2,
    nEpochs: 8,
    headLearningRate: 10,
    learningRate: 1,
  });
  expect(lost.fit.notes).toEqual([
    expect.stringContaining('Early stopping was off'),
    expect.stringMatching(/^Fold 1 lost its way .* and was trained at 1\/\d of the learning rate\.$/),
  ]);
  lost.fit.dispose();
});

test('what is kept names labels, length and head, and no adapter where there is none', async () => {
  const { fit, context } = await fitOf('top-layers', { ...CHOICES, nEpochs: 1 });
  const kept = await fit.keep();
  expect(kept).toMatchObject({ labels: context.corpus.labels, maxLength: context.settings.maxLength });
  expect(kept).not.toHaveProperty('lora');
  const { config } = model;
  expect(kept.encoder.every(({ name }) => !name.startsWith('head.'))).toBe(true);
  expect(fit.trainedParameters).toBe(
    kept.encoder.reduce((sum, { values }) => sum + values.length, 0) + 3 * config.hiddenSize + 3,
  );
  fit.dispose();
});

test('the head has a rate of its own', async () => {
  // Of nothing, as float32 has it.
  const still = { ...CHOICES, nEpochs: 1, learningRate: 1e-30 };
  const kept = [];
  for (const headLearningRate of [0.02, 0.04]) {
    const { fit } = await fitOf('full', { ...still, headLearningRate });
    kept.push(await fit.keep());
    fit.dispose();
  }
  const [slow, fast] = kept;
  expect(fast?.encoder).toEqual(slow?.encoder);
  expect(fast?.head).not.toEqual(slow?.head);
});

test('an adapter leaves the encoder as it came, and drops its own inputs where nothing else is dropped', async () => {
  const choices = { ...CHOICES, dropout: 0, rank: 2 };
  const plain = await fitOf('adapter', choices);
  const kept = await plain.fit.keep();
  expect(kept.lora).toMatchObject({ rank: 2 });
  expect(kept.encoder.every(({ name }) => name.includes('.lora_'))).toBe(true);
  const { hiddenSize } = model.config;
  const adapter = kept.encoder.reduce((sum, { values }) => sum + values.length, 0);
  expect(plain.fit.trainedParameters).toBe(adapter + 3 * hiddenSize + 3);
  plain.fit.dispose();
  const dropped = await fitOf('adapter', { ...choices, loraDropout: 0.5 });
  expect(dropped.points.map(({ trainLoss }) => trainLoss)).not.toEqual(plain.points.map(({ trainLoss }) => trainLoss));
  dropped.fit.dispose();
});

test('few examples: steps of a few rows of each label, and all that was trained is counted', async () => {
  const { fit, reports } = await fitOf('few-examples', { batchSize: 8, maxSteps: 5, headC: 1 });
  // Three labels, two rows of each.
  const steps = reports.filter(([, , told]) => told?.step !== undefined);
  expect(steps.map(([, , told]) => told?.rows)).toEqual([6, 6, 6, 6, 6]);
  expect(steps.at(-1)?.[1]).toBeCloseTo(0.9, 10);
  const kept = await fit.keep();
  const tuned = kept.encoder.reduce((sum, { values }) => sum + values.length, 0);
  expect(fit).toMatchObject({ steps: 5, epochs: 1, chosenC: null, notes: [] });
  expect(fit.trainedParameters).toBe(tuned + 3 * model.config.hiddenSize + 3);
  fit.dispose();
});
