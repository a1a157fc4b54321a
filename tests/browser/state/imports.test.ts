import { afterEach, expect, test, vi } from 'vitest';
import type { Dataset, DatasetVersion } from '../../../src/core/data/dataset';
import { AppError } from '../../../src/core/errors';
import { openDatabase } from '../../../src/storage/database';
import type { HoneDatabase } from '../../../src/storage/schema';
import { Datasets } from '../../../src/state/datasets.svelte';
import { Imports } from '../../../src/state/imports.svelte';
import { Removals } from '../../../src/state/removals.svelte';
import { Toasts } from '../../../src/state/toasts.svelte';
import type { BundleResult, ImportResult, ImportSource } from '../../../src/worker/data-client';

let database: HoneDatabase | undefined;
afterEach(() => {
  database?.close();
  sessionStorage.clear();
  vi.unstubAllGlobals();
});

function dataset(id: string): Dataset {
  const versions = { currentVersion: 1, versions: [], nextRowId: 0 };
  return { id, name: id, task: 'classification', createdAt: 1, ...versions, sample: false };
}

interface Reading {
  source: ImportSource;
  done(result: ImportResult | BundleResult): void;
  fail(error: Error): void;
}

async function setUp() {
  database = await openDatabase({ name: crypto.randomUUID() });
  const toasts = new Toasts();
  const readings: Reading[] = [];
  const read = (
    source: ImportSource,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ImportResult | BundleResult> =>
    new Promise((done, fail) => {
      readings.push({ source, done, fail });
      signal?.addEventListener('abort', () => fail(new AppError('cancelled', 'Stopped.')));
    });
  const announce = vi.fn();
  const datasets = new Datasets(Promise.resolve(database), { announce }, new Removals(toasts));
  await vi.waitFor(() => expect(datasets.loaded).toBe(true));
  const runs = { put: vi.fn() };
  const unasked = () => Promise.reject(new Error('not asked'));
  const client = { import: read, recheck: unasked, reread: unasked };
  const imports = new Imports(client, datasets, runs, toasts, { announce }, location.href);
  return { imports, datasets, runs, readings, toasts, announce };
}

const file = (name: string): File => new File(['{}'], name);

test('two files are read one after the other, and both are in the list', async () => {
  const { imports, datasets, readings } = await setUp();
  const opening = imports.openFiles([file('a.jsonl'), file('b.b.csv')]);
  expect(imports.current?.fileName).toBe('a.jsonl');
  expect(imports.queue).toEqual(['b.b.csv']);
  expect(readings).toHaveLength(1);
  readings[0]?.done({ dataset: dataset('a'), already: false });
  await vi.waitFor(() => expect(readings).toHaveLength(2));
  expect(readings.map(({ source }) => source.name)).toEqual(['a', 'b.b']);
  readings[1]?.done({ dataset: dataset('b'), already: false });
  expect((await opening).datasets.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(datasets.list).toHaveLength(2);
  expect(imports.current).toBeNull();
});

test('a refused file is told by name, and the next is read all the same', async () => {
  const { imports, readings } = await setUp();
  imports.dismissError();
  const opening = imports.openFiles([file('bad.png'), file('good.jsonl')]);
  readings[0]?.fail(new AppError('file-not-text', 'A picture.'));
  await vi.waitFor(() => expect(readings).toHaveLength(2));
  readings[1]?.done({ dataset: dataset('good'), already: false });
  expect((await opening).datasets.map(({ id }) => id)).toEqual(['good']);
  const told = () => imports.error;
  while (told()?.fileName === 'samples.json') imports.dismissError();
  expect(told()).toMatchObject({ fileName: 'bad.png', error: { code: 'file-not-text' } });
  imports.dismissError();
  expect(imports.error).toBeNull();
});

test('cancel stops the file and forgets what waits, without an error', async () => {
  const { imports, readings } = await setUp();
  const opening = imports.openFiles([file('a.jsonl'), file('b.jsonl')]);
  imports.cancel();
  expect(await opening).toEqual({ datasets: [], runs: [] });
  expect(readings).toHaveLength(1);
  expect(imports.queue).toEqual([]);
  expect(imports.error?.error.code).not.toBe('cancelled');
});

test('a file that is here already is said, with the name it has', async () => {
  const { imports, readings, toasts } = await setUp();
  const opening = imports.openFiles([file('copy.jsonl')]);
  readings[0]?.done({ dataset: dataset('first'), already: true });
  await opening;
  expect(toasts.list.map(({ message }) => message)).toEqual(['copy.jsonl was opened before: it is «first».']);
});

test('a set that was just deleted and is opened again is back in the list, and stays', async () => {
  const { imports, datasets, readings } = await setUp();
  datasets.put(dataset('a'));
  datasets.remove('a');
  expect(datasets.list).toEqual([]);
  const opening = imports.openFiles([file('a.jsonl')]);
  readings[0]?.done({ dataset: dataset('a'), already: true });
  await opening;
  expect(datasets.list.map(({ id }) => id)).toEqual(['a']);
});

test('a reload in the middle of an import is said by the next page, once, with the names of what was not kept', async () => {
  const { imports, readings } = await setUp();
  const opening = imports.openFiles([file('kept.jsonl'), file('lost.jsonl')]);
  readings[0]?.done({ dataset: dataset('kept'), already: false });
  await vi.waitFor(() => expect(readings).toHaveLength(2));
  const told = async () => (await setUp()).toasts.list.map(({ message }) => message);
  expect(await told()).toEqual([
    'Reading lost.jsonl was interrupted by a reload; nothing of it was kept. Drop it again.',
  ]);
  expect(await told()).toEqual([]);
  imports.cancel();
  await opening;
});

test('an import that ended, well or not, leaves nothing to say after a reload', async () => {
  const { imports, readings } = await setUp();
  const opening = imports.openFiles([file('good.jsonl'), file('bad.jsonl')]);
  readings[0]?.done({ dataset: dataset('good'), already: false });
  await vi.waitFor(() => expect(readings).toHaveLength(2));
  readings[1]?.fail(new AppError('file-empty', 'Empty.'));
  await opening;
  expect((await setUp()).toasts.list).toEqual([]);
});

test('at an address that is not secure no file is read, and the reason is said', async () => {
  const { imports, readings } = await setUp();
  vi.stubGlobal('isSecureContext', false);
  expect(await imports.openFiles([file('a.jsonl')])).toEqual({ datasets: [], runs: [] });
  expect(readings).toEqual([]);
  expect(imports.error).toMatchObject({ fileName: 'a.jsonl', error: { code: 'config-invalid' } });
});

test('a sample that the server does not give is told in our words, and opens at the next try', async () => {
  let down = true;
  const card = { id: 's', file: 's.jsonl', title: 'S', description: 'd', task: 'classification', rows: 1, labels: 1 };
  const examples = { exampleInput: 'a', exampleOutput: 'b' };
  vi.stubGlobal('fetch', (url: URL) => {
    if (down) return Promise.reject(new TypeError('Failed to fetch'));
    const list = url.pathname.endsWith('samples.json');
    return Promise.resolve(new Response(list ? JSON.stringify([{ ...card, ...examples }]) : '{}'));
  });
  const { imports, readings } = await setUp();
  await expect.poll(() => imports.error?.error.code).toBe('no-answer');
  expect(imports.error?.error.message).not.toContain('Failed to fetch');
  down = false;
  await imports.error?.retry?.();
  expect(imports.error).toBeNull();
  expect(imports.samples).toHaveLength(1);
  down = true;
  await imports.openSample('s');
  const retry = imports.error?.retry;
  expect(imports.error).toMatchObject({ fileName: 's.jsonl', error: { code: 'no-answer' } });
  down = false;
  const opened = retry?.();
  await expect.poll(() => readings.length).toBe(1);
  readings[0]?.done({ dataset: dataset('s'), already: false });
  expect(await opened).toMatchObject({ id: 's' });
});

test('a sample that is to be trained at once starts its own form, once; its card says what it is tried with', async () => {
  const card = { id: 's', file: 's.jsonl', title: 'S', description: 'd', task: 'generation', rows: 1, labels: 0 };
  const more = { settings: { nEpochs: '2' }, exampleInput: 'a', exampleOutput: 'b' };
  vi.stubGlobal('fetch', (url: URL) => {
    const list = url.pathname.endsWith('samples.json');
    return Promise.resolve(new Response(list ? JSON.stringify([{ ...card, ...more }]) : '{}'));
  });
  const { imports, readings } = await setUp();
  await expect.poll(() => imports.samples.length).toBe(1);
  const opened = imports.trainSample('s');
  await expect.poll(() => readings.length).toBe(1);
  const version = { number: 1, fileName: 's.jsonl' } as DatasetVersion;
  const sample: Dataset = { ...dataset('x'), sample: true, versions: [version] };
  readings[0]?.done({ dataset: sample, already: false });
  expect(await opened).toBe(sample);
  expect(imports.takeStart('another')).toBe(false);
  expect([imports.takeStart('x'), imports.takeStart('x')]).toEqual([true, false]);
  expect(imports.cardOf(sample)?.settings).toEqual({ nEpochs: '2' });
  expect(imports.cardOf({ ...sample, sample: false })).toBeNull();
});

test('a run bundle is a run with its data set, both are told to other tabs, and a model that is not here is named', async () => {
  const { imports, datasets, runs, readings, toasts, announce } = await setUp();
  const run = { id: 'r', name: 'Run 5' } as BundleResult['run'];
  const toBring = [{ id: 'own-x', title: 'x', sha256: 'ab'.repeat(32) }];
  const opening = imports.openFiles([file('run.zip')]);
  readings[0]?.done({ run, datasets: [dataset('a')], already: false, back: [], toBring });
  expect(await opening).toEqual({ datasets: [], runs: [run] });
  expect(runs.put.mock.calls).toEqual([[run]]);
  expect(datasets.byId('a')).not.toBeNull();
  expect(announce.mock.calls.flat()).toEqual(['datasets', 'runs']);
  expect(toasts.list[0]?.message).toMatch(
    /^«Run 5» is here, as it was there\. .*«x» \(SHA-256 abababababab…\), is not in this browser: .*in a folder of that name/,
  );
  const second = imports.openFiles([file('run.zip')]);
  readings[1]?.done({ run, datasets: [], already: true, back: [dataset('b')], toBring: [] });
  await second;
  expect(toasts.list[1]?.message).toMatch(
    /^run\.zip: this run is here already, it is «Run 5»\. Its data are back: «.*»\.$/,
  );
});
