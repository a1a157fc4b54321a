import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { holdOut, innerSplit } from '../../../src/core/data/hold-out';
import { createRandom } from '../../../src/core/random';
import { likeSms } from '../../helpers/grouped-rows';

const own = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const labelsAndGroups = fc
  .array(fc.tuple(fc.nat(4), fc.nat(30)), { minLength: 2, maxLength: 80 })
  .map((rows) => ({ labels: rows.map(([label]) => label), groups: rows.map(([, group]) => group) }))
  .filter(({ groups }) => new Set(groups).size >= 2);

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

describe('the held-out part is a random sample', () => {
  const SEEDS = 200;
  /** How often each row is held out, 0–1. */
  function chances(labels: number[], groups: number[], share: number, seeds = SEEDS): Float64Array {
    const chance = new Float64Array(labels.length);
    for (const seed of own(seeds))
      for (const row of holdOut(labels, groups, share, seed).held) chance[row] = (chance[row] ?? 0) + 1 / seeds;
    return chance;
  }
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('copies are as frequent in it as in the set, in the mean over 200 seeds, and its size is as wanted', () => {
    const { labels, groups, copied } = likeSms(1);
    const overall = copied.filter(Boolean).length / copied.length;
    for (const share of [0.1, 0.2, 0.3]) {
      const parts = own(SEEDS).map((seed) => holdOut(labels, groups, share, seed).held);
      const copies = mean(parts.map((held) => [...held].filter((row) => copied[row]).length / held.length));
      expect(Math.abs(copies - overall)).toBeLessThan(0.01);
      for (const held of parts) {
        expect(Math.abs(held.length - share * labels.length)).toBeLessThanOrEqual(2);
        const rare = [...held].filter((row) => labels[row] === 1).length / held.length;
        expect(Math.abs(rare - mean(labels))).toBeLessThan(0.01);
      }
    }
  });

  test('a row has the same chance in a large group as alone', () => {
    // One class: a group of 60, larger than the 40 wanted; ten of 8; the rest single.
    const groups = own(200).map((i) => (i < 60 ? 0 : i < 140 ? 1 + Math.floor((i - 60) / 8) : i));
    const chance = chances(Array<number>(200).fill(0), groups, 0.2, 2000);
    for (const [from, to] of [
      [0, 60],
      [60, 140],
      [140, 200],
    ] as const) {
      // 2,000 draws at 0.2 have a standard deviation of 0.009.
      expect(Math.abs(mean([...chance.slice(from, to)]) - 0.2)).toBeLessThan(0.03);
    }
  });

  test('nor does a conversation of several classes', () => {
    const labels = own(600).map((i) => (i * 7) % 3);
    const groups = own(600).map((i) => (i < 300 ? Math.floor(i / 10) : i));
    const chance = chances(labels, groups, 0.2, 1000);
    expect(Math.abs(mean([...chance.slice(0, 300)]) - 0.2)).toBeLessThan(0.02);
    expect(Math.abs(mean([...chance.slice(300)]) - 0.2)).toBeLessThan(0.02);
  });

  test('most of a class in one group: the group stays in training, the class keeps its part, and it is said', () => {
    const labels = [...Array<number>(100).fill(0), ...Array<number>(100).fill(1)];
    const groups = own(200).map((i) => (i < 60 ? 0 : i));
    for (const seed of own(50)) {
      const { held, notes } = holdOut(labels, groups, 0.2, seed);
      expect([...held].filter((row) => groups[row] === 0)).toHaveLength(0);
      expect([...held].filter((row) => labels[row] === 0)).toHaveLength(8);
      expect([...held].filter((row) => labels[row] === 1)).toHaveLength(20);
      expect(notes).toEqual([
        '60 rows in groups too large for the test part stayed in training.',
        'The test part has 28 rows where 40 were wanted, since rows that belong together stay together.',
      ]);
    }
  });

  test('a group may have twice the wanted rows of its class and one more, not two', () => {
    // 100 rows of each class, 10 wanted of it: a group of 21 can be the part, one of 22 cannot.
    const labels = own(200).map((i) => (i < 100 ? 0 : 1));
    const drawnWith = (size: number): number[] => {
      const groups = own(200).map((i) => (i < size ? 0 : i));
      return own(200).filter((seed) => holdOut(labels, groups, 0.1, seed).held.includes(0));
    };
    expect(drawnWith(21).length).toBeGreaterThan(0);
    expect(drawnWith(22)).toEqual([]);
    const groups = own(200).map((i) => (i < 22 ? 0 : i));
    expect(holdOut(labels, groups, 0.1, 1).notes).toContain(
      '22 rows in groups too large for the test part stayed in training.',
    );
  });

  test('a part is said to have another size than was wanted beyond two rows, or a tenth of it', () => {
    // Every group has `size` rows of one class: the part can only be a multiple of it.
    const sizeNote = (rows: number, size: number, share: number): [number, boolean] => {
      const { held, notes } = holdOut(
        own(rows).map(() => 0),
        own(rows).map((i) => Math.floor(i / size)),
        share,
        1,
      );
      return [Math.abs(held.length - Math.round(rows * share)), notes.join().includes('were wanted')];
    };
    // 4 wanted; two groups of 3 or one of them are 2 or 1 away.
    expect([sizeNote(40, 3, 0.1), sizeNote(60, 5, 0.05)]).toEqual([
      [expect.toSatisfy((off: number) => off <= 2), false],
      [2, false],
    ]);
    expect(sizeNote(60, 6, 0.05)).toEqual([3, true]);
  });

  test('a few large sources: one of them is the part, and its size is said', () => {
    const labels = own(300).map((i) => i % 4);
    const groups = own(300).map((i) => Math.floor(i / 100));
    const drawn = own(60).map((seed) => holdOut(labels, groups, 0.2, seed));
    for (const { held, notes } of drawn) {
      expect(held).toHaveLength(100);
      expect(notes.join()).toContain('The test part has 100 rows where 60 were wanted');
    }
    expect(new Set(drawn.map(({ held }) => groups[held[0] ?? 0]))).toEqual(new Set([0, 1, 2]));
  });

  test('a class whose rows all belong together is in training, and that is said', () => {
    const labels = own(100).map((i) => (i < 30 ? 1 : 0));
    const groups = own(100).map((i) => (i < 30 ? 0 : i));
    const { train, notes } = holdOut(labels, groups, 0.2, 1, ['free', 'template']);
    expect([...train].filter((row) => labels[row] === 1)).toHaveLength(30);
    expect(notes[0]).toBe('All rows belong together, so none is in the test part: "template".');
  });
});

