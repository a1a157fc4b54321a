import { expect, test } from 'vitest';
import { autoChoices } from '../../src/core/settings/defaults';
import { encodersOfHead, isOfRecipes } from '../../src/core/run/trained-model';
import { type Nearest, READ_UNASKED } from '../../src/core/run/nearest';
import { NO_GUARD } from '../../src/engine/device/guard';
import { Pace } from '../../src/engine/fit/pace';
import { encodeTexts } from '../../src/engine/frozen/encode-texts';
import { loadModel } from '../../src/engine/models/read-model';
import { disposeWeights } from '../../src/engine/models/weights';
import { getWeights } from '../../src/storage/runs';
import { deleteDataset } from '../../src/storage/datasets';
import type { TrainingEvent } from '../../src/worker/protocol';
import { addDataset, createHarness, request, spamRows } from '../helpers/job';

const none = { folds: 2, test: { kind: 'none' } } as const;

function found(events: TrainingEvent[], requestId: string): Extract<Nearest, { kind: 'rows' }> {
  for (const event of events) {
    if (event.type === 'nearest-found' && event.requestId === requestId && event.nearest.kind === 'rows')
      return event.nearest;
  }
  throw new Error(JSON.stringify(events.at(-1)));
}

const ask = (requestId: string, text: string, readAll = false) =>
  ({ type: 'nearest', requestId, runId: 'run', backend: 'wasm', text, readAll }) as const;

/** Texts that were not found in the store. */
const reads = (events: TrainingEvent[], requestId: string): number[] =>
  events.flatMap((event) => (event.type === 'nearest-progress' && event.requestId === requestId ? [event.done] : []));

test('the very text of a row is told, with its line and label, before others', async () => {
  const { database, job, events } = await createHarness();
  const rows = spamRows(40);
  await addDataset(database, 'd', rows);
  await job.start('q', request({ evaluation: none }));
  const row = rows[11];
  await job.nearest(ask('n', `  ${row?.text}`));
  const { near, encoders, asAnswered, rows: compared } = found(events, 'n');
  expect(near).toHaveLength(5);
  expect(near[0]).toMatchObject({ line: row?.line, label: row?.target, text: row?.text, same: true, copies: 1 });
  expect(near[0]?.similarity).toBeCloseTo(1, 4);
  expect(near.slice(1).every(({ same }) => !same)).toBe(true);
  const similarities = near.map(({ similarity }) => similarity);
  expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
  expect({ encoders, asAnswered, compared }).toEqual({
    encoders: ['all-MiniLM-L6-v2'],
    asAnswered: true,
    compared: 40,
  });
  // The run has kept what it read: nothing is read again.
  expect(reads(events, 'n')).toEqual([40]);
});

test('how near a row is, is the cosine of vectors relative to the mean of all training rows', async () => {
  const { database, job, events, ports } = await createHarness();
  const rows = spamRows(30);
  await addDataset(database, 'd', rows);
  await job.start('q', request({ evaluation: none }));
  await job.nearest(ask('n', 'win free cash now'));
  const { near } = found(events, 'n');

  const model = await loadModel({ read: ports.modelFiles('all-MiniLM-L6-v2', {}).read });
  const texts = [...rows.map(({ text }) => text), 'win free cash now'];
  const pace = new Pace({ checkpoint: () => Promise.resolve('continue') }, NO_GUARD);
  const ids = texts.map((text) => model.tokenizer.encode(text, 256));
  const vectors = (await encodeTexts(model, ids, { pace })) ?? new Float32Array();
  disposeWeights(model.weights);
  const hidden = vectors.length / texts.length;
  const at = (row: number, j: number): number => vectors[row * hidden + j] ?? NaN;
  const mean = Array.from({ length: hidden }, (_, j) => rows.reduce((sum, _, row) => sum + at(row, j), 0) / 30);
  const centred = texts.map((_, row) => mean.map((value, j) => at(row, j) - value));
  const dot = (a: number[] = [], b: number[] = []): number =>
    a.reduce((sum, value, j) => sum + value * (b[j] ?? NaN), 0);
  const cosines = rows.map(
    (_, row) =>
      dot(centred[row], centred[30]) / Math.sqrt(dot(centred[row], centred[row]) * dot(centred[30], centred[30])),
  );
  const expected = [...cosines].sort((a, b) => b - a).slice(0, 5);
  near.forEach(({ similarity, line }, i) => {
    expect(similarity).toBeCloseTo(expected[i] ?? NaN, 2);
    expect(similarity).toBeCloseTo(cosines[line - 1] ?? NaN, 2);
  });
});

