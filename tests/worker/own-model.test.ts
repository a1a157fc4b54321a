/** Models that are brought along, through the door of the page: files in, kept, checked, computed, trained, taken out. */
import '../helpers/storage';
import * as tf from '@tensorflow/tfjs-core';
import { readNotices } from '../../src/worker/read-notices';
import { beforeAll, expect, test } from 'vitest';
import type { AppError } from '../../src/core/errors';
import { entryOfManifest } from '../../src/core/models/entry';
import { parseManifest } from '../../src/core/models/manifest';
import { isOwnModel } from '../../src/core/models/own-id';
import { padBatch, type TokenBatch } from '../../src/core/text/batches';
import { readValues } from '../../src/engine/device/read';
import { decoderStates, outputTable } from '../../src/engine/models/decoder';
import { embed, pool, runLayers } from '../../src/engine/models/encoder';
import { type ModelSource, placeDecoder, placeModel, readDecoder, readModel } from '../../src/engine/models/read-model';
import { logitsOf } from '../../src/engine/ops/chunked-cross-entropy';
import { deleteModel, getModelFile, listModelFiles, listOwnModelIds } from '../../src/storage/models';
import { getAdapter, getReport, getRun } from '../../src/storage/runs';
import { saveDataset } from '../../src/storage/datasets';
import { autoChoices } from '../../src/core/settings/defaults';
import { ownShards } from '../../src/core/models/own-files';
import { readOwnTensor } from '../../src/core/models/own-model';
import { openOwnModel } from '../../src/worker/own-model-job';
import type { JobPorts } from '../../src/worker/job-ports';
import type { TrainingEvent } from '../../src/worker/protocol';
import { expectedStep } from '../helpers/checkpoints';
import { addDataset, createHarness, type JobHarness, request, spamRows } from '../helpers/job';
import { chosenFiles, inspect, keepOwn, modelFilesOf } from '../helpers/own-models';
import { fillDiskAtPut, freshDatabase, sampleDataset } from '../helpers/storage';
import { startBackend } from '../helpers/tf-node';

const DECODERS = ['llama', 'qwen2', 'qwen3', 'llama.gguf'] as const;
const ENCODERS = ['bert', 'xlm-roberta'] as const;
const ALL = [...DECODERS, ...ENCODERS];

beforeAll(() => startBackend('wasm'));

/** A training job whose models are those of its database. */
async function harness(): Promise<JobHarness> {
  const ports: { database?: JobPorts['database'] } = {};
  const made = await createHarness({
    modelFiles: modelFilesOf(() => ports.database ?? expect.fail('too early')),
  });
  ports.database = made.database;
  return made;
}

function sourceOf(database: JobPorts['database'], modelId: string) {
  const files = modelFilesOf(() => database)(modelId, {});
  return { read: (file: string, signal: AbortSignal | undefined) => files.read(file, signal) };
}

async function manifestOf(database: JobPorts['database'], modelId: string) {
  return parseManifest(new TextDecoder().decode((await getModelFile(database, `${modelId}/manifest.json`))?.bytes));
}

async function checked({ job, events }: JobHarness, modelId: string): Promise<TrainingEvent> {
  await job.checkModel({ type: 'check-model', requestId: `c ${modelId}`, modelId, backend: 'wasm' });
  return events.find((event) => 'requestId' in event && event.requestId === `c ${modelId}`) ?? expect.fail();
}

/** States of some tokens, and the mean square of all that are no padding. */
async function encoderValues(source: ModelSource, batch: TokenBatch, places: number[]) {
  const encoder = placeModel(await readModel(source), [batch.ids]);
  const states = tf.tidy(() => runLayers(encoder, embed(encoder, batch), batch, 0, encoder.config.layers));
  const all = Array.from(batch.lengths).flatMap((length, row) =>
    Array.from({ length }, (_, token) => row * batch.tokens + token),
  );
  const real = await readValues(tf.gather(states, all));
  const squares = real.reduce((sum, value) => sum + value * value, 0) / real.length;
  return { got: await readValues(tf.gather(states, places)), squares };
}