test('an inner split is a split of the given rows and of no others', () => {
  const labels = own(100).map((i) => i % 2);
  const rows = Int32Array.from(own(100).filter((i) => i % 3 !== 0));
  const { train, held } = innerSplit(rows, labels, own(100), 0.2, 5);
  expect([...train, ...held].sort((a, b) => a - b)).toEqual([...rows]);
  expect(held).toHaveLength(13);
});

/** 60 rows of four classes: groups of one class and of several, large and small, single rows, one class in one group. */
function mixedRows(): { labels: number[]; groups: number[] } {
  const labels = own(60).map((i) => (i < 4 ? 3 : i < 24 ? i % 3 : i < 44 ? 0 : 1 + (i % 2)));
  const groups = own(60).map((i) =>
    i < 4 ? 0 : i < 24 ? 1 + Math.floor((i - 4) / 5) : i < 40 ? 10 + Math.floor(i / 3) : i,
  );
  return { labels, groups };
}

test('rows of a seed are held out that ever were: a run of an earlier version goes on with the same', () => {
  const { labels, groups } = mixedRows();
  const drawn = [1, 2, 3, 4].map((seed) => [...holdOut(labels, groups, 0.3, seed).held].join(' '));
  expect(drawn).toEqual([
    '19 20 21 22 23 27 28 29 30 31 32 41 47 50 54 55 56',
    '9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 36 37 38',
    '14 15 16 17 18 27 28 29 33 34 35 46 49 52 54 56 57',
    '9 10 11 12 13 24 25 26 30 31 32 45 51 52 53 54 57',
  ]);
});

test('an inner split looks at the labels and the groups of its own rows', () => {
  // Rows 100–199 are the second class in pairs; the first hundred would be one group of one class.
  const labels = own(200).map((i) => (i < 100 ? 0 : 1 + (Math.floor(i / 2) % 2)));
  const groups = own(200).map((i) => (i < 100 ? 0 : Math.floor(i / 2)));
  const { train, held } = innerSplit(
    own(100).map((i) => 100 + i),
    labels,
    groups,
    0.2,
    1,
  );
  expect(held).toHaveLength(20);
  expect([...held].filter((row) => labels[row] === 1)).toHaveLength(10);
  const trained = new Set([...train].map((row) => groups[row]));
  expect([...held].some((row) => trained.has(groups[row]))).toBe(false);
});

