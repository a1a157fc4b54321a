/** Runs taken along as a bundle and dropped elsewhere: the same run, report and model, or nothing at all. */
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import type { Row } from '../../src/core/data/dataset';
import { fingerprintRows } from '../../src/core/data/fingerprint';
import { packRows } from '../../src/core/data/row-set';
import type { BundleManifest } from '../../src/core/export/bundle/manifest';
import { isOfRecipes } from '../../src/core/run/trained-model';
import { autoChoices } from '../../src/core/settings/defaults';
import { deleteDataset, getDataset, listDatasets, listFindingRows, saveDataset } from '../../src/storage/datasets';
import { getRows } from '../../src/storage/rows';
import { deleteRun, getCurve, getKeptWeights, getReport, getRun, listRuns, updateRun } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { TrainingJob } from '../../src/worker/job';
import { importBundle } from '../../src/worker/open-bundle-job';
import type { DataEvent } from '../../src/worker/protocol';
import { Disk } from '../helpers/disk';
import { createHarness, type JobHarness, request, spamRows } from '../helpers/job';
import { contents, fillDiskAtPut, freshDatabase, sampleDataset } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';
import { unzipped } from '../helpers/unzipped';
import { zipOf } from '../helpers/zips';

const LABELS = ['__proto__', 'a "quoted"\nlabel'];
const files = tinyModelFiles();
for (const file of ['LICENSE', 'NOTICE']) files.set(file, Uint8Array.from(new TextEncoder().encode(`The ${file}.`)));
const modelFiles = () => ({
  read: (file: string) => Promise.resolve(files.get(file) ?? expect.fail(`${file} is asked for`)),
});

let trained: JobHarness;
const labelled = (rows: Row[]): Row[] =>
  rows.map((row, i) => ({
    ...row,
    rowId: 3 * i + 2,
    target: LABELS[row.target === 'spam' ? 1 : 0] ?? '',
    ...(i % 9 === 0 && { together: `thread ${i % 4}` }),
  }));

async function addSet(database: HoneDatabase, id: string, rows: Row[]): Promise<void> {
  const dataset = sampleDataset(id, rows, {
    sha256: fingerprintRows(rows, 'classification'),
    tokenTally: { rowsOf: Int32Array.of(0, 0, 40) } as never,
    leftOut: 2,
  });
  const labelDescriptions = Object.fromEntries(LABELS.map((label) => [label, `what ${label} means`]));
  const findingRows = [{ findingId: 'duplicates', rowIds: packRows([2, 5, 8]), lines: packRows([1, 2, 3]) }];
  const tokenCounts = Int32Array.from(rows, (_, i) => i % 7);
  await saveDataset(database, {
    dataset: { ...dataset, labelDescriptions },
    rows,
    tokenCounts,
    findingRows,
    file: null,
  });
}

beforeAll(async () => {
  trained = await createHarness({ modelFiles });
  await addSet(trained.database, 'd', labelled(spamRows(40)));
  await addSet(trained.database, 't', labelled(spamRows(12, 9)));
  const choices = { ...autoChoices(), nEpochs: 4, batchSize: 8, learningRate: 1e-2, headLearningRate: 3e-2 };
  const evaluation = { folds: 2, test: { kind: 'file', datasetId: 't' } } as const;
  await trained.job.start(
    'q',
    request({ runId: 'layers', evaluation, method: 'top-layers', choices: { ...choices, layers: 1 } }),
  );
  await trained.job.start('q', request({ runId: 'adapter', method: 'adapter', choices: { ...choices, rank: 2 } }));
  await trained.job.start('q', request({ runId: 'chosen', method: 'features', choices: autoChoices() }));
});

