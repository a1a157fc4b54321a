import { describe, expect, test } from 'vitest';
import { scoresOf } from '../../../src/core/report/figures';
import { gainOver, type Judge, meanScore, scoreOf } from '../../../src/core/search/answers';
import { nextMove } from '../../../src/core/search/next-move';
import { type LadderPlan, planLadder } from '../../../src/core/search/plan';
import { leaderOf, standingsOf } from '../../../src/core/search/standings';
import { trialNumber } from '../../../src/core/search/trials';
import { answersOf, Bench, byLot, costOf, DRAWN, judgeOf, minutes, type Rungs } from './sample';

const ROWS = 1200;
const judge = judgeOf(ROWS, 5);
const planOf = (budgetMs: number | null, costs = DRAWN): LadderPlan =>
  planLadder({ costs, folds: 5, rows: ROWS, labels: 2, readMs: 0, budgetMs, memoryBytes: null });

/** Right on all rows but the last so many of every hundred. */
const allBut = (wrong: number) => (row: number) => Math.floor(row / 5) % 100 < 100 - wrong;

function climb(plan: LadderPlan, rungs: Rungs): Bench {
  const bench = new Bench(plan, judge, rungs);
  for (let moves = 0; moves < 200; moves++) {
    const move = nextMove(plan, judge, bench.seen, bench.spentMs);
    if (!move) return bench;
    bench.fit(move);
  }
  throw new Error('A search ends.');
}
const states = ({ plan, seen }: Bench) =>
  Object.fromEntries(standingsOf(plan, judge, seen).map(({ planned, state }) => [planned.rung, state]));

describe('a gain on the same folds', () => {
  test('is the mean of the folds that both have, wider by folds where they differ more than rows say', () => {
    const [before, after] = [answersOf(judge, allBut(20)), answersOf(judge, allBut(10), [0, 1])];
    const gain = gainOver(judge, before, after, 'rows');
    expect(gain).toMatchObject({ folds: 2, rows: 480 });
    expect(gain?.mean).toBeCloseTo(meanScore(judge, after) - meanScore(judge, before.slice(0, 2)), 12);
    // 40 or so rows fixed, none broken: far from nothing.
    expect(gain?.ci95[0]).toBeGreaterThan(0.05);
    expect(gain?.pAny).toBeGreaterThan(0.999);
    // Two folds that differ say next to nothing of a third.
    const uneven = [...answersOf(judge, allBut(0), [0]), ...answersOf(judge, allBut(20), [1])];
    const [byRows, byFolds] = (['rows', 'folds'] as const).map((by) => gainOver(judge, before, uneven, by));
    expect(byFolds?.mean).toBeCloseTo(byRows?.mean ?? NaN, 12);
    expect(byFolds?.ci95[0]).toBeLessThan(-0.5);
    expect(byFolds?.pAny).toBeLessThan(byRows?.pAny ?? NaN);
    expect(gainOver(judge, before, [])).toBeNull();
  });

  test('by macro-F1 a label that nobody finds costs half', () => {
    const rare = judgeOf(1000, 5, { truth: Int32Array.from({ length: 1000 }, (_, row) => Number(row >= 970)) });
    const constant = answersOf(rare, (row) => row < 970);
    const perfect = answersOf(rare, () => true);
    expect(gainOver(rare, constant, perfect)?.mean).toBeCloseTo(0.03, 10);
    expect(gainOver({ ...rare, metric: 'macro_f1' }, constant, perfect)?.mean).toBeCloseTo(1 - 97 / 197, 10);
  });

  test('the score of a fold is the one that its report has, also where none of its rows has a rare label', () => {
    const labels = ['a', 'b', 'c'];
    const truth = Int32Array.of(0, 0, 1, 1, 2);
    const own: Judge = { ...judgeOf(5, 2), labels, truth, metric: 'macro_f1' };
    const rows = Int32Array.of(0, 1, 2, 3);
    const score = (...answers: number[]): number => scoreOf(own, { fold: 0, rows, answers: Int32Array.from(answers) });
    // F1 of a and b; nobody asked for c.
    expect(score(0, 1, 1, 1)).toBeCloseTo((2 / 3 + 4 / 5) / 2, 12);
    // Answered, it is a label that was never right.
    expect(score(0, 2, 1, 1)).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
    const lines = Int32Array.from(truth.keys());
    const probabilities = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0]);
    const told = scoresOf({ labels, labelIndices: truth, lines, texts: [] }, { rows, probabilities });
    expect(score(0, 1, 1, 1)).toBeCloseTo(told.macro_f1, 12);
  });

  test('of rows that are all copies of one another is no more sure than one row', () => {
    const [before, after] = [answersOf(judge, allBut(20)), answersOf(judge, allBut(10))];
    const copies = { texts: new Int32Array(ROWS), groups: new Int32Array(ROWS) };
    expect(gainOver({ ...judge, units: copies }, before, after, 'rows')?.ci95[0]).toBeLessThan(-0.5);
  });
});