async function decoderValues(source: ModelSource, batch: TokenBatch, places: number[]) {
  const decoder = placeDecoder(await readDecoder(source));
  const logits = tf.tidy(() => logitsOf(tf.gather(decoderStates(decoder, batch), places), outputTable(decoder)));
  return { got: await readValues(logits), squares: null };
}

test.each(ALL)('%s: what is kept computes what transformers computes', async (name) => {
  const database = await freshDatabase();
  const { modelId } = await keepOwn(database, 'tiny', await chosenFiles(name));
  const { ids, loss, rows } = expectedStep(name.replace('.gguf', ''));
  const batch = padBatch(ids.map((row) => Int32Array.from(row)));
  // Values of halves and of blocks in the GGUF.
  const tolerance = name.endsWith('.gguf') ? 0.04 : 5e-6;
  const last = ids.map((row, i) => i * batch.tokens + row.length - 1);
  const modelValues = (ENCODERS as readonly string[]).includes(name) ? encoderValues : decoderValues;
  const { got, squares } = await modelValues(sourceOf(database, modelId), batch, last);
  if (squares !== null) expect(squares).toBeCloseTo(loss, 4);
  const wanted = rows.flat();
  expect(got).toHaveLength(wanted.length);
  wanted.forEach((value, i) => expect(Math.abs((got[i] ?? NaN) - value), `${name} ${i}`).toBeLessThan(tolerance));
});

test.each(ALL)('%s: a card, an id of its own, and a check that says its number', async (name) => {
  const made = await harness();
  const files = await chosenFiles(name);
  const summary = await inspect('My tiny one', files);
  const { modelId, events } = await keepOwn(made.database, 'My tiny one', files);
  expect(modelId).toMatch(/^own-My-tiny-one-[0-9a-f]{12}$/);
  expect(isOwnModel(modelId)).toBe(true);
  expect(await listOwnModelIds(made.database)).toEqual([modelId]);
  const manifest = await manifestOf(made.database, modelId);
  const entry = entryOfManifest(manifest);
  expect(entry).toMatchObject({
    id: modelId,
    title: 'My tiny one',
    folder: null,
    shape: { layers: 2, hiddenSize: 32 },
  });
  expect(entry.card.parameters).toBe(summary.parameters);
  expect(entry.card.bytes + entry.tokenizerBytes).toBe(summary.bytes);
  expect(events.filter(({ type }) => type === 'own-model-progress').at(-1)).toMatchObject({
    doing: 'keeping',
    bytes: entry.card.bytes,
    bytesTotal: entry.card.bytes,
  });
  const answer = await checked(made, modelId);
  if (answer.type !== 'model-checked') throw new Error(JSON.stringify(answer));
  const { check } = answer;
  if (check.task === 'decoder') {
    expect(entry.tasks).toEqual(['generation']);
    // It has learned nothing, so that 320 tokens are as likely.
    expect(check.perplexity).toBeGreaterThan(50);
    expect(check.plausible).toBe(false);
  } else {
    expect(entry.tasks).toEqual(['classification']);
    expect(check.similarity).toBeLessThan(0.9999);
    expect(check.plausible).toBe(true);
  }
  expect(await listModelFiles(made.database, modelId)).toContain('checked');
});

const rows = ['ann', 'bob', 'cay', 'dan', 'eve', 'fay', 'gus', 'hal'].map((name, i) => {
  return { rowId: i + 1, line: i + 1, text: `hi ${name}`, target: `yo ${name}` };
});

test.each(DECODERS)('%s: a run trains an adapter on it, and names it by id and hash', async (name) => {
  const made = await harness();
  const { database, job } = made;
  const { modelId } = await keepOwn(database, 'tiny', await chosenFiles(name));
  await saveDataset(database, {
    ...{ dataset: { ...sampleDataset('d', rows), task: 'generation' as const }, rows, tokenCounts: null, file: null },
  });
  const choices = { ...autoChoices(), nEpochs: 1, rank: 2, maxLength: 64, maxSteps: 1 };
  const evaluation = { folds: 1, test: { kind: 'hold-out' as const, share: 0.25 } };
  await job.start('q', request({ modelId, method: 'generation-adapter', choices, evaluation }));
  const run = await getRun(database, 'run');
  expect(run?.error).toBeNull();
  expect(run).toMatchObject({ state: 'succeeded', hasWeights: true, modelId });
  const report = await getReport(database, 'run');
  const manifest = await manifestOf(database, modelId);
  expect(report).toMatchObject({
    model: {
      id: modelId,
      title: 'tiny',
      sha256: manifest.sha256,
      licence: manifest.card.licence || 'not said by its files',
    },
  });
  const adapter = await getAdapter(database, 'run');
  expect(adapter).toMatchObject({ modelId, modelSha256: manifest.sha256 });
  expect(adapter?.tensors.some(({ values }) => values.some((value) => value !== 0))).toBe(true);
});

