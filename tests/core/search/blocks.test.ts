import { expect, test } from 'vitest';
import { blocksOf, nextBlock, wholeBlocks } from '../../../src/core/search/blocks';
import { nextMove } from '../../../src/core/search/next-move';
import { planLadder } from '../../../src/core/search/plan';
import { Bench, costOf, judgeOf, minutes, type Rungs } from './sample';

const judge = judgeOf(1200, 5);
const allBut = (wrong: number) => (row: number) => Math.floor(row / 5) % 100 < 100 - wrong;
const folds = (...numbers: number[]) =>
  numbers.map((fold) => ({ fold, rows: new Int32Array(), answers: new Int32Array() }));

test('a look, then as many folds as stand side by side; all at once where a rung goes whole, and on a part of the rows', () => {
  const of = (first: 'whole' | 'folds' | 'rows' | null, atOnce: number) => blocksOf({ first, atOnce }, { folds: 5 });
  expect(of('whole', 2)).toEqual([[0, 1, 2, 3, 4]]);
  expect(of(null, 2)).toEqual([[0, 1, 2, 3, 4]]);
  expect(of('folds', 1)).toEqual([[0, 1], [2], [3], [4]]);
  expect(of('folds', 2)).toEqual([[0, 1], [2, 3], [4]]);
  expect(of('rows', 3)).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
  expect(blocksOf({ first: 'rows', atOnce: 3 }, { folds: 5 }, 0.25)).toEqual([[0, 1, 2, 3, 4]]);
  expect(blocksOf({ first: 'folds', atOnce: 0 }, { folds: 2 })).toEqual([[0], [1]]);
});

test('what is decided by ends before the first block that is not whole; that one comes next, and says whether it was begun', () => {
  const blocks = [
    [0, 1],
    [2, 3, 4],
  ];
  const settled = (...numbers: number[]) => wholeBlocks(blocks, folds(...numbers)).map(({ fold }) => fold);
  expect([settled(), settled(0), settled(0, 1), settled(0, 1, 3), settled(0, 1, 2, 3, 4), settled(2, 3, 4)]).toEqual([
    [],
    [],
    [0, 1],
    [0, 1],
    [0, 1, 2, 3, 4],
    [],
  ]);
  expect(nextBlock(blocks, [0, 1, 2, 3, 4])).toEqual({ folds: [0, 1], begun: false });
  expect(nextBlock(blocks, [1, 2, 3, 4])).toEqual({ folds: [1], begun: true });
  expect(nextBlock(blocks, [2, 4])).toEqual({ folds: [2, 4], begun: true });
  expect(nextBlock(blocks, [])).toEqual({ folds: [], begun: false });
});

/** Fits move by move, as a start does that is killed once so many folds are done, and the start after it. */
function climbed(
  costs: Parameters<typeof planLadder>[0]['costs'],
  rungs: Rungs,
  budgetMs: number,
  killedAfter = Infinity,
) {
  const plan = planLadder({ costs, folds: 5, rows: 1200, labels: 2, readMs: 0, budgetMs, memoryBytes: null });
  const bench = new Bench(plan, judge, rungs);
  let done = 0;
  for (;;) {
    const move = nextMove(plan, judge, bench.seen, bench.spentMs);
    if (!move) break;
    const room = killedAfter - done;
    // Folds side by side may end in any order: the last one first.
    const some = room > 0 && room < move.folds.length ? move.folds.slice(-room) : move.folds;
    for (const fold of some) bench.fit({ trial: move.trial, folds: [fold] });
    done += some.length;
  }
  const fits = bench.asked.map((asked) => asked).sort();
  return { fits, states: bench };
}

test.each([1, 2, 3])(
  'killed after any fold, a search of rungs with %i folds side by side fits what it would have',
  (atOnce) => {
    const more = { atOnce };
    const costs = [
      costOf('cheap', 1000),
      costOf('slow', minutes(10), more),
      costOf('slower', minutes(11), more),
      costOf('counted', minutes(4), { ...more, scales: false }),
    ];
    // Ahead in its first folds and behind in the last: on half of a block it would be dropped.
    const uneven = (row: number) => (row % 5 === 0 ? allBut(45) : allBut(8))(row);
    for (const slower of [allBut(10), uneven]) {
      const rungs = { cheap: allBut(30), slow: allBut(20), slower, counted: allBut(18) };
      for (const budget of [minutes(12), minutes(21), minutes(40)]) {
        const { fits } = climbed(costs, rungs, budget);
        expect(fits.length).toBeGreaterThan(5);
        for (let killed = 1; killed < fits.length; killed++) {
          expect(climbed(costs, rungs, budget, killed).fits).toEqual(fits);
        }
      }
    }
  },
);
