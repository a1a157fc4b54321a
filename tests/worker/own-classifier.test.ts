/** Classifiers from elsewhere, through the door of the page: a folder in, kept with its head, asked, and what is not theirs refused. */
import '../helpers/storage';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { deleteModel, listModelFiles } from '../../src/storage/models';
import type { JobPorts } from '../../src/worker/job-ports';
import { createHarness, type JobHarness } from '../helpers/job';
import { chosenFiles, inspect, keepOwn, modelFilesOf } from '../helpers/own-models';
import { fillDiskAtPut, freshDatabase } from '../helpers/storage';
import { startBackend } from '../helpers/tf-node';

const KINDS = ['bert-classifier', 'xlm-roberta-classifier'] as const;
const LABELS = ['dull', 'honed', '__proto__'];

beforeAll(() => startBackend('wasm'));

async function harness(): Promise<JobHarness> {
  const ports: { database?: JobPorts['database'] } = {};
  const made = await createHarness({ modelFiles: modelFilesOf(() => ports.database ?? expect.fail('too early')) });
  ports.database = made.database;
  return made;
}

async function ask({ job, events }: JobHarness, runId: string, texts: string[]) {
  events.length = 0;
  await job.predict({ type: 'predict', requestId: 'p', runId, backend: 'wasm', texts });
  return events.at(-1) ?? expect.fail('Nothing was said.');
}