test('a part that would be empty gets one group, and of a share of nothing it stays empty', () => {
  // Two rows of each class, a tenth of six rows: less than one.
  for (const seed of own(20)) expect(holdOut([0, 0, 1, 1, 2, 2], own(6), 0.05, seed).held).toHaveLength(1);
  expect(holdOut([0, 0, 1, 1], own(4), 0, 1).held).toHaveLength(0);
});

test('notes name the classes without a row in the part, and count the rows where it is of another size', () => {
  const labels = [...Array<number>(40).fill(0), 1, 2, 2, 2];
  const groups = [...own(41), 99, 99, 99];
  expect(holdOut(labels, groups, 0.2, 1, ['big', 'lone', 'twins']).notes).toEqual([
    'Too few rows to be in the test part: "lone".',
    'All rows belong together, so none is in the test part: "twins".',
  ]);
  // Without names they have their numbers; a number that no row has is no class.
  expect(holdOut([...Array<number>(20).fill(0), 2], own(21), 0.2, 1).notes).toEqual([
    'Too few rows to be in the test part: "2".',
  ]);
});

test('rows of a seed are held out that ever were, also where groups are drawn at random', () => {
  const random = createRandom(11);
  // Every other row alone; one class is in a group of several classes only.
  const groups = own(80).map((i) => (i % 2 === 0 ? 100 + i : Math.floor(random() ** 2 * 12)));
  const labels = own(80).map((i) => (i === 41 ? 4 : Math.floor(random() ** 2 * 4)));
  const drawn = [0.1, 0.25, 0.5].flatMap((share) =>
    [1, 2, 3].map((seed) => {
      const held = new Set(holdOut(labels, groups, share, seed).held);
      return own(80)
        .map((row) => (held.has(row) ? 'x' : '.'))
        .join('');
    }),
  );
  expect(drawn).toEqual([
    '..........x.x.............x.....................x...x.x.......x.................',
    '............x...x.....x...................................x......x......xx......',
    'x.....................x...x.......x...................x.......x...........x.....',
    '..........x........x.x...xxxxxx.............x...xx..x.x...x.x.x.........x.....x.',
    '..x...x.x...............x.....x...x..xxx..........x...x..xx.....xxx..xx..x.x....',
    'x.........x.x.x...........x...x.x...x.x.x...............x...x.x..xxx.....xx.x...',
    '..x.x.......xx..x..xxx..xx.xxx.x.xxxxx.xx.xxx.x..xx...x..x..xx.x...x.xxx...x....',
    'x.....x..xx.xxx.x.xx.xxx.x..x..xxxxxx.x....x....xxxx..x.....xx.x...xx.xx....x.x.',
    'xx.xx.x....x..xxx..........xxxx.x.x.xxxx....x.xxx.x...x..x......xx.x.xx.xxxx.x.x',
  ]);
});

test('a size is said as it was wanted, to the nearest row, and beyond a tenth of it', () => {
  const sizeNote = (rows: number) =>
    holdOut(
      own(rows).map((i) => i % 4),
      own(rows).map((i) => Math.min(2, Math.floor(i / 100))),
      0.2,
      1,
    ).notes.join();
  // 59.8 and 60.4.
  expect(sizeNote(299)).toContain('where 60 were wanted');
  expect(sizeNote(302)).toContain('where 60 were wanted');
  // A group of 202 of 1,000 rows is too large for a tenth: the part has 180 rows of 200, a tenth less.
  const labels = own(2000).map((i) => (i < 1000 ? 0 : 1));
  const { held, notes } = holdOut(
    labels,
    own(2000).map((i) => (i < 202 ? 0 : i)),
    0.1,
    1,
  );
  expect(held).toHaveLength(180);
  expect(notes).toEqual(['202 rows in groups too large for the test part stayed in training.']);
});

test('two rows of a class that belong together are said to, not to be too few', () => {
  const labels = [...Array<number>(20).fill(0), 1, 1];
  expect(holdOut(labels, [...own(20), 99, 99], 0.2, 1, ['big', 'pair']).notes).toEqual([
    'All rows belong together, so none is in the test part: "pair".',
  ]);
});