async function take(runId: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; manifest: BundleManifest }> {
  const disk = new Disk();
  const job = new TrainingJob({ ...trained.ports, takeFile: (...asked) => disk.open(...asked) });
  trained.events.length = 0;
  await job.take({ type: 'take', requestId: 't', runId, format: 'run-bundle', place: 'p', backend: 'wasm' });
  const told = trained.events.at(-1);
  const parity = told?.type === 'taken' ? told.file.parity : null;
  if (told?.type !== 'taken' || !parity || !('schema' in parity) || parity.schema !== 'hone.run-bundle') {
    throw new Error(JSON.stringify(told));
  }
  const [file] = disk.files.values();
  if (file === undefined || file.isOpen) throw new Error('It was not written, or not closed.');
  expect(told.file.bytes).toBe(file.bytes.length);
  return { bytes: file.bytes, manifest: parity };
}

interface Elsewhere {
  database: HoneDatabase;
  events: DataEvent[];
  room?: number | null;
  ask?: (id: string) => { read(file: string): Promise<Uint8Array<ArrayBuffer>> };
  /** Begun when the first part is read. */
  meanwhile?: () => Promise<void>;
}

const elsewhere = async (): Promise<Elsewhere> => ({ database: await freshDatabase(), events: [] });

async function drop(
  bytes: Uint8Array<ArrayBuffer>,
  { database, events, room = null, ask = modelFiles, meanwhile }: Elsewhere,
) {
  events.length = 0;
  let other: Promise<void> | undefined;
  const command = { fileName: 'x.zip', name: 'x', sample: false, mapping: null, task: null, requestId: 'q' } as const;
  const isBundle = await importBundle(
    {
      database,
      post(event) {
        events.push(structuredClone(event));
        if (event.type === 'import-progress' && event.phase === 'reading') other ??= meanwhile?.();
      },
      room: () => Promise.resolve(room),
      modelFiles: ask,
    },
    { type: 'import', blob: new Blob([bytes]), ...command },
  );
  await other;
  const told = events.at(-1);
  return { isBundle, opened: told?.type === 'bundle-opened' ? told : null };
}

async function refusal(bytes: Uint8Array<ArrayBuffer>, there: Elsewhere): Promise<AppError> {
  const before = await contents(there.database);
  const error: unknown = await drop(bytes, there).catch((error: unknown) => error);
  expect(await contents(there.database)).toEqual(before);
  if (error instanceof AppError) return error;
  throw new Error(`It was taken, or thrown was ${String(error)}.`);
}

