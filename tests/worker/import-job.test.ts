import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import { createTokenizer } from '../../src/core/text/tokenizer';
import { listRows } from '../../src/core/data/row-set';
import { deleteDataset, getFile, getFindingRows, listDatasets, renameDataset } from '../../src/storage/datasets';
import { getRows, getRowsAt, getTokenTally } from '../../src/storage/rows';
import { type ImportPorts, runImport, runRecheck, runReread } from '../../src/worker/import-job';
import type { DataCommand, DataEvent } from '../../src/worker/protocol';
import { contents, fillDiskAtPut, freshDatabase } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

const tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(tinyModelFiles().get('tokenizer.json'))));

async function harness(change: Partial<ImportPorts> = {}) {
  const database = await freshDatabase();
  const events: DataEvent[] = [];
  let ids = 0;
  const ports: ImportPorts = {
    database,
    post: (event) => void events.push(structuredClone(event)),
    now: () => 1000,
    newId: () => `id${++ids}`,
    tokenizer: () => Promise.resolve(tokenizer),
    wait: () => new Promise(() => undefined),
    ...change,
  };
  const imported = () => events.flatMap((event) => (event.type === 'imported' ? [event] : []));
  return { database, events, ports, imported };
}

type Import = Extract<DataCommand, { type: 'import' }>;

function command(text: string, change: Partial<Import> = {}): Import {
  return {
    type: 'import',
    requestId: 'q',
    blob: new Blob([text]),
    fileName: 'mail.jsonl',
    name: 'mail',
    sample: false,
    mapping: null,
    task: null,
    ...change,
  };
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ text: `${i % 2 ? 'win cash' : 'tea at home'} ${i}`, label: i % 2 ? 'spam' : 'ham', extra: i }),
  ).join('\n');

