import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdOut, innerSplit, makeFolds } from '../../../src/core/data/folds';
import { AppError } from '../../../src/core/errors';

const own = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const labelsAndGroups = fc
  .array(fc.tuple(fc.nat(4), fc.nat(30)), { minLength: 2, maxLength: 80 })
  .map((rows) => ({ labels: rows.map(([label]) => label), groups: rows.map(([, group]) => group) }))
  .filter(({ groups }) => new Set(groups).size >= 2);

/** Rows of every class in every fold. */
function table(labels: number[], foldOf: Int32Array, folds: number): number[][] {
  const classes = Math.max(...labels) + 1;
  return Array.from({ length: folds }, (_, fold) =>
    Array.from(
      { length: classes },
      (_, label) => labels.filter((l, row) => l === label && foldOf[row] === fold).length,
    ),
  );
}

describe('makeFolds', () => {
  test('every row is in exactly one fold, no fold is empty, no group is split', () => {
    fc.assert(
      fc.property(labelsAndGroups, fc.integer({ min: 2, max: 10 }), fc.nat(), ({ labels, groups }, k, seed) => {
        const { foldOf, folds } = makeFolds(labels, groups, k, seed);
        expect(foldOf).toHaveLength(labels.length);
        expect(new Set(foldOf)).toEqual(new Set(own(folds)));
        const foldOfGroup = new Map<number, number>();
        for (const [row, group] of groups.entries()) {
          expect(foldOfGroup.get(group) ?? foldOf[row]).toBe(foldOf[row]);
          foldOfGroup.set(group, foldOf[row] ?? -1);
        }
      }),
    );
  });

  test('without copies every class differs by at most one row between folds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 10, maxLength: 200 }), fc.nat(), (labels, seed) => {
        const { foldOf, folds } = makeFolds(labels, own(labels.length), 5, seed);
        const counts = table(labels, foldOf, folds);
        for (const label of own(Math.max(...labels) + 1)) {
          const column = counts.map((fold) => fold[label] ?? 0);
          expect(Math.max(...column) - Math.min(...column)).toBeLessThanOrEqual(1);
        }
        const sizes = counts.map((fold) => fold.reduce((sum, n) => sum + n, 0));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(4);
      }),
    );
  });

  test('with groups of two the shares stay even', () => {
    const labels = own(400).map((i) => (Math.floor(i / 2) % 5 === 0 ? 1 : 0));
    const groups = own(400).map((i) => Math.floor(i / 2));
    const { foldOf, folds } = makeFolds(labels, groups, 5, 1);
    expect(table(labels, foldOf, folds)).toEqual(Array(5).fill([64, 16]));
  });

  test('a seed gives the same folds, another seed others', () => {
    const labels = own(60).map((i) => i % 3);
    const folds = (seed: number) => [...makeFolds(labels, own(60), 5, seed).foldOf];
    expect(folds(1)).toEqual(folds(1));
    expect(folds(1)).not.toEqual(folds(2));
  });

  test('a class of one row is in one fold, and it is said that its model never saw it', () => {
    const { foldOf, notes } = makeFolds([0, 0, 0, 0, 0, 1], own(6), 5, 1, ['many', 'single']);
    expect(foldOf[5]).toBeGreaterThanOrEqual(0);
    expect(notes.join(' ')).toContain('One row only: "single". It is tested by a model that never saw its class');
  });

  test('a class smaller than k and a class of copies are said', () => {
    const labels = [...Array<number>(20).fill(0), 1, 1, 1, 2, 2];
    const groups = [...own(23), 99, 99];
    const { notes } = makeFolds(labels, groups, 5, 1, ['big', 'small', 'twins']);
    expect(notes.join(' ')).toContain('small (3 rows in 3 folds)');
    expect(notes.join(' ')).toContain('share a fold: "twins"');
  });

  test('fewer texts than folds make fewer folds, and that is said; one text is an error', () => {
    const { folds, notes } = makeFolds([0, 1, 0], own(3), 5, 1);
    expect(folds).toBe(3);
    expect(notes[0]).toBe('3 folds instead of 5: there are only 3 different texts.');
    expect(() => makeFolds([0, 1, 0], [7, 7, 7], 5, 1)).toThrow(AppError);
  });

  test('a hundred thousand rows are split in well under a second or two', () => {
    const labels = own(100_000).map((i) => (i * 7919) % 77);
    const start = performance.now();
    makeFolds(labels, own(100_000), 10, 1);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('holdOut', () => {
  test('train and held part are the rows, no group is on both sides, no class loses all its training rows', () => {
    fc.assert(
      fc.property(
        labelsAndGroups,
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        fc.nat(),
        ({ labels, groups }, share, seed) => {
          const { train, held } = holdOut(labels, groups, share, seed);
          expect([...train, ...held].sort((a, b) => a - b)).toEqual(own(labels.length));
          const trainGroups = new Set([...train].map((row) => groups[row]));
          expect([...held].some((row) => trainGroups.has(groups[row]))).toBe(false);
          expect(new Set([...train].map((row) => labels[row]))).toEqual(new Set(labels));
        },
      ),
    );
  });

  test('the share is met, and every class has its part of it', () => {
    const labels = own(1000).map((i) => (i % 10 === 0 ? 1 : 0));
    const { held, notes } = holdOut(labels, own(1000), 0.2, 3);
    expect(held).toHaveLength(200);
    expect([...held].filter((row) => labels[row] === 1)).toHaveLength(20);
    expect(notes).toEqual([]);
  });

  test('many small classes together still give the share', () => {
    const labels = own(77 * 8).map((i) => i % 77);
    expect(holdOut(labels, own(labels.length), 0.05, 1).held).toHaveLength(31);
  });

  test('classes that are absent from the test part are named', () => {
    const { notes } = holdOut([...Array<number>(20).fill(0), 1], own(21), 0.2, 1, ['big', 'lone']);
    expect(notes).toEqual(['Too few rows to be in the test part: "lone".']);
  });
});

test('an inner split is a split of the given rows and of no others', () => {
  const labels = own(100).map((i) => i % 2);
  const rows = Int32Array.from(own(100).filter((i) => i % 3 !== 0));
  const { train, held } = innerSplit(rows, labels, own(100), 0.2, 5);
  expect([...train, ...held].sort((a, b) => a - b)).toEqual([...rows]);
  expect(held).toHaveLength(13);
});
