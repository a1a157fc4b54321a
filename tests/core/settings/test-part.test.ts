import { describe, expect, test } from 'vitest';
import type { Part } from '../../../src/core/data/dataset';
import type { EvaluationPlan } from '../../../src/core/settings/settings';
import { countParts, partRows, testPartOf, testShare } from '../../../src/core/settings/test-part';

/** Ten rows of two labels, each a group of its own. */
function question(test: EvaluationPlan['test'], parts: (Part | undefined)[] = Array<undefined>(10).fill(undefined)) {
  return {
    rows: parts.map((part) => (part === undefined ? {} : { part })),
    labelIndices: Int32Array.from(parts, (_, i) => i % 2),
    groups: Int32Array.from(parts.keys()),
    test,
    seed: 1,
    labelNames: ['a', 'b'],
  };
}

describe('without a test part of the set', () => {
  test.each([{ kind: 'none' } as const, { kind: 'file', datasetId: 'other' } as const])(
    'all rows train: $kind',
    (test) => {
      const { training, test: held, notes } = partRows(question(test));
      expect([...training]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(held).toBeNull();
      expect(notes).toEqual([]);
    },
  );
});

describe('a share of the rows', () => {
  test('is drawn from both labels, and what is left trains', () => {
    const { training, test: held } = partRows(question({ kind: 'hold-out', share: 0.2 }));
    expect(held?.source).toBe('a stratified random hold-out of 20 %');
    expect(held?.rows).toHaveLength(2);
    expect([...(held?.rows ?? [])].map((row) => row % 2).sort()).toEqual([0, 1]);
    expect([...training, ...(held?.rows ?? [])].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('another seed draws other rows', () => {
    const drawn = [1, 2, 3, 4].map((seed) =>
      [...(partRows({ ...question({ kind: 'hold-out', share: 0.2 }), seed }).test?.rows ?? [])].join(),
    );
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  test('of rows that all belong together there is none, which is said', () => {
    const alike = { ...question({ kind: 'hold-out', share: 0.2 }), groups: new Int32Array(10) };
    expect(() => partRows(alike)).toThrow(expect.objectContaining({ code: 'data-unusable' }));
  });
});

describe('the parts that a file names', () => {
  const split = { kind: 'split' } as const;

  test('its test part tests, everything else trains, validation and rows without a part included', () => {
    const parts = ['train', 'test', 'validation', undefined, 'test', 'train'] as const;
    const { training, test: held, notes } = partRows(question(split, [...parts]));
    expect([...(held?.rows ?? [])]).toEqual([1, 4]);
    expect([...training]).toEqual([0, 2, 3, 5]);
    expect(held?.source).toBe("the file's own test part");
    expect(notes).toEqual([
      "The file's own parts were kept: 2 rows of its test part test the model.",
      'Its validation part, 1 row, was trained on: folds do its work.',
      '1 row without a part were trained on.',
    ]);
  });

  test('of a validation part that it does not have nothing is said', () => {
    const { notes } = partRows(question(split, ['train', 'test', 'train']));
    expect(notes).toEqual(["The file's own parts were kept: 1 row of its test part test the model."]);
  });

  test('where it has no test part its validation part tests', () => {
    const { training, test: held, notes } = partRows(question(split, ['train', 'validation', 'train']));
    expect([...(held?.rows ?? [])]).toEqual([1]);
    expect([...training]).toEqual([0, 2]);
    expect(held?.source).toBe("the file's own validation part");
    expect(notes).toEqual(["The file's own parts were kept: 1 row of its validation part test the model."]);
  });

  test('rows that all train, or all test, are no split', () => {
    expect(() => partRows(question(split, ['train', 'train']))).toThrow(/No row is in a test part/);
    expect(() => partRows(question(split, [undefined, undefined]))).toThrow(/No row is in a test part/);
    expect(() => partRows(question(split, ['test', 'test']))).toThrow(/Every row is in the test part/);
    expect(() => partRows(question(split, ['test']))).toThrow(expect.objectContaining({ code: 'data-unusable' }));
  });

  test('are counted', () => {
    expect(countParts([{ part: 'train' }, {}, { part: 'test' }, { part: 'train' }, { part: 'validation' }])).toEqual({
      train: 2,
      validation: 1,
      test: 1,
    });
  });

  test.each([
    [{ train: 3, validation: 2, test: 1 }, 'test'],
    [{ train: 3, validation: 2, test: 0 }, 'validation'],
    [{ train: 3, validation: 1 }, 'validation'],
    [{ train: 3, validation: 0, test: 0 }, null],
    [{}, null],
  ])('%j is tested by %s', (named, part) => {
    expect(testPartOf(named)).toBe(part);
  });
});

test('the share for the test is known before the rows are drawn', () => {
  const version = { rowCount: 40, parts: { train: 30, validation: 6, test: 4 } };
  expect(testShare({ kind: 'hold-out', share: 0.25 }, version)).toBe(0.25);
  expect(testShare({ kind: 'split' }, version)).toBe(0.1);
  expect(testShare({ kind: 'split' }, { rowCount: 40, parts: { train: 30, validation: 10, test: 0 } })).toBe(0.25);
  expect(testShare({ kind: 'split' }, { rowCount: 40 })).toBe(0);
  expect(testShare({ kind: 'split' }, { rowCount: 0, parts: { train: 0, validation: 0, test: 1 } })).toBe(1);
  expect(testShare({ kind: 'none' }, version)).toBe(0);
  expect(testShare({ kind: 'file', datasetId: 'x' }, version)).toBe(0);
});
