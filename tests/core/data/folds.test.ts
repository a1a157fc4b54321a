import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { makeFolds } from '../../../src/core/data/folds';
import { AppError } from '../../../src/core/errors';
import { likeSms } from '../../helpers/grouped-rows';
import { processorMs } from '../../helpers/processor-time';

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
    expect(notes.join(' ')).not.toContain('big');
  });

  test('many rows in few groups are said as they are, not as few rows', () => {
    const labels = [...Array<number>(200).fill(0), ...Array<number>(200).fill(1)];
    const groups = own(400).map((i) => (i < 200 ? i : 1000 + (i % 3)));
    const { folds, notes } = makeFolds(labels, groups, 5, 1, ['free', 'three templates']);
    expect(folds).toBe(5);
    expect(notes).toEqual([
      'Too few rows or groups for all folds, so some folds test none of them: three templates (200 rows in 3 groups, in 3 folds).',
    ]);
  });

  test('one template a label: as many folds as groups, and every label is said to be unseen', () => {
    const labels = own(200).map((i) => i % 4);
    const { folds, foldOf, notes } = makeFolds(labels, labels, 5, 1, ['a', 'b', 'c', 'd']);
    expect(folds).toBe(4);
    expect(new Set(foldOf)).toEqual(new Set([0, 1, 2, 3]));
    expect(notes[0]).toBe('4 folds instead of 5: rows that belong together make only 4 groups.');
    expect(notes[1]).toContain('share a fold: "a", "b", "c", "d"');
  });

  test('no fold has the copies by its number: each has its share of them, and in the mean over seeds the same', () => {
    const { labels, groups, copied } = likeSms(1);
    const shares = own(40).map((seed) => {
      const { foldOf } = makeFolds(labels, groups, 5, seed);
      return own(5).map((fold) => {
        const rows = own(labels.length).filter((row) => foldOf[row] === fold);
        return rows.filter((row) => copied[row]).length / rows.length;
      });
    });
    const overall = copied.filter(Boolean).length / copied.length;
    for (const fold of own(5)) {
      const mean = shares.reduce((sum, of) => sum + (of[fold] ?? 0), 0) / shares.length;
      expect(Math.abs(mean - overall)).toBeLessThan(0.01);
    }
    for (const of of shares) expect(Math.max(...of) - Math.min(...of)).toBeLessThan(0.05);
  });

  test('fewer texts than folds make fewer folds, and that is said; one text is an error', () => {
    const { folds, notes } = makeFolds([0, 1, 0], own(3), 5, 1);
    expect(folds).toBe(3);
    expect(notes[0]).toBe('3 folds instead of 5: there are only 3 rows.');
    expect(() => makeFolds([0, 1, 0], [7, 7, 7], 5, 1)).toThrow(AppError);
  });

  test('a hundred thousand rows are split in well under a second or two', async () => {
    const labels = own(100_000).map((i) => (i * 7919) % 77);
    expect(await processorMs(() => makeFolds(labels, own(100_000), 10, 1))).toBeLessThan(5_000);
  });
});

test('what cannot be split is refused with the reason: too few rows, or all of them together', () => {
  expect(() => makeFolds([0], [0], 5, 1)).toThrow('at least 2 rows');
  expect(() => makeFolds([0, 1], [7, 7], 5, 1)).toThrow('copies of each other or belong together');
  expect(() => makeFolds([0, 1], [7, 7], 5, 1)).toThrow(expect.objectContaining({ details: { groups: 1 } }));
});

test('rows of a seed are in the folds that they were ever in: a run of an earlier version goes on with the same', () => {
  const labels = own(16).map((i) => i % 3);
  const groups = own(16).map((i) => (i < 6 ? i % 2 : i));
  expect([...makeFolds(labels, groups, 3, 42).foldOf].join('')).toBe('0101012122001220');
});

test('classes of one row each are dealt out by the sizes of the folds', () => {
  const { foldOf } = makeFolds(own(30), own(30), 5, 3);
  expect(own(5).map((fold) => [...foldOf].filter((of) => of === fold).length)).toEqual([6, 6, 6, 6, 6]);
});

describe('a group of two classes goes where their shares, squared, grow least', () => {
  // 200 rows of class 0 are one group, 30 of class 1 another: in two folds, one each. Then comes a group with one row of
  // class 1 and `mixed` of class 0; the rest, single rows, follows.
  const goesWith = (mixed: number): string => {
    const labels: number[] = [];
    const groups: number[] = [];
    const add = (label: number, count: number, group: number | null) => {
      for (let i = 0; i < count; i++) {
        labels.push(label);
        groups.push(group ?? 1000 + labels.length);
      }
    };
    add(0, 200, 0);
    add(1, 30, 1);
    add(0, mixed, 2);
    add(1, 1, 2);
    add(0, 800 - mixed, null);
    add(1, 69, null);
    const { foldOf } = makeFolds(labels, groups, 2, 1);
    const [zero, one, two] = [0, 1, 2].map((group) => foldOf[groups.indexOf(group)]);
    expect(zero).not.toBe(one);
    return two === zero ? 'class 0' : 'class 1';
  };

  test.each([
    // Of 1,000 rows, 10 to 200 add 400·10 / 1,000² = 0.004; of 100, one to 30 adds 60 / 100² = 0.006.
    [10, 'class 0'],
    // 20 add 0.008.
    [20, 'class 1'],
  ])('with %i rows of the large class to the one with much of %s', (mixed, side) => {
    expect(goesWith(mixed)).toBe(side);
  });
});

test('large groups are dealt before small ones, so that the folds come out even', () => {
  // Two groups of 30 and sixty single rows: three folds of 40 need the large ones apart.
  const groups = own(120).map((i) => (i < 30 ? 0 : i < 60 ? 1 : i));
  for (const seed of own(20)) {
    const { foldOf } = makeFolds(new Int32Array(120), groups, 3, seed);
    expect(own(3).map((fold) => [...foldOf].filter((of) => of === fold).length)).toEqual([40, 40, 40]);
  }
});

test('a large group of a rare class does not go where that class is already', () => {
  // Class 1 is 4 rows in 2 groups, class 0 is 8 rows in 4: in two folds each has half of either.
  const labels = [1, 1, 1, 1, ...Array<number>(8).fill(0)];
  const groups = own(12).map((i) => Math.floor(i / 2));
  for (const seed of own(20)) {
    const { foldOf } = makeFolds(labels, groups, 2, seed);
    expect([...foldOf].filter((fold, row) => fold === 0 && labels[row] === 1)).toHaveLength(2);
    expect([...foldOf].filter((fold) => fold === 0)).toHaveLength(6);
  }
});

test('of many classes that some folds lack, five are named and the rest counted', () => {
  const small = (classes: number): string => {
    const labels = own(2 * classes).map((i) => Math.floor(i / 2));
    const names = own(classes).map((label) => `c${label}`);
    return makeFolds(labels, own(labels.length), 5, 1, names).notes.join();
  };
  expect(small(5)).toContain('c3 (2 rows in 2 folds), c4 (2 rows in 2 folds).');
  expect(small(6)).toContain('c4 (2 rows in 2 folds) and 1 more.');
  expect(small(7)).toContain('c0 (2 rows in 2 folds), c1 ');
  expect(small(7)).toContain('c4 (2 rows in 2 folds) and 2 more.');
  expect(small(7)).not.toContain('c5');
  // Where every fold has rows of every class there is nothing to say.
  expect(makeFolds([0, 0, 1, 1], own(4), 2, 1).notes).toEqual([]);
});