describe('what is done next', () => {
  const equal: Rungs = Object.fromEntries(DRAWN.map(({ rung }) => [rung, allBut(10)]));

  test('cheap rungs whole, then a first look at each dear one; equal ones are dropped after it', () => {
    const bench = climb(planOf(minutes(30)), equal);
    expect(bench.asked).toEqual([
      'names 01234',
      'words 01234',
      'features 01234',
      'few 01',
      'top 01',
      // With nothing better so far, the cheapest leads; it is looked at on the quarter once.
      'names 0.25 01234',
      'adapter 0.25 01234',
      'everything 0.25 01234',
    ]);
    const dropped = standingsOf(bench.plan, judge, bench.seen).filter(({ state }) => state === 'dropped');
    expect(dropped.map(({ planned }) => planned.rung)).toEqual(['few', 'top', 'adapter', 'everything']);
    expect(dropped[0]?.why).toMatch(
      /^after 2 of 5 folds a gain of one point is out of reach: 0.0, at the most \+0.\d$/,
    );
    expect(dropped[2]?.why).toMatch(/^on a quarter of the rows a gain/);
    expect(dropped[2]?.gain).toMatchObject({ folds: 5, rows: 300 });
  });

  test('a rung that may be better goes on fold by fold, and is dropped when it no longer may', () => {
    // Ahead in its first three folds, far behind in the fourth: the paired interval closes below a point.
    const fading = (row: number): boolean => (row % 5 < 3 ? allBut(8)(row) : allBut(40)(row));
    const bench = climb(planOf(minutes(30)), { ...equal, top: fading });
    expect(bench.asked.filter((asked) => asked.startsWith('top'))).toEqual(['top 01', 'top 2', 'top 3']);
    expect(states(bench)['top']).toBe('dropped');
    const better = climb(planOf(minutes(30)), { ...equal, top: allBut(3) });
    expect(states(better)).toMatchObject({ top: 'done', adapter: 'dropped', everything: 'dropped' });
    expect(leaderOf(standingsOf(better.plan, judge, better.seen))?.planned.rung).toBe('top');
    // Those that follow are held to it, on its own quarter.
    expect(better.asked).toContain('top 0.25 01234');
  });

  test('later rungs get their first look before an earlier one gets its last fold; the most promising goes on', () => {
    const costs = [costOf('cheap', 1000), costOf('slow', minutes(10)), costOf('slower', minutes(11))];
    const plan = planOf(minutes(19), costs);
    expect(plan.rungs.map(({ first }) => first)).toEqual(['whole', 'rows', 'rows']);
    const rungs = { cheap: allBut(30), slow: allBut(20), slower: allBut(10) };
    const bench = climb(plan, rungs);
    expect(bench.asked.slice(0, 5)).toEqual([
      'cheap 01234',
      'cheap 0.25 01234',
      'slow 0.25 01234',
      'slower 0.25 01234',
      'slower 01',
    ]);
    // The other need not be finished: it is behind what was.
    expect(states(bench)).toEqual({ cheap: 'done', slow: 'dropped', slower: 'done' });
    expect(standingsOf(plan, judge, bench.seen)[1]?.why).toMatch(
      /^on a quarter of the rows it is behind slower: −10.0, at the best −\d\.\d$/,
    );
    expect(bench.spentMs).toBeLessThanOrEqual(minutes(19) - minutes(2, 12));
  });

  test('dear rungs are looked at in their turn, whatever they take; one with little ahead of it waits for no other', () => {
    const counted = { scales: false };
    const costs = [
      costOf('cheap', 1000),
      costOf('slow', minutes(4), { ...counted, turn: 1 }),
      costOf('quick', minutes(3), { ...counted, turn: 2 }),
    ];
    const plan = planOf(minutes(7), costs);
    expect(plan.rungs.map(({ rung }) => rung)).toEqual(['cheap', 'quick', 'slow']);
    const bench = climb(plan, { cheap: allBut(30), quick: allBut(20), slow: allBut(10) });
    expect(bench.asked.slice(0, 3)).toEqual(['cheap 01234', 'slow 01', 'quick 01']);
    expect(states(bench)).toEqual({ cheap: 'done', quick: 'dropped', slow: 'done' });
    // Without turns they go by their cost, as in plans of before.
    const before = { ...plan, rungs: plan.rungs.map(({ turn: _, ...rung }) => rung) };
    expect(climb(before, { cheap: allBut(30), quick: allBut(20), slow: allBut(10) }).asked[1]).toBe('quick 01');
  });

  test('where less than a point is left to gain, no dear rung is looked at', () => {
    const bench = climb(planOf(minutes(30)), { ...equal, features: (row) => Math.floor(row / 5) % 125 > 0 });
    expect(bench.asked).toEqual(['names 01234', 'words 01234', 'features 01234']);
    const [, , , few] = standingsOf(bench.plan, judge, bench.seen);
    expect(few).toMatchObject({ state: 'dropped', why: 'less than a point is left to gain over features' });
  });

  test('the cheapest rung that leaves a model goes whole, and what leaves none drops nothing', () => {
    const model = { model: false };
    const costs = [
      costOf('names', 10, model),
      costOf('words', 1000, model),
      costOf('features', minutes(2)),
      costOf('top', minutes(3), { scales: false }),
    ];
    const plan = planOf(minutes(5), costs);
    expect(plan.rungs.map(({ first }) => first)).toEqual(['whole', 'whole', 'whole', 'folds']);
    const rungs = { names: allBut(30), words: allBut(0), features: allBut(20), top: allBut(10) };
    expect(states(climb(plan, rungs))).toEqual({ names: 'done', words: 'done', features: 'done', top: 'part' });
    // It cannot be done: the next one has to, whatever leads.
    const bench = new Bench(plan, judge, rungs);
    for (let move = nextMove(plan, judge, [], 0); move; move = nextMove(plan, judge, bench.seen, bench.spentMs)) {
      if (move.trial.rung === 'features')
        bench.seen.push({ trial: move.trial, folds: [], ms: 0, failed: 'No memory.' });
      else bench.fit(move);
    }
    expect(states(bench)).toEqual({ names: 'done', words: 'done', features: 'skipped', top: 'done' });
  });

  test('a look leaves time for the rest of the best so far, and what cannot be finished is not looked at before that', () => {
    const counted = { scales: false };
    const costs = [costOf('cheap', 1000), costOf('first', minutes(4), counted), costOf('second', minutes(5), counted)];
    const rungs = { cheap: allBut(30), first: allBut(20), second: allBut(10) };
    const asked = (budgetMs: number) => climb(planOf(budgetMs, costs), rungs).asked;
    const looks = ['cheap 01234', 'first 01', 'second 01'];
    // Two folds of each, the rest of either, its final fit: of three minutes and of four.
    expect(asked(minutes(8)).slice(0, 4)).toEqual([...looks, 'second 2']);
    // After a look at the second nothing could be finished: the first is, and there is no time to look at the other then.
    expect(asked(minutes(5, 30))).toEqual(['cheap 01234', 'first 01', 'first 2', 'first 3', 'first 4']);
    // No time to finish even the first: it is looked at all the same, when there is nothing else to do.
    expect(asked(minutes(3, 30))).toEqual(['cheap 01234', 'first 01']);
  });

  test('where a quarter of the rows leaves no time for the rest, the first of its own folds are the look', () => {
    const costs = [costOf('cheap', 1000), costOf('dear', minutes(10), { finalMs: minutes(2) })];
    const plan = planOf(minutes(14), costs);
    expect(plan.rungs[1]?.first).toBe('rows');
    const bench = climb(plan, { cheap: allBut(30), dear: allBut(10) });
    expect(bench.asked).toEqual(['cheap 01234', 'dear 01', 'dear 2', 'dear 3', 'dear 4']);
  });

  test('a rung that goes whole and has no time for its final fit is not begun', () => {
    const costs = [costOf('cheap', 1000), costOf('second', minutes(4), { finalMs: minutes(3) })];
    const plan = planOf(minutes(10), costs);
    expect(plan.rungs.map(({ first }) => first)).toEqual(['whole', 'whole']);
    const bench = new Bench(plan, judge, { cheap: allBut(30), second: allBut(10) });
    const cheap = nextMove(plan, judge, [], 0);
    if (cheap) bench.fit(cheap);
    // Reading took four minutes more than it was planned to.
    expect(nextMove(plan, judge, bench.seen, minutes(2))?.trial.rung).toBe('second');
    expect(nextMove(plan, judge, bench.seen, minutes(4))).toBeNull();
  });

  test('what was dropped stays so when another leads that has no answers there', () => {
    const costs = [
      costOf('cheap', 1000),
      costOf('dearest', minutes(12), { turn: 1 }),
      costOf('next', minutes(6), { turn: 2, scales: false }),
    ];
    const plan = planOf(minutes(18), costs);
    const bench = climb(plan, { cheap: allBut(20), dearest: allBut(40), next: allBut(10) });
    expect(bench.asked).toContain('dearest 0.25 01234');
    expect(states(bench)).toEqual({ cheap: 'done', next: 'done', dearest: 'dropped' });
    expect(bench.asked).not.toContain('dearest 01');
  });

  test('only the final fit of what may be recommended is held back', () => {
    const costs = [
      costOf('cheap', 1000),
      costOf('quick end', minutes(4), { finalMs: 1000, scales: false }),
      costOf('slow end', minutes(5), { finalMs: minutes(3), scales: false }),
    ];
    const plan = planOf(minutes(7), costs);
    expect(plan.heldMs).toBe(minutes(3));
    const bench = climb(plan, { cheap: allBut(30), 'quick end': allBut(20), 'slow end': allBut(10) });
    expect(states(bench)).toEqual({ cheap: 'done', 'quick end': 'done', 'slow end': 'part' });
  });

  test('a move that was begun is brought to the end that it had, whatever time is left', () => {
    const plan = planOf(minutes(30));
    const [, , , few] = plan.rungs;
    const bench = climb(plan, equal);
    const begun = bench.seen.flatMap((one) =>
      one.trial.rung === few?.rung ? [{ ...one, folds: one.folds.slice(0, 1), ms: one.ms / 2 }] : [],
    );
    const cheap = bench.seen.filter(({ trial }) => ['names', 'words', 'features'].includes(trial.rung));
    expect(nextMove(plan, judge, [...cheap, ...begun], minutes(29))).toEqual({
      trial: { rung: 'few', candidate: 0, share: 1 },
      folds: [1],
    });
  });

  test('folds that stand side by side are asked for together', () => {
    const plan = planOf(
      minutes(30),
      DRAWN.map((cost) => ({ ...cost, atOnce: 3 })),
    );
    const bench = climb(plan, { ...equal, top: allBut(3) });
    expect(bench.asked.filter((asked) => asked.startsWith('top 0'))).toContain('top 01');
    expect(bench.asked).toContain('top 234');
  });

  test('a rung that failed is skipped and the others stand', () => {
    const plan = planOf(minutes(30));
    const bench = new Bench(plan, judge, equal);
    const failing = () => nextMove(plan, judge, bench.seen, bench.spentMs);
    for (let move = failing(); move; move = failing()) {
      if (move.trial.rung === 'features')
        bench.seen.push({ trial: move.trial, folds: [], ms: 0, failed: 'No memory.' });
      else bench.fit(move);
    }
    expect(states(bench)).toMatchObject({ words: 'done', features: 'skipped', few: 'dropped' });
    expect(standingsOf(plan, judge, bench.seen)[2]?.why).toBe('No memory.');
  });

  test('the same answers give the same moves, in whatever order they were kept', () => {
    const plan = planOf(minutes(30));
    const { seen, spentMs } = climb(plan, { ...equal, top: allBut(3) });
    for (let some = 0; some <= seen.length; some++) {
      const kept = seen.slice(0, some);
      const now = nextMove(plan, judge, kept, spentMs / 2);
      expect(nextMove(plan, judge, [...kept].reverse(), spentMs / 2)).toEqual(now);
      expect(now === null || now.folds.length > 0).toBe(true);
    }
  });

  test('with no time nothing is begun, and a slow machine ends it within its budget', () => {
    expect(climb(planOf(0), equal).asked).toEqual([]);
    const plan = planOf(minutes(2));
    // But for the cheapest rung that leaves a model: reading took all of the time, and there has to be one to keep.
    const bench = new Bench(plan, judge, equal);
    bench.spentMs = minutes(2);
    for (let move = nextMove(plan, judge, [], minutes(2)); move;) {
      bench.fit(move);
      move = nextMove(plan, judge, bench.seen, bench.spentMs);
    }
    expect(bench.asked).toEqual(['names 01234']);
  });

  test('every trial has a number of its own', () => {
    const plan = planOf(null);
    const numbers = plan.rungs.flatMap(({ rung }) =>
      [0, 1, 12].flatMap((candidate) =>
        ([1, 0.5, 0.25] as const).map((share) => trialNumber(plan, { rung, candidate, share })),
      ),
    );
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(() => trialNumber(plan, { rung: 'of another plan', candidate: 0, share: 1 })).toThrow();
    expect(() => trialNumber(plan, { rung: 'few', candidate: 64, share: 1 })).toThrow();
  });

  test.each([3, 5, 8])(
    'whatever rungs are like, it ends within the budget and never fits a fold twice (seed %i)',
    (seed) => {
      const rungs = Object.fromEntries(
        DRAWN.map(({ rung }, i) => [rung, byLot(0.7 + ((seed * (i + 1)) % 7) / 25, seed * 10 + i)]),
      );
      for (const budget of [minutes(1), minutes(5), minutes(12), minutes(30), minutes(45), null]) {
        const plan = planOf(budget);
        const bench = climb(plan, rungs);
        const done = standingsOf(plan, judge, bench.seen).filter(({ state }) => state === 'done');
        const finalMs = Math.max(0, ...done.map(({ planned }) => planned.finalMs));
        expect(bench.spentMs).toBeLessThanOrEqual(budget === null ? Infinity : budget - finalMs);
        const fits = bench.seen.flatMap(({ trial, folds }) => folds.map(({ fold }) => JSON.stringify([trial, fold])));
        expect(new Set(fits).size).toBe(fits.length);
      }
    },
  );
});