/** The bundle with some of its files changed, hashes and all where `sealed`. */
function altered(
  { bytes, manifest }: Awaited<ReturnType<typeof take>>,
  change: (path: string, text: string) => string,
  sealed: BundleManifest = manifest,
): Uint8Array<ArrayBuffer> {
  const entries = [...unzipped(bytes)].map(([path, own]) => {
    const name = path.replace(/^[^/]+\//, '');
    if (name === 'bundle.json') return { path, bytes: new TextEncoder().encode(JSON.stringify(sealed)) };
    if (!/\.(json|jsonl|md)$/.test(name)) return { path, bytes: own };
    return { path, bytes: new TextEncoder().encode(change(name, new TextDecoder().decode(own))) };
  });
  return zipOf(entries);
}

test.each(['layers', 'adapter', 'chosen'])('the run «%s» is the same elsewhere, to the bit', async (runId) => {
  const { database } = trained;
  const { bytes, manifest } = await take(runId);
  const there = await elsewhere();
  const { opened } = await drop(bytes, there);
  expect(opened).toMatchObject({
    already: false,
    toBring: [],
    run: { id: runId, state: 'succeeded', hasWeights: true },
  });
  const both = async <T>(read: (database: HoneDatabase) => Promise<T>): Promise<T> => {
    const [here, other] = [await read(database), await read(there.database)];
    expect(other).toEqual(here);
    return other;
  };
  await both((one) => getRun(one, runId));
  expect(await both((one) => getReport(one, runId))).not.toBeNull();
  expect((await both((one) => getCurve(one, runId))).length).toBeGreaterThan(runId === 'chosen' ? -1 : 1);
  const kept = await both((one) => getKeptWeights(one, runId));
  if (runId === 'chosen') expect(kept && 'tuned' in kept && isOfRecipes(kept.tuned.head)).toBe(true);
  const set = await both(async (one) => ({ ...(await getDataset(one, 'd')) }));
  expect(set.labelDescriptions).toEqual(Object.fromEntries(LABELS.map((label) => [label, `what ${label} means`])));
  await both(async (one) => getRows(one, (await getDataset(one, 'd')) ?? expect.fail(), 1));
  await both((one) => listFindingRows(one, 'd', 1));
  await both((one) => one.getAll('rows', IDBKeyRange.bound(['d'], ['d', []])));
  expect((await getDataset(there.database, 't')) !== null).toBe(runId === 'layers');
  // What a person finds who opens the zip.
  const paths = manifest.files.map(({ path }) => path);
  expect(paths[0]).toBe('hone-run.md');
  expect(paths).toEqual(
    expect.arrayContaining(['run.json', 'report.json', 'data/rows.jsonl', 'weights.safetensors', 'LICENSE']),
  );
  const about = new TextDecoder().decode([...unzipped(bytes)].find(([path]) => path.endsWith('hone-run.md'))?.[1]);
  expect(about).toContain('**It holds your data**: 40 rows of «set d», version 1');
  expect(manifest).toMatchObject({ build: 'test', weights: true, missing: [], data: { rows: 40 } });
});

test('run again where it was dropped it gives the same weights and figures, to the bit', async () => {
  const there = await elsewhere();
  const { opened } = await drop((await take('layers')).bytes, there);
  const { job } = await createHarness({ modelFiles, database: there.database });
  const { request: asked } = opened?.run ?? expect.fail();
  await job.start('q', { ...asked, runId: 'again' });
  expect(await getRun(there.database, 'again')).toMatchObject({ state: 'succeeded', error: null });
  expect(await getKeptWeights(there.database, 'again')).toEqual(await getKeptWeights(trained.database, 'layers'));
  const [again, first] = [await getReport(there.database, 'again'), await getReport(trained.database, 'layers')];
  const figures = (report: typeof again) => ({ ...report, created_at: '', timings: null });
  const seconds = (text: unknown) =>
    JSON.parse(JSON.stringify(text, (key, value: unknown) => (key === 'seconds' ? 0 : value)));
  expect(seconds(figures(again))).toEqual(seconds(figures(first)));
});

test('where it was dropped it answers, and goes out again as other tools’ files and as a bundle of the same parts', async () => {
  const there = await elsewhere();
  const first = await take('layers');
  await drop(first.bytes, there);
  const disk = new Disk();
  const { job, events } = await createHarness({ modelFiles, database: there.database, takeFile: disk.open });
  const asked = { requestId: 't', runId: 'layers', backend: 'wasm' } as const;
  await job.predict({ ...asked, type: 'predict', texts: ['win cash now'] });
  expect(events.at(-1)).toMatchObject({ type: 'predicted', prediction: { labels: [...LABELS].sort() } });
  await job.take({ ...asked, type: 'take', format: 'onnx', place: 'p' });
  expect(events.at(-1)).toMatchObject({
    type: 'taken',
    file: { parity: { same: true, answers: { rows: 64, same: 64 } } },
  });
  await job.take({ ...asked, type: 'take', format: 'run-bundle', place: 'p' });
  const again = unzipped([...disk.files.values()].at(-1)?.bytes ?? new Uint8Array());
  for (const [path, bytes] of unzipped(first.bytes)) {
    // Its keys stand in the order of the schema then.
    if (!/\/(report|bundle)\.json$/.test(path))
      expect(Buffer.compare(bytes, again.get(path) ?? new Uint8Array()), path).toBe(0);
  }
});

test('dropped a second time it is known, and what is here stays as it is', async () => {
  const there = await elsewhere();
  const { bytes } = await take('layers');
  await drop(bytes, there);
  await updateRun(there.database, 'layers', { name: 'Mine' });
  const before = await contents(there.database);
  const { opened } = await drop(bytes, there);
  expect(opened).toMatchObject({
    already: true,
    run: { id: 'layers', name: 'Mine' },
    datasets: [{ id: 'd' }, { id: 't' }],
  });
  expect(await contents(there.database)).toEqual(before);
  // Where it was made it is known too.
  expect((await drop(bytes, { database: trained.database, events: [] })).opened).toMatchObject({ already: true });
});

test('of a run that is here, a data set that was deleted comes back, and nothing else', async () => {
  const there = await elsewhere();
  const bundle = await take('layers');
  await drop(bundle.bytes, there);
  await updateRun(there.database, 'layers', { name: 'Mine' });
  const before = await contents(there.database);
  for (const [gone, kept] of [
    ['d', 't'],
    ['t', 'd'],
  ] as const) {
    await deleteDataset(there.database, gone);
    const { opened } = await drop(bundle.bytes, there);
    expect(opened).toMatchObject({ already: true, run: { name: 'Mine' }, back: [{ id: gone }] });
    expect(opened?.datasets.map(({ id }) => id).sort()).toEqual([gone, kept].sort());
    expect(await contents(there.database)).toEqual(before);
  }
  // It is not asked for a model that it had.
  const models = bundle.manifest.models.map((model) => ({ ...model, sha256: 'ab'.repeat(32) }));
  const other = altered(bundle, (_, text) => text, { ...bundle.manifest, models });
  expect((await drop(other, there)).opened).toMatchObject({ already: true, back: [], toBring: [] });
});

test('what is deleted in another tab between reading a bundle and saving it is in it, and comes back', async () => {
  const { bytes } = await take('layers');
  // A data set that its run would have shared.
  const sharing = await elsewhere();
  await drop((await take('adapter')).bytes, sharing);
  const [shared] = await listDatasets(sharing.database);
  const gone = (id: string) => () => deleteDataset(sharing.database, id);
  const first = await drop(bytes, { ...sharing, meanwhile: gone('d') });
  expect(first.opened).toMatchObject({ already: false, run: { datasetId: 'd' } });
  expect(await getRows(sharing.database, (await getDataset(sharing.database, 'd')) ?? expect.fail(), 1)).toHaveLength(
    40,
  );
  expect(await getDataset(sharing.database, 'd')).toEqual(shared);
  // Of a run that is here, another one than was missing when it was looked.
  const before = await contents(sharing.database);
  await deleteDataset(sharing.database, 't');
  const { opened } = await drop(bytes, { ...sharing, meanwhile: gone('d') });
  expect(opened).toMatchObject({ already: true, back: [{ id: 'd' }, { id: 't' }] });
  expect(await contents(sharing.database)).toEqual(before);
  // The run itself.
  await deleteDataset(sharing.database, 't');
  const again = await drop(bytes, { ...sharing, meanwhile: () => deleteRun(sharing.database, 'layers') });
  expect(again.opened).toMatchObject({ already: false, run: { id: 'layers' }, back: [] });
  expect(await contents(sharing.database)).toEqual(before);
});

test('dropped in two tabs at once it comes in once, and the other is told that it is here', async () => {
  const { bytes } = await take('adapter');
  const { database } = await elsewhere();
  const both = await Promise.all([drop(bytes, { database, events: [] }), drop(bytes, { database, events: [] })]);
  expect(both.map(({ opened }) => opened?.already).sort()).toEqual([false, true]);
  expect(await listRuns(database)).toHaveLength(1);
  expect(await listDatasets(database)).toHaveLength(1);
});

test('runs of one data set share it, and a set of that id with other rows is left alone', async () => {
  const there = await elsewhere();
  await drop((await take('adapter')).bytes, there);
  await drop((await take('chosen')).bytes, there);
  expect((await listDatasets(there.database)).map(({ id }) => id)).toEqual(['d']);
  const other = await elsewhere();
  await addSet(other.database, 'd', labelled(spamRows(20, 4)));
  const [mine] = await listDatasets(other.database);
  for (const run of ['adapter', 'chosen']) {
    const { opened } = await drop((await take(run)).bytes, other);
    const id = opened?.run.datasetId ?? '';
    expect(id).toMatch(/^d-[0-9a-f]{8}$/);
    expect(opened?.run.request.datasetId).toBe(id);
    expect(await getRows(other.database, (await getDataset(other.database, id)) ?? expect.fail(), 1)).toHaveLength(40);
  }
  expect(await getDataset(other.database, 'd')).toEqual(mine);
  expect(await listDatasets(other.database)).toHaveLength(2);
});

describe('is refused, and nothing of it is kept', () => {
  test('one flipped byte of any part, which is named', async () => {
    const { bytes, manifest } = await take('layers');
    const there = await elsewhere();
    const view = new DataView(bytes.buffer);
    const end = view.getUint32(bytes.length - 6, true);
    const { folder } = /^(?<folder>[^/]+)/.exec([...unzipped(bytes).keys()][0] ?? '')?.groups ?? expect.fail();
    let at = end;
    for (const path of [...manifest.files.map((file) => file.path), 'bundle.json']) {
      const [start, size] = [view.getUint32(at + 42, true), view.getUint32(at + 24, true)];
      at += 46 + view.getUint16(at + 28, true);
      const flipped = bytes.slice();
      const place = start + 30 + `${folder}/${path}`.length + Math.floor(size / 2);
      flipped[place] = (flipped[place] ?? 0) ^ 1;
      const { code, message } = await refusal(flipped, there);
      expect(code).toBe('file-unreadable');
      expect(message).toContain(`${path} in it is damaged`);
    }
  });

  test('one whose hashes are right and whose parts are not', async () => {
    const bundle = await take('layers');
    const there = await elsewhere();
    const faults: [string, (text: string) => string, RegExp][] = [
      [
        'run.json',
        (text) => text.replace('"state":"succeeded"', '"state":"running"'),
        /run\.json in it is damaged: state/,
      ],
      ['run.json', (text) => text.replace('"id":"layers"', '"id":"../x"'), /run\.json in it is damaged: id/],
      [
        'run.json',
        (text) => text.replace('"id":"layers"', '"id":"other"'),
        /bundle\.json in it is damaged: it tells of another run/,
      ],
      ['report.json', (text) => text.replace('"hone.report"', '"other"'), /report\.json in it is damaged: .*schema/],
      [
        'data/rows.jsonl',
        (text) => text.replace('"text":"', '"text":"x'),
        /data\/rows\.jsonl in it .* another fingerprint/,
      ],
      ['data/rows.jsonl', (text) => text.replace('"rowId":2', '"rowId":900'), /its rows are not those of the data set/],
      ['data/rows.jsonl', (text) => text.split('\n').slice(1).join('\n'), /its rows are not those of the data set/],
      ['data/rows.jsonl', (text) => `${text}{"rowId":`, /data\/rows\.jsonl in it is damaged/],
      ['weights.json', (text) => text.replace('tuned/head/bias', 'tuned/head/none'), /there is no «tuned\/head\/none»/],
      ['weights.json', (text) => text.replace('"labels"', '"names"'), /weights\.json in it is damaged/],
    ];
    for (const [path, change, why] of faults) {
      const entries = unzipped(bundle.bytes);
      const [, own] = [...entries].find(([one]) => one.endsWith(`/${path}`)) ?? expect.fail(path);
      const text = change(new TextDecoder().decode(own));
      expect(text).not.toBe(new TextDecoder().decode(own));
      const bytes = new TextEncoder().encode(text);
      const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
      const listed = bundle.manifest.files.map((file) =>
        file.path === path ? { path, bytes: bytes.length, sha256 } : file,
      );
      const zip = altered(bundle, (one, was) => (one === path ? text : was), { ...bundle.manifest, files: listed });
      expect((await refusal(zip, there)).message).toMatch(why);
    }
    // Without a fault the same way of writing it is taken.
    expect(
      (
        await drop(
          altered(bundle, (_, text) => text),
          there,
        )
      ).opened,
    ).toMatchObject({ already: false });
  });

  test('one of a newer version', async () => {
    const bundle = await take('adapter');
    const newer = altered(bundle, (_, text) => text, { ...bundle.manifest, version: 2, files: [] });
    const { message } = await refusal(newer, await elsewhere());
    expect(message).toMatch(
      /x\.zip is a run bundle of version 2, written by a newer Hone; this page reads up to version 1\..*Reload/,
    );
  });

  test('one that is cut off, wherever', async () => {
    const { bytes } = await take('adapter');
    const there = await elsewhere();
    for (const share of [0.1, 0.5, 0.99]) {
      const { message } = await refusal(bytes.slice(0, Math.floor(share * bytes.length)), there);
      expect(message).toMatch(/cut off, perhaps while it was downloaded/);
    }
  });

  test('one for which there is no room, before and in the middle', async () => {
    const { bytes } = await take('layers');
    const there = { ...(await elsewhere()), room: 10_000 };
    const { code, message } = await refusal(bytes, there);
    expect(code).toBe('storage-full');
    expect(message).toMatch(
      /x\.zip needs [\d.]+ kB, and this browser has 10 kB left.*Delete runs, data sets or models/,
    );
    for (const store of ['rows', 'reports', 'weights']) {
      const empty = fillDiskAtPut(1, store);
      expect((await refusal(bytes, { ...there, room: null })).code).toBe('storage-full');
      empty();
    }
    expect((await drop(bytes, { ...there, room: null })).opened).not.toBeNull();
  });

  test('one that stands on other weights of a model than this version has', async () => {
    const bundle = await take('adapter');
    const models = bundle.manifest.models.map((model) => ({ ...model, sha256: 'ab'.repeat(32) }));
    const other = altered(bundle, (_, text) => text, { ...bundle.manifest, models });
    const { code, message } = await refusal(other, await elsewhere());
    expect(code).toBe('model-unsupported');
    expect(message).toMatch(/its run stands on .* in another version \(SHA-256 abababababab…\)/);
    const unknown = { ...bundle.manifest, models: [{ id: 'next', title: 'Next', sha256: '' }] };
    expect(
      (
        await refusal(
          altered(bundle, (_, text) => text, unknown),
          await elsewhere(),
        )
      ).code,
    ).toBe('model-unsupported');
  });
});

test('other zips are no bundles, whatever is in them', async () => {
  const there = await elsewhere();
  const text = (path: string, words: string) => ({ path, bytes: new TextEncoder().encode(words) });
  for (const zip of [
    zipOf([text('a.csv', 'text,label')]),
    zipOf([text('app/bundle.json', '{"name": "app"}')]),
    zipOf([text('../bundle.json', '{}')]),
    zipOf([]),
    new TextEncoder().encode('{"text": "PK"}'),
    new Uint8Array(),
  ]) {
    expect((await drop(zip, there)).isBundle).toBe(false);
  }
  expect(there.events).toEqual([]);
});

test('packed again by another tool, in another folder, it opens all the same', async () => {
  const { bytes } = await take('adapter');
  const entries = [...unzipped(bytes)].reverse();
  const again = zipOf([
    { path: '__MACOSX/x', bytes: new Uint8Array(3) },
    ...entries.map(([path, own]) => ({ path: path.replace(/^[^/]+/, 'New folder'), bytes: own, deflate: true })),
  ]);
  const there = await elsewhere();
  expect((await drop(again, there)).opened).toMatchObject({ already: false, run: { id: 'adapter' } });
  expect(await getKeptWeights(there.database, 'adapter')).toEqual(await getKeptWeights(trained.database, 'adapter'));
});

test('a run that kept no model, and one whose data were deleted, say so and come back without', async () => {
  const { database } = trained;
  const run = (await getRun(database, 'adapter')) ?? expect.fail();
  const stopped = {
    ...run,
    id: 'bare',
    state: 'stopped' as const,
    hasWeights: false,
    summary: null,
    datasetId: 'gone',
  };
  await database.put('runs', { ...stopped, request: { ...run.request, runId: 'bare', datasetId: 'gone' } });
  const { bytes, manifest } = await take('bare');
  expect(manifest.missing).toEqual([
    ...['the rows of «set d», which were deleted', 'a report: no fold was finished', 'weights: the run kept none'],
  ]);
  const there = await elsewhere();
  expect((await drop(bytes, there)).opened).toMatchObject({
    datasets: [],
    run: { id: 'bare', hasWeights: false, summary: null },
  });
  expect(await listRuns(there.database)).toEqual([await getRun(database, 'bare')]);
  // One that works cannot be taken along.
  await updateRun(database, 'bare', { state: 'interrupted' });
  await expect(take('bare')).rejects.toThrow(/not over/);
});

test('of the file it has the rows alone: no field that is not used, no line that was left out', async () => {
  const { database } = trained;
  const rows = labelled(spamRows(6));
  const [first, second] = rows;
  const finding = { id: 'not-json', severity: 'blocking', title: 'Lines', detail: '', count: 3, rowCount: 2 } as const;
  const dataset = sampleDataset('left', rows, {
    sha256: fingerprintRows(rows, 'classification'),
    reading: {
      ...{ why: 'SECRET', doubt: 'SECRET', offered: { text: [], label: [], together: [], split: [] } },
      fields: [{ name: 'phone', count: 6, examples: ['SECRET'] }],
      ...{ examples: [{ line: 99, text: 'SECRET', target: 'SECRET' }], offers: [] },
    },
    findings: [
      {
        ...finding,
        examples: [
          { line: first?.line ?? 0, excerpt: first?.text ?? '', reason: 'why' },
          { line: second?.line ?? 0, excerpt: `${second?.text} | SECRET`, reason: 'why' },
          { line: 99, excerpt: 'SECRET', reason: 'SECRET' },
          { line: 100, excerpt: first?.text ?? '', reason: 'SECRET' },
        ],
      },
    ],
  });
  await saveDataset(database, { dataset, rows, tokenCounts: null, file: null });
  const run = (await getRun(database, 'adapter')) ?? expect.fail();
  const request = { ...run.request, runId: 'own', datasetId: 'left', prompts: ['one', 'two'] };
  await database.put('runs', { ...run, id: 'own', hasWeights: false, summary: null, datasetId: 'left', request });
  const { bytes } = await take('own');
  const texts = [...unzipped(bytes)].map(([path, own]) => [path, new TextDecoder().decode(own)] as const);
  for (const [path, text] of texts) expect(text, path).not.toContain('SECRET');
  expect(texts[0]?.[1]).toContain('It holds 2 prompts of yours too.');
  const there = await elsewhere();
  await drop(bytes, there);
  expect((await getDataset(there.database, 'left'))?.versions[0]?.findings[0]?.examples).toEqual([
    { line: first?.line, excerpt: first?.text, reason: 'why' },
    { line: second?.line, excerpt: '', reason: 'why' },
    { line: 99, excerpt: '', reason: '' },
    { line: 100, excerpt: '', reason: '' },
  ]);
  await database.delete('runs', 'own');
  await deleteDataset(database, 'left');
});

test('a model of the person’s own that is not there is named, and the run comes in all the same', async () => {
  const bundle = await take('adapter');
  const own = { id: 'own-tiny-0123456789ab', title: 'tiny', sha256: 'cd'.repeat(32) };
  const there = await elsewhere();
  const zip = altered(bundle, (_, text) => text, { ...bundle.manifest, models: [own] });
  expect((await drop(zip, there)).opened).toMatchObject({ toBring: [own], already: false });
});

test('without a network the run comes in too: its model is looked at when it is loaded', async () => {
  const there = {
    ...(await elsewhere()),
    ask: () => ({ read: () => Promise.reject(new AppError('model-missing', 'off')) }),
  };
  expect((await drop((await take('adapter')).bytes, there)).opened).toMatchObject({ already: false });
});

test('what cannot be read back is not handed over', async () => {
  await trained.database.put('datasets', {
    ...((await getDataset(trained.database, 'd')) ?? expect.fail()),
    nextRowId: 3,
  });
  await expect(take('adapter')).rejects.toThrow(/written and cannot be read back: .*rows\.jsonl/);
  await deleteDataset(trained.database, 'd');
});