/** What transformers answers. */
function expected(name: string): { texts: string[]; logits: number[][] } {
  const path = new URL(`../fixtures/checkpoints/${name}/expected.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as { texts: string[]; logits: number[][] };
}

const logSoftmax = (logits: readonly number[]): number[] => {
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map((logit) => logit - total);
};

test.each(KINDS)('%s: kept with its head it answers as transformers does, within 1e-4 of each logit', async (name) => {
  const made = await harness();
  const files = await chosenFiles(name);
  expect(await inspect('tiny', files)).toMatchObject({ labels: LABELS, noHead: null });
  const { modelId } = await keepOwn(made.database, 'tiny', files, { withHead: true });
  const { texts, logits } = expected(name);
  // Alone and together: padding changes nothing.
  for (const asked of [texts, ...texts.map((text) => [text])]) {
    const told = await ask(made, modelId, asked);
    if (told.type !== 'predicted') return expect.fail(JSON.stringify(told));
    expect(told.prediction.labels).toEqual(LABELS);
    asked.forEach((text, i) => {
      const wanted = logSoftmax(logits[texts.indexOf(text)] ?? []);
      const got = (told.prediction.tuned[i] ?? []).map(Math.log);
      expect(got).toHaveLength(3);
      got.forEach((value, label) => expect(Math.abs(value - (wanted[label] ?? NaN)), text).toBeLessThan(1e-4));
    });
  }
});

test('as a classifier it is another model than as an encoder, and each goes by itself', async () => {
  const made = await harness();
  const files = await chosenFiles('bert-classifier');
  const { modelId: sorting } = await keepOwn(made.database, 'tiny', files, { withHead: true });
  const { modelId: reading } = await keepOwn(made.database, 'tiny', files);
  expect(sorting).not.toBe(reading);
  expect(await listModelFiles(made.database, sorting)).toEqual(
    expect.arrayContaining(['classifier.json', 'classifier.bin']),
  );
  expect(await listModelFiles(made.database, reading)).not.toContain('classifier.json');
  // Other names for the same answers are another classifier.
  const config = JSON.parse(
    readFileSync(new URL('../fixtures/checkpoints/bert-classifier/config.json', import.meta.url), 'utf8'),
  ) as {
    id2label: Record<string, string>;
  };
  const renamed = { ...config, id2label: { ...config.id2label, 1: 'sharp' } };
  const others = await chosenFiles('bert-classifier', { 'config.json': JSON.stringify(renamed) });
  expect((await keepOwn(made.database, 'tiny', others, { withHead: true })).modelId).not.toBe(sorting);
  await deleteModel(made.database, sorting);
  expect(await ask(made, sorting, ['the blade'])).toMatchObject({ type: 'failed', error: { code: 'model-missing' } });
  expect((await listModelFiles(made.database, reading)).length).toBeGreaterThan(2);
});

test('one that is here stays whole where keeping it again breaks off; the first try leaves nothing', async () => {
  const database = await freshDatabase();
  const files = await chosenFiles('bert-classifier');
  const again = { withHead: true };
  const onFullDisk = async () => {
    // Behind manifest, tokenizer and the two of the head: its shard.
    const free = fillDiskAtPut(5, 'models');
    await expect(keepOwn(database, 'tiny', files, again)).rejects.toMatchObject({ code: 'storage-full' });
    free();
  };
  await onFullDisk();
  expect(await database.count('models')).toBe(0);
  const { modelId } = await keepOwn(database, 'tiny', files, again);
  const whole = await listModelFiles(database, modelId);
  expect(whole).toHaveLength(5);
  await onFullDisk();
  expect(await listModelFiles(database, modelId)).toEqual(whole);
  // Of what a closed tab left behind nothing stays.
  await database.delete('models', `${modelId}/classifier.bin`);
  await onFullDisk();
  expect(await database.count('models')).toBe(0);
});

test.each([
  [{ problem_type: 'multi_label_classification' }, /problem_type is «multi_label_classification»/],
  [{ id2label: { 0: 'one' } }, /id2label does not name two labels/],
  [{ id2label: { 0: 'one', 2: 'two', 3: 'three' } }, /id2label does not name/],
  [{ id2label: { 0: 'one', 1: 'one', 2: 'two' } }, /id2label does not name/],
  [{ id2label: { 0: 'one', 1: 'two' } }, /«classifier\.weight» is \[3, 32\], and the config asks for \[2, 32\]/],
])('a head that is not used here says why, and its encoder is used all the same: %j', async (change, why) => {
  const path = new URL('../fixtures/checkpoints/bert-classifier/config.json', import.meta.url);
  const config = { ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change };
  const files = await chosenFiles('bert-classifier', { 'config.json': JSON.stringify(config) });
  expect(await inspect('tiny', files)).toMatchObject({ labels: null, noHead: expect.stringMatching(why) as string });
  const database = await freshDatabase();
  await expect(keepOwn(database, 'tiny', files, { withHead: true })).rejects.toThrow(why);
  expect(await database.count('models')).toBe(0);
  await keepOwn(database, 'tiny', files);
});

test('a folder without a head has no labels', async () => {
  const files = await chosenFiles('bert');
  expect(await inspect('tiny', files)).toMatchObject({ labels: null, noHead: null });
  await expect(keepOwn(await freshDatabase(), 'tiny', files, { withHead: true })).rejects.toThrow(
    /has no head that sorts texts/,
  );
});

test('a SetFit folder opens without its head: that is a pickle, and it says so', async () => {
  const files = await chosenFiles('bert', { 'model_head.pkl': 'cos\nsystem' });
  const { labels, noHead } = await inspect('tiny', files);
  expect(labels).toBeNull();
  expect(noHead).toMatch(/^model_head\.pkl .*pickle, which can run code.*Its body opens: fit a head to your rows/);
  const { modelId } = await keepOwn(await freshDatabase(), 'tiny', files);
  expect(modelId).toMatch(/^own-tiny-/);
});

const MODULES = JSON.stringify([
  { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
  { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
]);

test('a head.json beside sentence-transformers’ files answers on their vectors, made 1 long where they are', async () => {
  const made = await harness();
  // The second label's logit is the largest value of the vector: at most 1 where that is 1 long.
  const weight = [Array<number>(32).fill(0), Array.from({ length: 32 }, (_, i) => (i === 3 ? 1 : 0))];
  const head = JSON.stringify({ labels: ['b', 'a'], weight, bias: [0.25, 0] });
  const answers = async (change: Parameters<typeof chosenFiles>[1]) => {
    const files = await chosenFiles('bert', { 'head.json': head, ...change });
    const { modelId } = await keepOwn(made.database, 'tiny', files, { withHead: true });
    const told = await ask(made, modelId, ['the blade is honed', 'stone']);
    if (told.type !== 'predicted') return expect.fail(JSON.stringify(told));
    expect(told.prediction.labels).toEqual(['b', 'a']);
    return told.prediction.tuned.map(([b = 0, a = 0]) => Math.log(a / b) + 0.25);
  };
  const plain = await answers({});
  const pooling = JSON.stringify({ pooling_mode_mean_tokens: true });
  const long = await answers({ 'modules.json': MODULES, '1_Pooling/config.json': pooling });
  const first = await answers({
    'modules.json': MODULES,
    '1_Pooling/config.json': JSON.stringify({ pooling_mode_cls_token: true }),
  });
  expect(plain[0]).not.toBeCloseTo(plain[1] ?? 0, 3);
  for (const [i, value] of long.entries()) {
    expect(Math.abs(value)).toBeLessThanOrEqual(1);
    expect(Math.sign(value)).toBe(Math.sign(plain[i] ?? 0));
  }
  expect(long).not.toEqual(plain);
  expect(first).not.toEqual(long);
  // Earlier builds did not say to what it was fitted, and rounded.
  const fitted = (vectors: string) => answers({ 'head.json': JSON.stringify({ ...JSON.parse(head), vectors }) });
  expect(await fitted('float16')).toEqual(plain);
  for (const [i, value] of (await fitted('float32')).entries()) {
    expect(value).not.toBe(plain[i]);
    expect(Math.abs(value - (plain[i] ?? NaN))).toBeLessThan(1e-3);
  }
  const short = JSON.stringify({ labels: ['b', 'a'], weight: [[1], [2]], bias: [0, 0] });
  const files = await chosenFiles('bert', { 'head.json': short });
  expect(await inspect('tiny', files)).toMatchObject({
    labels: null,
    noHead: expect.stringMatching(/line of 32 weights/) as string,
  });
  const other = await chosenFiles('bert', {
    'head.json': JSON.stringify({ labels: ['b', 'a'], weight, bias: [0, 0], vectors: 'int8' }),
  });
  expect(await inspect('tiny', other)).toMatchObject({
    labels: null,
    noHead: expect.stringContaining('its vectors are «int8», expected float16 or float32') as string,
  });
});
