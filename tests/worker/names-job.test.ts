import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Row } from '../../src/core/data/dataset';
import { NAMES_SAMPLE, type NamesMeasured } from '../../src/core/run/names-alone';
import { describeLabels } from '../../src/storage/datasets';
import type { Prediction, TrainingEvent } from '../../src/worker/protocol';
import { addDataset, createHarness, spamRows } from '../helpers/job';
import { TINY_WORDS } from '../helpers/tiny-model';

function measured(events: TrainingEvent[], requestId: string): NamesMeasured {
  for (const event of events) {
    if (event.type === 'names-measured' && event.requestId === requestId) return event.measured;
  }
  throw new Error(JSON.stringify(events.at(-1)));
}

function predicted(events: TrainingEvent[], requestId: string): Prediction {
  for (const event of events) if (event.type === 'predicted' && event.requestId === requestId) return event.prediction;
  throw new Error(JSON.stringify(events.at(-1)));
}

const measure = (requestId: string) =>
  ({ type: 'measure-names', requestId, datasetId: 'd', version: 1, backend: 'wasm' }) as const;

/** What the texts of each label of `spamRows` are made of. */
const SPAM = TINY_WORDS.slice(0, 10).join(' ');
const HAM = TINY_WORDS.slice(10, 20).join(' ');

test('descriptions answer rows better than bare names, and swapped ones worse', async () => {
  const { database, job, events } = await createHarness();
  await addDataset(database, 'd', spamRows(60));
  await job.measureNames(measure('bare'));
  const bare = measured(events, 'bare');
  expect(bare).toMatchObject({ rows: 60, ofRows: 60, labels: 2, encoders: ['all-MiniLM-L6-v2'] });
  // Nothing is described yet: both stand on the names.
  expect(bare.described).toEqual(bare.bare);
  expect(bare.bare.speaking).toBe(2);

  await describeLabels(database, 'd', { spam: SPAM, ham: HAM });
  await job.measureNames(measure('described'));
  const { described } = measured(events, 'described');
  expect(measured(events, 'described').bare).toEqual(bare.bare);
  expect(described.right).toBeGreaterThan(40);
  expect(described.right).toBeGreaterThan(bare.bare.right);

  await describeLabels(database, 'd', { spam: HAM, ham: SPAM });
  await job.measureNames(measure('swapped'));
  expect(measured(events, 'swapped').described.right).toBe(60 - described.right);
});

test('what was read is kept: measured again, no text is read', async () => {
  const { database, job, events } = await createHarness();
  await addDataset(database, 'd', spamRows(40));
  await job.measureNames(measure('first'));
  const read = (requestId: string): number[] =>
    events.flatMap((event) => (event.type === 'names-progress' && event.requestId === requestId ? [event.done] : []));
  expect(read('first')[0]).toBe(0);
  await job.measureNames(measure('again'));
  expect(read('again')).toEqual([40]);
  expect(measured(events, 'again')).toEqual(measured(events, 'first'));
});

test('labels whose names are codes say nothing, and are never the answer until they are described', async () => {
  const { database, job, events } = await createHarness();
  const coded: Row[] = spamRows(40).map((row) => ({ ...row, target: row.target === 'spam' ? '1' : '0' }));
  await addDataset(database, 'd', coded);
  await job.measureNames(measure('codes'));
  expect(measured(events, 'codes')).toMatchObject({
    described: { right: 0, speaking: 0 },
    bare: { right: 0, speaking: 0 },
  });
  await describeLabels(database, 'd', { 1: SPAM, 0: HAM });
  await job.measureNames(measure('words'));
  expect(measured(events, 'words').described.speaking).toBe(2);
  expect(measured(events, 'words').described.right).toBeGreaterThan(26);
});

test('of many rows a sample is answered', async () => {
  const { database, job, events } = await createHarness();
  await addDataset(database, 'd', spamRows(NAMES_SAMPLE + 200));
  await job.measureNames(measure('many'));
  const { rows, ofRows } = measured(events, 'many');
  expect(ofRows).toBe(NAMES_SAMPLE + 200);
  expect(Math.abs(rows - NAMES_SAMPLE)).toBeLessThanOrEqual(NAMES_SAMPLE / 10);
});

test('a data set that is gone, one label, and a measurement that was stopped are told', async () => {
  const { database, job, events } = await createHarness();
  await job.measureNames(measure('gone'));
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'not-found' } });
  await addDataset(
    database,
    'd',
    spamRows(20).map((row) => ({ ...row, target: 'spam' })),
  );
  await job.measureNames(measure('one'));
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'data-unusable' } });
  await addDataset(database, 'd', spamRows(20));
  const asked = job.measureNames(measure('stopped'));
  job.cancelRequest('stopped');
  await asked;
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'cancelled' } });
});

test('while a run works elsewhere nothing is measured', async () => {
  const { database, job, events } = await createHarness({ tryLock: () => Promise.resolve(null) });
  await addDataset(database, 'd', spamRows(20));
  await job.measureNames(measure('busy'));
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'busy' } });
});

test('texts are answered by labels that no data set has; the encoder stays for the next text', async () => {
  const { job, events } = await createHarness();
  const named = { labels: ['spam', 'ham', '7'], descriptions: { spam: SPAM, ham: HAM } };
  const texts = spamRows(30).map(({ text }) => text);
  await job.answerNames({ type: 'answer-names', requestId: 'a', backend: 'wasm', named, texts });
  const { labels, tuned, base, tokens, cut } = predicted(events, 'a');
  expect(labels).toEqual(named.labels);
  expect(base).toEqual([]);
  expect([tuned.length, tokens.length, cut.length]).toEqual([30, 30, 30]);
  for (const row of tuned) {
    expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    // A code says nothing: it is never the answer.
    expect(row[2]).toBeLessThan(1e-6);
  }
  const right = tuned.filter(([spam = 0, ham = 0], i) => spam > ham === (i % 2 === 1));
  expect(right.length).toBeGreaterThan(21);
  expect(events.some((event) => event.type === 'predict-progress' && event.done === 30)).toBe(true);

  const warm = tf.memory().numTensors;
  await job.answerNames({ type: 'answer-names', requestId: 'b', backend: 'wasm', named, texts: ['tea'] });
  expect(tf.memory().numTensors).toBe(warm);
});

test('with fewer than two labels that say something there is no answer, and it says what to do', async () => {
  const { job, events } = await createHarness();
  const named = { labels: ['spam', '7'], descriptions: {} };
  await job.answerNames({ type: 'answer-names', requestId: 'a', backend: 'wasm', named, texts: ['tea'] });
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'config-invalid' } });
});