describe('an import', () => {
  test('texts that the model cannot read are found with its tokenizer, before training', async () => {
    const { ports, imported } = await harness();
    const rows = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({ text: `ሳም ሆሹ ${i}`, label: i % 2 ? 'one' : 'two' }),
    );
    await runImport(ports, command(rows.join('\n')));
    const findings = imported()[0]?.dataset.versions[0]?.findings;
    expect(findings?.find(({ id }) => id === 'unreadable')).toMatchObject({ count: 20 });
  });

  test('reads, counts tokens, and saves rows, file and findings in one go', async () => {
    const { database, events, ports, imported } = await harness();
    const text = lines(24);
    await runImport(ports, command(text));
    const dataset = imported()[0]?.dataset;
    if (!dataset) throw new Error('not imported');
    expect(dataset).toMatchObject({
      id: 'id1',
      name: 'mail',
      task: 'classification',
      currentVersion: 1,
      sample: false,
    });
    expect(dataset.versions[0]).toMatchObject({
      note: 'Opened mail.jsonl',
      fileBytes: text.length,
      rowCount: 24,
      labels: [
        { label: 'ham', count: 12 },
        { label: 'spam', count: 12 },
      ],
    });
    expect(dataset.versions[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await listDatasets(database)).toEqual([dataset]);
    expect((await getRows(database, dataset, 1))[1]).toEqual({
      ...{ rowId: 2, line: 2, text: 'win cash 1', target: 'spam' },
    });
    // [CLS] win cash [UNK] [SEP]
    expect((await getRowsAt(database, dataset, 1, [1]))[0]?.tokens).toBe(5);
    expect(dataset.versions[0]?.tokenTally?.rowsOf[5]).toBeGreaterThan(0);
    expect(new TextDecoder().decode((await getFile(database, dataset.id))?.bytes)).toBe(text);
    const progress = events.flatMap((event) => (event.type === 'import-progress' ? [event] : []));
    expect(progress.at(-1)).toMatchObject({ bytesRead: text.length, bytesTotal: text.length, rows: 24 });
    expect([...new Set(progress.map(({ phase }) => phase))]).toEqual([
      'reading',
      'checking',
      'waiting',
      'counting',
      'saving',
    ]);
    const shares = progress.map(({ progress }) => progress);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
  });

  test('in which languages the rows are, and how much of them the model can make out, is kept with the version', async () => {
    const { ports, imported } = await harness();
    const texts = ['where is my new card?', 'wo bleibt mein Paket denn nur?', 'ሳም ሆሹ'];
    const rows = Array.from({ length: 24 }, (_, i) =>
      JSON.stringify({ text: `${texts[i % 3]} ${i}`, label: `${i % 2}` }),
    );
    await runImport(ports, command(rows.join('\n')));
    const version = imported()[0]?.dataset.versions[0];
    expect(version?.languages).toEqual({
      looked: 24,
      languages: ['am', 'de', 'en'].map((code) => ({ code, rows: 8 })),
      unclear: 0,
    });
    expect(version?.coverage?.['all-MiniLM-L6-v2']).toMatchObject({ unknownRows: 24 });
  });

  test('the same file again is the data set that is there; the same rows in another file are not', async () => {
    const { database, ports, imported } = await harness();
    await runImport(ports, command(lines(24)));
    await runImport(ports, command(lines(24)));
    await runImport(ports, command(lines(24), { fileName: 'copy.jsonl' }));
    expect(imported().map(({ dataset, already }) => [dataset.id, already])).toEqual([
      ['id1', false],
      ['id1', true],
      ['id2', false],
    ]);
    expect(await listDatasets(database)).toHaveLength(2);
  });

  test('a full disk at any point leaves nothing, and says what was not saved', async () => {
    for (const nth of [1, 2, 3]) {
      const { database, ports } = await harness();
      const before = await contents(database);
      const repair = fillDiskAtPut(nth);
      await expect(runImport(ports, command(lines(24)))).rejects.toMatchObject({
        code: 'storage-full',
        message: expect.stringContaining('«mail» was not kept'),
      });
      repair();
      expect(await contents(database)).toEqual(before);
    }
  });

  test('a refused file leaves nothing', async () => {
    const { database, ports } = await harness();
    await expect(runImport(ports, command(''))).rejects.toMatchObject({ code: 'file-empty' });
    expect(await database.count('datasets')).toBe(0);
  });

  test('without a tokenizer the set opens, and says what was not checked and why', async () => {
    const { database, ports, imported } = await harness({
      tokenizer: () => Promise.reject(new AppError('model-missing', 'The connection failed.')),
    });
    await runImport(ports, command(lines(24)));
    const dataset = imported()[0]?.dataset;
    expect(dataset && (await getTokenTally(database, dataset, 1))).toBeNull();
    const finding = dataset?.versions[0]?.findings.find(({ id }) => id === 'not-checked');
    expect(finding?.detail).toContain('The connection failed.');
  });

  test('a tokenizer that does not come is waited for after the file is read, and not for ever', async () => {
    const waits: number[] = [];
    const { events, ports, imported } = await harness({
      tokenizer: () => new Promise(() => undefined),
      wait: (ms) => (waits.push(ms), Promise.resolve()),
    });
    await runImport(ports, command(lines(24)));
    expect(waits).toEqual([10_000]);
    const phases = events.map((event) => (event.type === 'import-progress' ? event.phase : event.type));
    expect(phases.indexOf('waiting')).toBeGreaterThan(phases.lastIndexOf('reading'));
    expect(imported()[0]?.dataset.versions[0]?.findings.find(({ id }) => id === 'not-checked')?.detail).toContain(
      'did not come within 10 s',
    );
  });

  test('the checks that were missing run when the tokenizer has come, and their findings take the place of that', async () => {
    let came = false;
    const { database, events, ports, imported } = await harness({
      tokenizer: () => (came ? Promise.resolve(tokenizer) : Promise.reject(new AppError('model-missing', 'Offline.'))),
    });
    const long = `${lines(24)}\n${JSON.stringify({ text: 'tea '.repeat(400), label: 'ham' })}`;
    await runImport(ports, command(long));
    const before = imported()[0]?.dataset;
    const ask = { type: 'recheck', requestId: 'c', datasetId: 'id1', version: 1 } as const;
    await expect(runRecheck(ports, ask)).rejects.toMatchObject({ code: 'model-missing', message: 'Offline.' });
    expect(await listDatasets(database)).toEqual([before]);

    came = true;
    await runRecheck(ports, ask);
    const answer = events.at(-1);
    const dataset = answer?.type === 'rechecked' ? answer.dataset : null;
    if (!dataset) throw new Error('not rechecked');
    const ids = dataset.versions[0]?.findings.map(({ id }) => id) ?? [];
    expect(ids).not.toContain('not-checked');
    expect(ids).toContain('token-limit');
    expect(before?.versions[0]?.coverage).toBeUndefined();
    expect(dataset.versions[0]?.coverage?.['all-MiniLM-L6-v2']?.words).toBe(12 * 2 + 12 * 3 + 400);
    const others = (before?.versions[0]?.findings ?? []).filter(({ id }) => id !== 'not-checked');
    expect(dataset.versions[0]?.findings.filter(({ id }) => id !== 'token-limit')).toEqual(others);
    expect((await getRowsAt(database, dataset, 1, [1]))[0]?.tokens).toBe(5);
    expect(await listDatasets(database)).toEqual([dataset]);
    // Once more changes nothing.
    await runRecheck(ports, ask);
    expect(await listDatasets(database)).toEqual([dataset]);
    await expect(runRecheck(ports, { ...ask, version: 2 })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a file that is refused while the tokenizer fails is told as refused', async () => {
    const { ports } = await harness({ tokenizer: () => Promise.reject(new Error('a fault of its own')) });
    await expect(runImport(ports, command(''))).rejects.toMatchObject({ code: 'file-empty' });
  });

  test('texts over the token limit are a finding', async () => {
    const { database, ports, imported } = await harness();
    const long = `${lines(24)}\n${JSON.stringify({ text: 'tea '.repeat(400), label: 'ham' })}`;
    await runImport(ports, command(long));
    const findings = imported()[0]?.dataset.versions[0]?.findings ?? [];
    const rank = ['blocking', 'repairable', 'warning'];
    const place = { datasetId: 'id1', version: 1, findingId: 'token-limit' };
    const stored = await getFindingRows(database, place);
    expect(stored && [[...listRows(stored.rowIds)], [...listRows(stored.lines)]]).toEqual([[25], [25]]);
    expect(findings.map(({ severity }) => rank.indexOf(severity))).toEqual(
      findings.map(({ severity }) => rank.indexOf(severity)).sort(),
    );
  });
});

describe('reading again', () => {
  test('another mapping is a new version, and the old one stays', async () => {
    const { database, ports, imported } = await harness();
    await runImport(ports, command(lines(24)));
    const mapping = { textFields: ['text', 'label'], targetField: 'extra' };
    await runReread(ports, { type: 'reread', requestId: 'q2', datasetId: 'id1', mapping, task: 'classification' });
    const dataset = imported()[1]?.dataset;
    if (!dataset) throw new Error('not read');
    expect(dataset.currentVersion).toBe(2);
    expect(dataset.versions.map(({ note }) => note)).toEqual(['Opened mail.jsonl', 'Read mail.jsonl again']);
    expect((await getRows(database, dataset, 1))[0]?.target).toBe('ham');
    expect((await getRows(database, dataset, 2))[0]?.target).toBe('0');
  });

  test('a rename while the file is read stays, and a deletion too', async () => {
    let meanwhile = async (): Promise<unknown> => undefined;
    const { database, ports, imported } = await harness({ tokenizer: () => meanwhile().then(() => tokenizer) });
    await runImport(ports, command(lines(24)));
    const again = { type: 'reread', requestId: 'q2', datasetId: 'id1', mapping: null, task: null } as const;
    meanwhile = () => renameDataset(database, 'id1', 'New name');
    await runReread(ports, again);
    expect(imported()[1]?.dataset).toMatchObject({ name: 'New name', currentVersion: 2 });
    expect(await listDatasets(database)).toEqual([imported()[1]?.dataset]);
    meanwhile = () => deleteDataset(database, 'id1');
    await expect(runReread(ports, again)).rejects.toMatchObject({ code: 'not-found' });
    expect(await database.count('datasets')).toBe(0);
    expect(await database.count('rows')).toBe(0);
  });

  test('a file that was not kept cannot be read again, and that is said', async () => {
    const { ports } = await harness();
    const reread = runReread(ports, { type: 'reread', requestId: 'q', datasetId: 'gone', mapping: null, task: null });
    await expect(reread).rejects.toMatchObject({ code: 'not-found' });
  });
});
