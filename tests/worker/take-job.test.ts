/** A run of written answers taken away, as the worker does it: on a tiny decoder, in every format, and what goes wrong. */
import '../helpers/storage';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { AppError } from '../../src/core/errors';
import { type ExportedRun, type ExportFormatId, WRITER_FORMATS, writerFormat } from '../../src/core/export/formats';
import { bytesSource } from '../../src/core/formats/byte-source';
import { readOwnModel } from '../../src/core/models/read-own-model';
import type { Row } from '../../src/core/data/dataset';
import { fingerprintRows } from '../../src/core/data/fingerprint';
import { autoChoices } from '../../src/core/settings/defaults';
import { getDataset, saveDataset } from '../../src/storage/datasets';
import { getAdapter, getReport, getRun } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { importBundle } from '../../src/worker/open-bundle-job';
import { TrainingJob } from '../../src/worker/job';
import type { DataEvent, TrainingEvent } from '../../src/worker/protocol';
import { createHarness, type JobHarness } from '../helpers/job';
import { builtInModel } from '../helpers/models';
import { Disk } from '../helpers/disk';
import { freshDatabase, sampleDataset } from '../helpers/storage';
import { tinyWriterFiles } from '../helpers/tiny-writer';
import { unzipped } from '../helpers/unzipped';

const ID = 'SmolLM2-135M-Instruct';
const NAMES = ['ann', 'bob', 'cay', 'dan', 'eve', 'fay', 'gus', 'hal'];
const rows: Row[] = NAMES.map((name, i) => ({ rowId: i + 1, line: i + 1, text: `hi ${name}`, target: `yo ${name}` }));

/** One run for all of them: its adapter is what they take away. */
let trained: JobHarness;
beforeAll(async () => {
  const files = tinyWriterFiles();
  trained = await createHarness({
    modelFiles: (id) => ({
      read: (file, stop) => {
        // Near rows are found by an encoder.
        if (id !== ID) return builtInModel(id).read(file, stop);
        const bytes = files.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `${file} is missing.`));
      },
    }),
  });
  const set = sampleDataset('d', rows, { sha256: fingerprintRows(rows, 'generation') });
  const dataset = { ...set, task: 'generation' as const };
  await saveDataset(trained.database, { dataset, rows, tokenCounts: null, file: null });
  await trained.job.start('q', {
    ...{ runId: 'run', name: 'A voice', datasetId: 'd', datasetVersion: 1, modelId: ID },
    ...{ method: 'generation-adapter', backend: 'wasm', limit: 0 },
    // Steps large enough that an adapter can be told from none.
    choices: { ...autoChoices(), nEpochs: 2, rank: 2, maxLength: 256, learningRate: 0.01 },
    evaluation: { folds: 1, test: { kind: 'hold-out', share: 0.25 } },
  });
  expect(await getRun(trained.database, 'run')).toMatchObject({ state: 'succeeded', error: null, hasWeights: true });
});
afterEach(() => vi.restoreAllMocks());

function jobOn(disk: Disk): { job: TrainingJob; events: TrainingEvent[] } {
  trained.events.length = 0;
  return {
    job: new TrainingJob({ ...trained.ports, takeFile: (...asked) => disk.open(...asked) }),
    events: trained.events,
  };
}

const command = (format: ExportFormatId) =>
  ({ type: 'take', requestId: 't', runId: 'run', format, place: 'p', backend: 'wasm' }) as const;

function ending(events: readonly TrainingEvent[]): TrainingEvent {
  return events.at(-1) ?? expect.fail('Nothing was said.');
}