test('rows of the test part are not among them', async () => {
  const { database, job, events } = await createHarness();
  const rows = spamRows(60);
  await addDataset(database, 'd', rows);
  await job.start('q', request({ evaluation: { folds: 2, test: { kind: 'hold-out', share: 0.5 } } }));
  let missing = 0;
  for (const [i, { text }] of rows.entries()) {
    await job.nearest(ask(`n${i}`, text));
    if (!found(events, `n${i}`).near.some(({ same }) => same)) missing++;
  }
  expect(missing).toBe(60 - found(events, 'n0').rows);
  expect(missing).toBeGreaterThan(20);
});

test('copies are one text, with how many rows and labels it has', async () => {
  const { database, job, events } = await createHarness();
  const rows = spamRows(40);
  const twice = rows.map((row, i) => (i === 3 || i === 7 || i === 8 ? { ...row, text: 'win free cash now' } : row));
  await addDataset(database, 'd', twice);
  await job.start('q', request({ evaluation: none }));
  await job.nearest(ask('n', 'win free cash now'));
  expect(found(events, 'n').near[0]).toMatchObject({ copies: 3, labels: 2, label: 'spam', line: 4, same: true });
});

test('of a trained encoder the vectors before training are compared, and that is said', async () => {
  const { database, job, events } = await createHarness();
  await addDataset(database, 'd', spamRows(40));
  const choices = { ...autoChoices(), nEpochs: 2, batchSize: 8, layers: 1 };
  await job.start('q', request({ method: 'top-layers', choices, evaluation: none }));
  await job.nearest(ask('n', 'tea at home'));
  expect(found(events, 'n').asAnswered).toBe(false);
});

test('a model of recipes is compared by the vectors of all encoders that it asks, as the run kept them', async () => {
  const { database, job, events, ports } = await createHarness();
  const rows = spamRows(40);
  await addDataset(database, 'd', rows);
  const original = ports.modelFiles;
  // The same tiny model under the name that it is asked for.
  ports.modelFiles = (id, hooks) => ({
    async read(file, signal) {
      const bytes = await original(id, hooks).read(file, signal);
      if (file !== 'manifest.json') return bytes;
      const manifest = JSON.parse(new TextDecoder().decode(bytes)) as object;
      return Uint8Array.from(new TextEncoder().encode(JSON.stringify({ ...manifest, id })));
    },
  });
  const choices = { ...autoChoices(), recipe: 'choose' } as const;
  await job.start('q', request({ encoder: 'both', choices, evaluation: none }));
  const head = (await getWeights(database, 'run'))?.tuned.head;
  if (!head || !isOfRecipes(head)) throw new Error('Recipes were to be chosen.');
  const row = rows[6];
  await job.nearest(ask('n', row?.text ?? ''));
  const { near, encoders, asAnswered } = found(events, 'n');
  expect(encoders).toEqual(encodersOfHead(head));
  expect(asAnswered).toBe(true);
  expect(near[0]).toMatchObject({ line: row?.line, same: true });
  expect(near[0]?.similarity).toBeCloseTo(1, 3);
  expect(reads(events, 'n').at(-1)).toBe(40 * encoders.length);
  // Found as they were kept: nothing is read.
  expect(reads(events, 'n')).toHaveLength(encoders.length);
});

test('vectors that are gone are read again; many only when that is asked for', async () => {
  const { database, job, events } = await createHarness();
  const count = READ_UNASKED + 40;
  await addDataset(database, 'd', spamRows(count));
  await job.start('q', request({ evaluation: none }));
  await database.clear('features');
  await database.clear('featureSizes');
  await job.nearest(ask('n', 'tea at home'));
  expect(events.at(-1)).toMatchObject({ nearest: { kind: 'unread', texts: count, missing: count } });
  await job.nearest(ask('all', 'tea at home', true));
  expect(found(events, 'all').near).toHaveLength(5);
  expect(reads(events, 'all').at(-1)).toBe(count);
  // Warm: the next text asks nobody.
  await job.nearest(ask('next', 'win cash'));
  expect(reads(events, 'next')).toEqual([]);
});

test('a run without a model and a data set that is gone are told', async () => {
  const { database, job, events } = await createHarness();
  await job.nearest(ask('none', 'tea'));
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'not-found' } });
  await addDataset(database, 'd', spamRows(40));
  await job.start('q', request({ evaluation: none }));
  await deleteDataset(database, 'd');
  await job.nearest(ask('gone', 'tea'));
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'not-found' } });
});