test.each(ENCODERS)('%s: a run by features, and one that trains it, read with it alone', async (name) => {
  const { database, job } = await harness();
  const { modelId } = await keepOwn(database, 'tiny', await chosenFiles(name));
  await addDataset(database, 'd', spamRows(12));
  const choices = { ...autoChoices(), nEpochs: 1, maxSteps: 1, recipe: 'plain' as const };
  const evaluation = { folds: 2, test: { kind: 'none' as const } };
  for (const method of ['features', 'adapter'] as const) {
    await job.start('q', request({ runId: method, modelId, encoder: modelId, method, choices, evaluation }));
    const run = await getRun(database, method);
    expect(run?.error).toBeNull();
    expect(run).toMatchObject({ state: 'succeeded', modelId });
    expect(await getReport(database, method)).toMatchObject({ model: { id: modelId, title: 'tiny' } });
  }
});

test('one that was taken out is said by name where a run needs it; the same files bring it back', async () => {
  const { database, job } = await harness();
  const files = await chosenFiles('bert');
  const { modelId } = await keepOwn(database, 'tiny', files);
  await addDataset(database, 'd', spamRows(12));
  await deleteModel(database, modelId);
  expect(await listOwnModelIds(database)).toEqual([]);
  await job.start('q', request({ modelId, encoder: modelId }));
  expect((await getRun(database, 'run'))?.error?.message).toBe(
    'The model «tiny», which was brought along, is not in this browser any more. Bring the same files again under ' +
      'that name: they are the same model then, and what was made with it works as before.',
  );
  // The name is part of what it is.
  expect((await keepOwn(database, 'other', files)).modelId).not.toBe(modelId);
  expect((await keepOwn(database, 'tiny', files)).modelId).toBe(modelId);
});

test.each(['llama', 'bert'])('%s: weights that are no numbers are refused by the check', async (name) => {
  const made = await harness();
  const files = await chosenFiles(name);
  const weights = files.find(({ path }) => path === 'model.safetensors') ?? expect.fail();
  const bytes = new Uint8Array(await weights.blob.arrayBuffer());
  const { tensors } = await openOwnModel('nan', files);
  const norm = tensors.find(({ name: one }) => /0\.(input_layernorm|attention\.output\.LayerNorm)\.weight$/.test(one));
  new DataView(bytes.buffer).setFloat32(norm?.position ?? 0, NaN, true);
  const { modelId } = await keepOwn(made.database, 'nan', await chosenFiles(name, { 'model.safetensors': bytes }));
  expect(await checked(made, modelId)).toMatchObject({
    type: 'failed',
    error: { code: 'non-finite', message: expect.stringContaining('not a number') },
  });
  expect(await listModelFiles(made.database, modelId)).not.toContain('checked');
});

test('other pooling, config or words over the same weights are another model', async () => {
  const database = await freshDatabase();
  const pooling = JSON.stringify([
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ]);
  const first = JSON.stringify({
    word_embedding_dimension: 32,
    pooling_mode_cls_token: true,
    pooling_mode_mean_tokens: false,
  });
  const plain = await keepOwn(database, 'tiny', await chosenFiles('bert'));
  const files = await chosenFiles('bert', { 'modules.json': pooling, '1_Pooling/config.json': first });
  expect(await inspect('tiny', files)).toMatchObject({ pooling: 'first' });
  const other = await keepOwn(database, 'tiny', files);
  expect(other.modelId).not.toBe(plain.modelId);
  const model = await readModel(sourceOf(database, other.modelId));
  const ids = Int32Array.of(2, 9, 11, 3);
  const encoder = placeModel(model, [ids]);
  const batch = padBatch([ids, ids.slice(0, 3)]);
  const states = tf.tidy(() => runLayers(encoder, embed(encoder, batch), batch, 0, 2));
  const pooled = await readValues(tf.tidy(() => pool(encoder, states, batch)));
  expect(pooled).toEqual(await readValues(tf.gather(states, [0, batch.tokens])));
});

