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
    const copies = rows
      .slice(0, 10)
      .map((row, i) => ({ ...row, rowId: 41 + i, line: 41 + i, text: `${row.text.toUpperCase()}!` }));
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
      { rowId: 1, line: 1, text: 'tea', target: 'ham' },
      { rowId: 2, line: 2, text: 'x', target: 'aaa' },
    ];
    const testFile = { dataset: sampleDataset('t', testRows), rows: testRows };
    const { data, test, notes } = prepareRun(read(undefined, { testFile }), request(), settings, tokenizer);
    expect(data.labels).toEqual(['ham', 'spam']);
    expect(test?.data.labels).toEqual(['ham', 'spam', 'aaa']);
    expect([...(test?.data.labelIndices ?? [])]).toEqual([0, 2]);
    expect(notes.join()).toContain('1 test row with a label that training never saw');
  });

  test('test rows that repeat training rows are marked, wholly or nearly, and counted in words', () => {
    const rows = spamRows(40).map((row, i) => (i === 0 ? { ...row, text: 'Order 72 was perfect' } : row));
    const testRows = [
      { rowId: 1, line: 1, text: 'tea', target: 'ham' },
      { rowId: 2, line: 2, text: `${rows[5]?.text ?? ''}!`, target: 'spam' },
      { rowId: 3, line: 3, text: 'Order 9 was perfect', target: 'ham' },
    ];
    const testFile = { dataset: sampleDataset('t', testRows), rows: testRows };
    const { test, notes } = prepareRun(read(rows, { testFile }), request(), settings, tokenizer);
    expect([...(test?.seen ?? [])]).toEqual([0, 1, 1]);
    expect(notes.join()).toContain('2 test rows repeat training rows, word for word or nearly');
    expect(notes.join()).toContain('On one side of every split:');
  });

  test('conversations of a test file are others, though they are numbered alike', () => {
    const rows = spamRows(40).map((row, i) => ({ ...row, together: String(i % 10) }));
    const testRows = [{ rowId: 1, line: 1, text: 'tea', target: 'ham', together: '3' }];
    const testFile = { dataset: sampleDataset('t', testRows), rows: testRows };
    expect([...(prepareRun(read(rows, { testFile }), request(), settings, tokenizer).test?.seen ?? [])]).toEqual([0]);
  });

  test('rows kept together by a field are on one side of hold-out and folds', () => {
    const rows = spamRows(200).map((row, i) => ({ ...row, together: `user ${i % 25}` }));
    const { data, test, plan, notes, grouping } = prepareRun(read(rows), holdOut, settings, tokenizer);
    const sides = new Map<string, Set<number>>();
    const see = (line: number, side: number): void => {
      const key = rows[line - 1]?.together ?? '';
      sides.set(key, (sides.get(key) ?? new Set()).add(side));
    };
    data.lines.forEach((line, i) => see(line, plan.foldOf[i] ?? -1));
    test?.data.lines.forEach((line) => see(line, 99));
    expect([...sides.values()].every((of) => of.size === 1)).toBe(true);
    expect(test?.data.lines.length).toBeGreaterThan(30);
    expect(grouping).toMatchObject({ keptTogether: 200, conversations: 25 });
    expect(notes.join()).toContain('200 rows with 25 values that several rows share');
  });

  describe("the file's own parts", () => {
    const split = request({ evaluation: { folds: 3, test: { kind: 'split' } } });
    const parted = (name: (i: number) => 'train' | 'validation' | 'test' | undefined) =>
      spamRows(60).map((row, i) => {
        const part = name(i);
        return part === undefined ? row : { ...row, part };
      });

    test('its test rows test, its validation rows are trained on, and both are said', () => {
      const rows = parted((i) => (i < 10 ? 'test' : i < 20 ? 'validation' : 'train'));
      const { data, test, notes } = prepareRun(read(rows), split, settings, tokenizer);
      expect([...(test?.data.lines ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(data.lines).toHaveLength(50);
      expect(test?.source).toBe("the file's own test part");
      expect(notes.join()).toContain('10 rows of its test part test the model');
      expect(notes.join()).toContain('Its validation part, 10 rows, was trained on');
    });

    test('without test rows the validation rows test; rows without a part are trained on', () => {
      const rows = parted((i) => (i < 10 ? 'validation' : i < 20 ? undefined : 'train'));
      const { data, test, notes } = prepareRun(read(rows), split, settings, tokenizer);
      expect(test?.data.lines).toHaveLength(10);
      expect(data.lines).toHaveLength(50);
      expect(notes.join()).toContain('10 rows without a part were trained on');
    });

    test('what stands in both parts is not moved but counted; a label of the test part alone is last', () => {
      const rows = parted((i) => (i < 10 ? 'test' : 'train')).map((row, i) => ({
        ...row,
        ...(i === 0 && { text: 'tea tea tea' }),
        ...(i === 20 && { text: 'Tea, tea, tea!' }),
        ...(i === 1 && { target: 'aaa' }),
      }));
      const { data, test, notes } = prepareRun(read(rows), split, settings, tokenizer);
      expect(test?.data.lines).toHaveLength(10);
      expect([...(test?.seen ?? [])]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      expect(notes.join()).toContain('1 test row repeats a training row');
      expect(data.labels).toEqual(['ham', 'spam']);
      expect(test?.data.labels).toEqual(['ham', 'spam', 'aaa']);
      expect(test?.data.labelIndices[1]).toBe(2);
    });

    test('a file that names no test part is refused in words', () => {
      expect(() => prepareRun(read(parted(() => 'train')), split, settings, tokenizer)).toThrow(
        'No row is in a test part',
      );
      expect(() => prepareRun(read(parted(() => 'test')), split, settings, tokenizer)).toThrow(
        'Every row is in the test',
      );
    });
  });

  test('a text of exactly the limit is not cut, one token more is', () => {
    const words = (count: number): string => Array.from({ length: count }, () => 'tea').join(' ');
    const rows = [
      ...spamRows(38),
      ...[30, 31].map((n, i) => ({ rowId: 39 + i, line: 39 + i, text: words(n), target: 'ham' })),
    ];
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
    const finding = { id: 'few-rows', title: 'Too few', detail: 'Add rows.', count: 1, rowCount: 1, examples: [] };
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
    expect(await refusal('answers')).toContain('has answers to write, which this method does not learn');
    expect(await refusal('gone')).toContain('not in this browser');
    expect(await refusal('d', { datasetVersion: 7 })).toContain('no version 7');
    expect(await refusal('d', { limit: 1 })).toContain('Raise the limit');
    const test = { kind: 'file', datasetId: 'answers' } as const;
    expect(await refusal('d', { evaluation: { folds: 2, test } })).toContain('no labelled rows to test on');
  });
});
