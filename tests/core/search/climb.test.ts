import { expect, test } from 'vitest';
import { nextOfClimb } from '../../../src/core/search/climb';
import { searchOutcome } from '../../../src/core/search/settings-search';
import { planLadder } from '../../../src/core/search/plan';
import { Bench, costOf, judgeOf, minutes } from './sample';

const judge = judgeOf(1000, 5);
const allBut = (wrong: number) => (row: number) => Math.floor(row / 5) % 100 < 100 - wrong;

/** Two rungs, the dear one twenty points ahead; with its tries better the higher their number. */
function climb(budgetMs: number | null, tries: number, { readMs = 0, slower = 1, encoders = 0 } = {}) {
  const costs = [costOf('cheap', 1000), costOf('dear', minutes(2))];
  const plan = planLadder({ costs, folds: 5, rows: 1000, labels: 2, readMs, budgetMs, memoryBytes: null });
  const bench = new Bench(
    plan,
    judge,
    {
      cheap: allBut(30),
      dear: (row, candidate) => allBut(10 - Math.min(9, candidate))(row),
    },
    (candidate) => (candidate > 0 ? slower : 1),
  );
  const costsOf = (rung: string) => ({ costs: Array<number>(rung === 'dear' ? tries : 0).fill(slower), encoders });
  const searched: unknown[] = [];
  for (;;) {
    const next = nextOfClimb({ plan, judge, seen: bench.seen, readMs, costsOf });
    if (next.searched) searched.push(next.searched);
    if (!next.move) return { plan, bench, searched };
    bench.fit(next.move);
  }
}

test('rungs first, then the settings of the one to use; how many are tried does not change on the way', () => {
  const { bench, searched } = climb(null, 5);
  expect(bench.asked.slice(0, 3)).toEqual(['cheap 01234', 'dear 01234', 'dear1 0.25 01234']);
  expect(new Set(searched.map((one) => JSON.stringify(one)))).toEqual(
    new Set([JSON.stringify({ rung: 'dear', tries: 5 })]),
  );
  expect(bench.asked.at(-1)).toBe('dear5 01234');
});

test('within the budget, of which reading is a part: fewer tries, or none', () => {
  const enough = climb(minutes(12), 12);
  expect(enough.bench.spentMs).toBeLessThanOrEqual(minutes(12) - minutes(0, 24));
  expect(enough.searched[0]).toEqual({ rung: 'dear', tries: 5 });
  const reading = climb(minutes(12), 12, { readMs: minutes(8) });
  expect(reading.searched).toEqual([]);
  expect(reading.bench.asked).toEqual(['cheap 01234', 'dear 01234']);
  // Tries that take three times as long are fewer, are brought to their end, and leave time for a final fit of one.
  const slow = climb(minutes(24), 12, { slower: 3 });
  expect(slow.searched[0]).toEqual({ rung: 'dear', tries: 4 });
  expect(slow.bench.spentMs).toBeLessThanOrEqual(minutes(24) - 3 * minutes(0, 24));
  const { plan, bench } = slow;
  expect(searchOutcome({ plan, judge, seen: bench.seen, rung: 'dear', tries: 4 })).not.toBeNull();
  // A rung without settings to search ends it.
  expect(climb(null, 0).searched).toEqual([]);
});

test('another encoder, which takes twice as long, is tried where nothing else has time, and its final fit is held back', () => {
  // The dear rung, the encoder's five folds and its final fit: 2 + 4 + 0.8 min.
  const { bench, searched } = climb(minutes(7), 12, { slower: 2, encoders: 1 });
  expect(searched[0]).toEqual({ rung: 'dear', tries: 1 });
  expect(bench.asked.at(-1)).toBe('dear1 01234');
  expect(bench.spentMs).toBeLessThanOrEqual(minutes(7) - 2 * minutes(0, 24));
  expect(climb(minutes(6, 45), 12, { slower: 2, encoders: 1 }).searched).toEqual([]);
});
