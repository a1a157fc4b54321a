import { beforeAll, describe, expect, test } from 'vitest';
import { createTokenizer, type Tokenizer } from '../../src/core/text/tokenizer';
import { prepareRun, readRunRows, type RunRows } from '../../src/worker/run-data';
import { addDataset, request, spamRows } from '../helpers/job';
import { sampleSettings } from '../helpers/report-sample';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

let tokenizer: Tokenizer;
beforeAll(() => {
  tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(tinyModelFiles().get('tokenizer.json'))));
});

function read(rows = spamRows(40), change: Partial<RunRows> = {}): RunRows {
  const dataset = sampleDataset('d', rows);
  const [version] = dataset.versions;
  if (!version) throw new Error('no version');
  return { dataset, version, rows, testFile: null, ...change };
}

const settings = { ...sampleSettings, maxLength: 32 };
const holdOut = request({ evaluation: { folds: 3, test: { kind: 'hold-out', share: 0.25 } } });

describe('the rows of a run', () => {
  test('a held-out row is in no fold, and every row is in one part', () => {
    const { data, test, plan } = prepareRun(read(), holdOut, settings, tokenizer);
    expect(test?.data.lines).toHaveLength(10);
    expect([...data.lines, ...(test?.data.lines ?? [])].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    expect(plan.foldOf).toHaveLength(30);
    expect(new Set(plan.foldOf)).toEqual(new Set([0, 1, 2]));
  });

  test('the same seed gives the same parts, another seed others', () => {
    const parts = (seed: number): number[] => {
      const { data, plan } = prepareRun(read(), holdOut, { ...settings, seed }, tokenizer);
      return [...data.lines, ...plan.foldOf];
    };
    expect(parts(1)).toEqual(parts(1));
    expect(parts(1)).not.toEqual(parts(2));
  });

  test('copies of a text never stand on both sides, and are counted', () => {
    const rows = spamRows(40);
    const copies = rows.slice(0, 10).map((row, i) => ({ ...row, line: 41 + i, text: `${row.text.toUpperCase()}!` }));
    const { data, test, plan, groupedRows } = prepareRun(read([...rows, ...copies]), holdOut, settings, tokenizer);
    const sides = new Map<string, Set<number>>();
    const see = (text: string, side: number): void => {
      const key = text.toLowerCase().replace('!', '');
      sides.set(key, (sides.get(key) ?? new Set()).add(side));
    };
    data.texts.forEach((text, i) => see(text, plan.foldOf[i] ?? -1));
    test?.data.texts.forEach((text) => see(text, 99));
    expect([...sides.values()].every((of) => of.size === 1)).toBe(true);
    expect(groupedRows).toBeGreaterThan(0);
  });

  test('labels of a test file that training never saw come after the known ones', () => {
    const testRows = [
      { line: 1, text: 'tea', target: 'ham' },
      { line: 2, text: 'x', target: 'aaa' },
    ];
    const testFile = { dataset: sampleDataset('t', testRows), rows: testRows };
    const { data, test, notes } = prepareRun(read(undefined, { testFile }), request(), settings, tokenizer);
    expect(data.labels).toEqual(['ham', 'spam']);
    expect(test?.data.labels).toEqual(['ham', 'spam', 'aaa']);
    expect([...(test?.data.labelIndices ?? [])]).toEqual([0, 2]);
    expect(notes.join()).toContain('1 test row with a label that training never saw');
  });

  test('a text of exactly the limit is not cut, one token more is', () => {
    const words = (count: number): string => Array.from({ length: count }, () => 'tea').join(' ');
    const rows = [...spamRows(38), ...[30, 31].map((n, i) => ({ line: 39 + i, text: words(n), target: 'ham' }))];
    const { data } = prepareRun(read(rows), request(), settings, tokenizer);
    expect(data.tokenIds.slice(-2).map(({ length }) => length)).toEqual([32, 32]);
    expect(data.cutRows).toBe(1);
  });

  test('hostile labels are labels', () => {
    const rows = sampleRows(20, ['__proto__', 'constructor', '😀']);
    expect(prepareRun(read(rows), request(), settings, tokenizer).data.labels).toEqual([
      '__proto__',
      'constructor',
      '😀',
    ]);
  });
});

describe('what cannot be trained on', () => {
  test('is refused with its reason', async () => {
    const database = await freshDatabase();
    const rows = spamRows(20);
    await addDataset(database, 'd', rows);
    const finding = { id: 'few-rows', title: 'Too few', detail: 'Add rows.', count: 1, lines: [], examples: [] };
    await database.put(
      'datasets',
      sampleDataset('blocked', rows, { findings: [{ ...finding, severity: 'blocking' }] }),
    );
    await database.put('datasets', { ...sampleDataset('answers', rows), task: 'generation' });
    const refusal = (datasetId: string, change = {}) =>
      readRunRows(database, request({ datasetId, ...change })).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
    expect(await refusal('d')).toBe('accepted');
    expect(await refusal('blocked')).toBe('Too few. Add rows.');
    expect(await refusal('answers')).toContain('training on those is not there yet');
    expect(await refusal('gone')).toContain('not in this browser');
    expect(await refusal('d', { datasetVersion: 7 })).toContain('no version 7');
    expect(await refusal('d', { limit: 1 })).toContain('Raise the limit');
    const test = { kind: 'file', datasetId: 'answers' } as const;
    expect(await refusal('d', { evaluation: { folds: 2, test } })).toContain('no labelled rows to test on');
  });
});