test('nothing stays of one that was stopped, found no room, or met a full disk', async () => {
  const database = await freshDatabase();
  const files = await chosenFiles('llama');
  await expect(keepOwn(database, 'tiny', files, { room: 1000 })).rejects.toMatchObject({
    code: 'storage-full',
    message: expect.stringMatching(/^«tiny» needs 115 kB, and this browser has 1(\.0)? kB left for Hone\. Delete runs/),
  });
  const stop = new AbortController();
  stop.abort();
  await expect(keepOwn(database, 'tiny', files, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  // The third put is the first shard.
  const free = fillDiskAtPut(3, 'models');
  const full = await keepOwn(database, 'tiny', files).catch((error: unknown) => error as AppError);
  free();
  expect(full).toMatchObject({ code: 'storage-full' });
  expect(await listOwnModelIds(database)).toEqual([]);
});

test('files that change between two looks are not kept', async () => {
  const database = await freshDatabase();
  const files = await chosenFiles('llama');
  const weights = files.find(({ path }) => path === 'model.safetensors') ?? expect.fail();
  const { blob } = weights;
  const slice = blob.slice.bind(blob);
  let reads = 0;
  // The word table has 40,960 bytes; the second time it is another.
  blob.slice = (from, to) => {
    if (from === undefined || to === undefined || to - from !== 40_960 || ++reads < 2) return slice(from, to);
    return new Blob([new Uint8Array(40_960)]);
  };
  await expect(keepOwn(database, 'tiny', files)).rejects.toMatchObject({
    code: 'file-unreadable',
    message: 'The files of «tiny» changed while they were read. Bring them again once nothing writes to them.',
  });
  expect(await listOwnModelIds(database)).toEqual([]);
});

test('a model of several shards is cut where the files are not, and one of its shards that a disk damaged is said', async () => {
  const tensors = await openOwnModel('tiny', await chosenFiles('llama.gguf'));
  const parts: Uint8Array[] = [];
  for await (const shard of ownShards(tensors, 10_000)) parts.push(shard);
  expect(parts.map(({ length }) => length).slice(0, -1)).toEqual(parts.slice(1).map(() => 10_000));
  const joined = Buffer.concat(parts);
  let at = 0;
  for (const tensor of tensors.tensors) {
    expect(joined.subarray(at, (at += tensor.byteLength)).equals(await readOwnTensor(tensor)), tensor.name).toBe(true);
  }
  const database = await freshDatabase();
  const { modelId } = await keepOwn(database, 'tiny', await chosenFiles('llama'));
  const key = `${modelId}/model-00001-of-00001.bin`;
  const kept = (await getModelFile(database, key)) ?? expect.fail();
  await database.put('models', { ...kept, bytes: kept.bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte)) });
  await expect(readDecoder(sourceOf(database, modelId))).rejects.toMatchObject({
    code: 'model-damaged',
    message: expect.stringContaining('of «tiny» is damaged in this browser'),
  });
});

test('licence and notice are kept as they came, and go along with what is made of it; other files and none do not', async () => {
  const database = await freshDatabase();
  const files = await chosenFiles('llama', {
    'LICENSE.txt': 'Do as you like.',
    Notice: 'By someone.',
    'LICENSES.md': 'a list of others',
  });
  const { modelId } = await keepOwn(database, 'tiny', files);
  const notices = await readNotices(database, sourceOf(database, modelId), modelId, new AbortController().signal);
  const texts = Object.entries(notices).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
  expect(texts).toEqual([
    ['LICENSE', 'Do as you like.'],
    ['NOTICE', 'By someone.'],
  ]);
  const bare = await freshDatabase();
  const without = await keepOwn(bare, 'tiny', await chosenFiles('llama'));
  // The same weights are the same model, whatever stands beside them.
  expect(without.modelId).toBe(modelId);
  expect(await readNotices(bare, sourceOf(bare, modelId), modelId, new AbortController().signal)).toEqual({});
});