test('every format is written, read back and proved, with licence, notice and proof in it', async () => {
  const disk = new Disk();
  const { job, events } = jobOn(disk);
  for (const format of WRITER_FORMATS) {
    await job.take(command(format.id));
    const told = ending(events);
    if (told.type !== 'taken') throw new Error(`${format.id}: ${JSON.stringify(told)}`);
    const { name, bytes, parity } = told.file;
    if (!('schema' in parity) || parity.schema !== 'hone.parity') return expect.fail(format.id);
    const kept = disk.files.get(`p/${name}`) ?? expect.fail(name);
    expect(kept.isOpen).toBe(false);
    expect(kept.bytes.length).toBe(bytes);
    const entries = unzipped(kept.bytes);
    const paths = [...entries.keys()].map((path) => path.replace(/^[^/]+\//, ''));
    expect(paths.at(-1)).toBe('parity.json');
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md']));
    expect(paths.some((path) => /\.(bin|pt|pkl|ckpt)$/.test(path))).toBe(false);
    expect([...entries].find(([path]) => path.endsWith('/parity.json'))?.[1]).toEqual(
      new TextEncoder().encode(`${JSON.stringify(parity, null, 2)}\n`),
    );
    expect(parity).toMatchObject({ format: format.id, dtype: format.dtype, same: true });
    expect(parity.files.map(({ path }) => path)).toEqual(paths.slice(0, -1));
    expect(parity.answers.rows).toBe(parity.rows.filter(({ what }) => what.includes('held-out')).length);
    expect(parity.answers.rows).toBeGreaterThan(1);
    expect(parity.rows.slice(0, 5).map(({ what }) => what)).toEqual([
      ...['one token', 'emoji', 'right to left', 'empty after trimming', 'longest held-out'],
    ]);
    if (!('relative_difference' in parity)) return expect.fail('It is a proof of another task.');
    expect(parity.relative_difference).toBeLessThan(format.holds === 'adapter' ? 1e-6 : parity.tolerance / 2);
    if (format.holds === 'model') expect(parity.largest_difference).toBeGreaterThan(0);
    const phases = events.flatMap((event) => (event.type === 'take-progress' ? event.progress.phase : []));
    expect([...new Set(phases)]).toEqual(['loading', 'writing', 'reading-back', 'proving']);
    events.length = 0;
  }
  const gguf = [...disk.files].find(([path]) => path.includes('q8_0'))?.[1].bytes ?? expect.fail('no GGUF');
  const [path, model] = [...unzipped(gguf)].find(([one]) => one.endsWith('.gguf')) ?? expect.fail('no GGUF');
  const own = await readOwnModel('back', [bytesSource(path, model)]);
  expect(own).toMatchObject({ task: 'decoder', licence: 'apache-2.0' });
  const text = (zip: string, ending_: string): string => {
    const [, file] = [...disk.files].find(([one]) => one.includes(zip)) ?? expect.fail(zip);
    const [, found] = [...unzipped(file.bytes)].find(([one]) => one.endsWith(ending_)) ?? expect.fail(ending_);
    return new TextDecoder().decode(found);
  };
  expect(text('q8_0', 'Modelfile')).toMatch(/^FROM \.\/set-d-a-voice\.gguf\nTEMPLATE .*PARAMETER stop "<\|im_end\|>"/s);
  expect(text('peft', 'README.md')).toContain('base_model: "HuggingFaceTB/SmolLM2-135M-Instruct"');
  expect(text('peft', 'NOTICE')).toMatch(/^Tiny, made up for a test\.\n\nChanges made here: /);
});

async function openBundle(disk: Disk, database: HoneDatabase): Promise<DataEvent | undefined> {
  const [file] = disk.files.values();
  const told: DataEvent[] = [];
  const asked = {
    type: 'import',
    requestId: 'q',
    fileName: 'x.zip',
    name: 'x',
    sample: false,
    mapping: null,
    task: null,
  } as const;
  await importBundle(
    {
      ...{ database, post: (event) => void told.push(event), room: () => Promise.resolve(null) },
      modelFiles: (id) => trained.ports.modelFiles(id, {}),
    },
    { ...asked, blob: new Blob([file?.bytes ?? expect.fail('nothing was written')]) },
  );
  return told.at(-1);
}

test('as a bundle it is the same run elsewhere, adapter and answers to the bit', async () => {
  const disk = new Disk();
  const { job, events } = jobOn(disk);
  await job.take(command('run-bundle'));
  expect(ending(events)).toMatchObject({
    type: 'taken',
    file: { parity: { task: 'generation', weights: true, missing: [], models: [{ id: ID }] } },
  });
  const database = await freshDatabase();
  const opened = await openBundle(disk, database);
  expect(opened).toMatchObject({ type: 'bundle-opened', toBring: [], datasets: [{ task: 'generation' }] });
  for (const read of [getRun, getReport, getAdapter]) {
    expect(await read(database, 'run')).toEqual(await read(trained.database, 'run'));
  }
});

test('a bundle of rows of which some were not counted opens with none counted', async () => {
  const { database } = trained;
  const dataset = (await getDataset(database, 'd')) ?? expect.fail();
  const [version] = dataset.versions;
  const halves = [
    { rows: rows.slice(0, 5), tokenCounts: Int32Array.of(1, 2, 3, 4, 5) },
    { rows: rows.slice(5), tokenCounts: null },
  ];
  for (const [chunk, half] of halves.entries()) {
    await database.put('rows', { datasetId: 'half', version: 1, chunk, ...half });
  }
  const chunks = halves.map(({ rows: [first, ...rest] }) => ({
    firstRowId: first?.rowId ?? 0,
    rows: 1 + rest.length,
  }));
  const versions = [{ ...(version ?? expect.fail()), chunks }];
  await database.put('datasets', { ...dataset, id: 'half', versions });
  const run = (await getRun(database, 'run')) ?? expect.fail();
  const request = { ...run.request, runId: 'half', datasetId: 'half' };
  await database.put('runs', { ...run, id: 'half', hasWeights: false, summary: null, datasetId: 'half', request });
  const disk = new Disk();
  const { job, events } = jobOn(disk);
  await job.take({ ...command('run-bundle'), runId: 'half' });
  expect(ending(events)).toMatchObject({ type: 'taken', file: { parity: { data: { rows: 8 } } } });
  const there = await freshDatabase();
  expect(await openBundle(disk, there)).toMatchObject({ type: 'bundle-opened', already: false });
  expect(await there.getAll('rows')).toMatchObject([{ rows, tokenCounts: null }]);
});

test.each([
  [
    'that forgot the adapter',
    (run: ExportedRun): ExportedRun => ({ ...run, adapter: { ...run.adapter, modules: [] } }),
  ],
  ['with one weight that is another', spoiled],
])('a file %s is taken back and says why', async (_, change) => {
  const disk = new Disk();
  const { job, events } = jobOn(disk);
  const format = writerFormat('merged');
  const files = format.files.bind(format);
  vi.spyOn(format, 'files').mockImplementation((run) => files(change(run)));
  await job.take(command('merged'));
  const told = ending(events);
  expect(told).toMatchObject({ type: 'failed', error: { code: 'export-differs' } });
  expect(told.type === 'failed' && told.error.message).toMatch(/its values differ by [\d.]+, where [\d.]+ is rounding/);
  expect(disk.files.size).toBe(0);
});

/** One weight of the first layer, far from what it is. */
function spoiled(run: ExportedRun): ExportedRun {
  const { tensors } = run.base;
  return {
    ...run,
    base: {
      ...run.base,
      tensors: {
        ...{ names: tensors.names, shape: (name) => tensors.shape(name) },
        async lines(name, from, to) {
          const values = await tensors.lines(name, from, to);
          if (name.endsWith('0.self_attn.v_proj.weight') && from === 0) values[7] = 5;
          return values;
        },
      },
    },
  };
}

test('a bit that changes on the disk is found, and the file taken back', async () => {
  const disk = new Disk();
  const { job, events } = jobOn(disk);
  let flips = true;
  disk.onWrite = (bytes) => {
    if (!flips || bytes.length < 1000) return;
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    flips = false;
  };
  await job.take(command('gguf-float16'));
  expect(ending(events)).toMatchObject({ type: 'failed', error: { code: 'storage-failed' } });
  expect(disk.files.size).toBe(0);
});

test('stopped in the middle, or on a full disk, nothing is left of it and the next one works', async () => {
  const disk = new Disk();
  const { job, events } = jobOn(disk);
  disk.onWrite = (_, at) => {
    if (at > 20_000) job.cancelRequest('t');
  };
  await job.take(command('merged'));
  expect(ending(events)).toMatchObject({ type: 'failed', error: { code: 'cancelled' } });
  expect(disk.files.size).toBe(0);
  disk.onWrite = (_, at) => {
    if (at > 20_000) throw new AppError('storage-full', 'The file takes 1 MB. Nothing of it was kept.');
  };
  await job.take(command('merged'));
  expect(ending(events)).toMatchObject({ type: 'failed', error: { code: 'storage-full' } });
  expect(disk.files.size).toBe(0);
  disk.onWrite = () => undefined;
  await job.take(command('merged'));
  expect(ending(events).type).toBe('taken');
  await job.take({ ...command('peft'), runId: 'gone' });
  expect(ending(events)).toMatchObject({ type: 'failed', error: { code: 'not-found' } });
});
