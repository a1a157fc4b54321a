import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { autoChoices } from '../../src/core/settings/defaults';
import { loadModel } from '../../src/engine/models/read-model';
import { disposeWeights } from '../../src/engine/models/weights';
import { predict } from '../../src/engine/tasks/classification/evaluate';
import { getWeights } from '../../src/storage/runs';
import type { Prediction, TrainingEvent } from '../../src/worker/protocol';
import { addDataset, createHarness, request, spamRows } from '../helpers/job';

const none = { folds: 2, test: { kind: 'none' } } as const;
const texts = ['win free cash now', 'tea at home with mum', `tea ${'tea '.repeat(100)}`];

function answer(events: TrainingEvent[], requestId: string): Prediction {
  for (const event of events) if (event.type === 'predicted' && event.requestId === requestId) return event.prediction;
  throw new Error(JSON.stringify(events.at(-1)));
}

test('a finished run answers with probabilities of both models, with tokens and cuts', async () => {
  const { database, job, events, ports } = await createHarness();
  await addDataset(database, 'd', spamRows(40));
  // A tiny random model needs larger steps than a trained one.
  const choices = { ...autoChoices(), nEpochs: 10, batchSize: 8, learningRate: 1e-3, headLearningRate: 3e-2 };
  await job.start('q', request({ method: 'top-layers', choices: { ...choices, layers: 1 }, evaluation: none }));
  await job.predict({ type: 'predict', requestId: 'p', runId: 'run', backend: 'wasm', texts });
  const prediction = answer(events, 'p');
  expect(prediction.labels).toEqual(['ham', 'spam']);
  for (const row of [...prediction.tuned, ...prediction.base]) {
    expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
  }
  expect(prediction.tuned).not.toEqual(prediction.base);
  // Which is which: each as its own kept weights answer.
  const kept = await getWeights(database, 'run');
  const model = await loadModel({ read: ports.modelFiles('all-MiniLM-L6-v2', {}).read });
  const tokenIds = texts.map((text) => model.tokenizer.encode(text, kept?.tuned.maxLength ?? 0));
  for (const [answers, trained] of [
    [prediction.tuned, kept?.tuned],
    [prediction.base, kept?.base],
  ] as const) {
    if (!trained) throw new Error('Both are kept.');
    const expected = await predict(model, trained, tokenIds, texts);
    answers.flat().forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
  }
  disposeWeights(model.weights);
  // [CLS] win free cash now [SEP]; «with» is not in the tiny vocabulary, which makes it one [UNK].
  expect(prediction.tokens).toEqual([6, 7, 103]);
  expect(prediction.cut).toEqual([false, false, true]);
  expect(events.some((event) => event.type === 'predict-progress' && event.done === 3)).toBe(true);

  const rows = spamRows(40);
  const seen = rows.map(({ text }) => text);
  await job.predict({ type: 'predict', requestId: 'seen', runId: 'run', backend: 'wasm', texts: seen });
  for (const model of ['tuned', 'base'] as const) {
    const right = answer(events, 'seen')[model].filter(
      ([ham = 0], i) => (ham > 0.5 ? 'ham' : 'spam') === rows[i]?.target,
    );
    expect(right.length).toBeGreaterThan(30);
  }
});

test('features only has one model, which is before and after', async () => {
  const { database, job, events } = await createHarness();
  await addDataset(database, 'd', spamRows(40));
  await job.start('q', request({ evaluation: none }));
  await job.predict({ type: 'predict', requestId: 'p', runId: 'run', backend: 'wasm', texts });
  const { tuned, base } = answer(events, 'p');
  expect(tuned).toEqual(base);
});

test('the model stays warm for the next text, and another run takes its place', async () => {
  const { database, job, events, ports } = await createHarness();
  await addDataset(database, 'd', spamRows(40));
  await job.start('q', request({ evaluation: none }));
  await job.start('q', request({ runId: 'other', evaluation: none }));
  let loads = 0;
  const original = ports.modelFiles;
  ports.modelFiles = (...given) => {
    loads++;
    return original(...given);
  };
  for (const [requestId, runId] of [
    ['1', 'run'],
    ['2', 'run'],
    ['3', 'other'],
    ['4', 'other'],
  ] as const) {
    await job.predict({ type: 'predict', requestId, runId, backend: 'wasm', texts: [`tea ${requestId}`] });
  }
  expect(loads).toBe(2);
  const warm = tf.memory().numTensors;
  await job.predict({ type: 'predict', requestId: '5', runId: 'run', backend: 'wasm', texts });
  expect(tf.memory().numTensors).toBe(warm);
  expect(answer(events, '5').tuned).toHaveLength(3);
});

test('a run without weights, and a question that was withdrawn, are told', async () => {
  const { database, job, events } = await createHarness();
  await addDataset(database, 'd', spamRows(40));
  await job.predict({ type: 'predict', requestId: 'p', runId: 'gone', backend: 'wasm', texts });
  expect(events.at(-1)).toMatchObject({ type: 'failed', requestId: 'p', error: { code: 'not-found' } });
  const asked = job.predict({ type: 'predict', requestId: 'w', runId: 'run', backend: 'wasm', texts });
  job.cancelRequest('w');
  await asked;
  expect(events.at(-1)).toMatchObject({ type: 'failed', requestId: 'w', error: { code: 'cancelled' } });
});
