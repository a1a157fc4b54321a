import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import {
  canShare,
  costShare,
  lookFolds,
  planLadder,
  type PlanQuestion,
  planWords,
} from '../../../src/core/search/plan';
import { costOf, DRAWN, minutes } from './sample';

const question: PlanQuestion = {
  costs: DRAWN,
  folds: 5,
  rows: 1240,
  labels: 6,
  readMs: 0,
  budgetMs: minutes(30),
  memoryBytes: null,
};
const looks = (own: Partial<PlanQuestion>) => planLadder({ ...question, ...own }).rungs.map(({ first }) => first);

describe('a plan of measured minutes', () => {
  test('in half an hour: cheap rungs whole, two folds of the dear, a quarter for the dearest', () => {
    const plan = planLadder(question);
    expect(plan.rungs.map(({ rung, first }) => [rung, first])).toEqual([
      ['names', 'whole'],
      ['words', 'whole'],
      ['features', 'whole'],
      ['few', 'folds'],
      ['top', 'folds'],
      ['adapter', 'rows'],
      ['everything', 'rows'],
    ]);
    expect(plan.heldMs).toBe(minutes(3, 6));
    expect(plan.rungs[3]?.firstMs).toBe(minutes(5, 20) * 0.4);
    // A quarter of its own, and of the dearest rung that may lead till then.
    expect(plan.rungs[6]?.firstMs).toBe((minutes(19, 40) + minutes(15, 30)) / 4);
    expect(planWords(plan)).toBe(
      'In 30 min every rung gets its turn, the 4 dearest on a part first. All whole from 1 h 03 min on.',
    );
  });

  test('in two minutes the first three; with a quarter more than the sum of all, and without a limit, all whole', () => {
    expect(looks({ budgetMs: minutes(2) })).toEqual(['whole', 'whole', 'whole', null, null, null, null]);
    const { allMs, wholeFromMs } = planLadder(question);
    expect(allMs).toBe(minutes(3, 6) + minutes(48, 18));
    expect(wholeFromMs).toBe(minutes(3, 6) + 1.25 * minutes(48, 18));
    expect(new Set(looks({ budgetMs: wholeFromMs }))).toEqual(new Set(['whole']));
    expect(looks({ budgetMs: wholeFromMs - 1 })).toContain('rows');
    expect(new Set(looks({ budgetMs: null }))).toEqual(new Set(['whole']));
    expect(planWords(planLadder({ ...question, budgetMs: null }))).toBe(
      'Without a limit every rung gets its turn, whole.',
    );
  });

  test('the final fit is held back, and what has no time is left out with a reason', () => {
    const costs = [costOf('cheap', 1000, { finalMs: 100 }), costOf('slow end', 2000, { finalMs: 60_000 })];
    const [cheap, slow] = planLadder({ ...question, costs, budgetMs: 30_000 }).rungs;
    expect([cheap?.first, cheap?.out]).toEqual(['whole', null]);
    expect([slow?.first, slow?.out]).toEqual([null, 'No time in 30 s: a look and its final fit take 1 min 01 s.']);
    // Of a rung that is left out nothing is held back.
    expect(planLadder({ ...question, costs, budgetMs: 30_000 }).heldMs).toBe(100);
  });

  test('a budget of nothing has no rung, and says what the quickest takes', () => {
    const plan = planLadder({ ...question, budgetMs: 0 });
    expect(plan.rungs.every(({ first, out }) => first === null && out !== null)).toBe(true);
    expect(planWords(plan)).toBe('In 0 min there is no time for any rung. names, the quickest, takes 2.4 s.');
  });

  test('what cannot be done, or does not fit into memory, is out whatever the time', () => {
    const costs = [costOf('names', 10, { unfit: 'The labels are no words.' }), ...DRAWN.slice(1)];
    const { rungs, allMs } = planLadder({ ...question, costs, budgetMs: null, memoryBytes: 1e9 });
    expect(rungs[0]?.out).toBe('The labels are no words.');
    expect(rungs.at(-1)?.out).toBe('It takes 1.1 GB of memory, and 1.0 GB are there.');
    expect(allMs).toBe(minutes(28, 36) + minutes(3, 6));
  });

  test('every search reads once; rungs that leave a model, and those that need it, have it in their cost', () => {
    const costs = [
      costOf('features', 1000, { reads: true }),
      costOf('words', 5000, { model: false }),
      costOf('few', 1500),
    ];
    const plan = planLadder({ ...question, costs, readMs: minutes(1), budgetMs: minutes(1) + 11_000 });
    expect(plan.rungs.map(({ rung, costMs }) => [rung, costMs])).toEqual([
      ['words', 6000],
      ['features', minutes(1) + 1200],
      ['few', minutes(1) + 1800],
    ]);
    expect(plan.readMs).toBe(minutes(1));
    expect(plan.rungs.map(({ first }) => first)).toEqual(['whole', 'whole', 'whole']);
    const short = planLadder({ ...question, costs, readMs: minutes(1), budgetMs: minutes(1) });
    expect(short.rungs.map(({ first }) => first)).toEqual([null, null, null]);
    expect(planWords(short)).toContain('there is no time for any rung');
  });

  test('what is left out last is the quickest that leaves a model, whatever is read', () => {
    const costs = [
      costOf('features', 20_000, { reads: true, finalMs: 5000 }),
      costOf('few', minutes(5), { finalMs: 12_000, scales: false }),
    ];
    const plan = planLadder({ ...question, costs, readMs: minutes(1), budgetMs: minutes(2) });
    expect(plan.rungs.map(({ rung, first }) => [rung, first])).toEqual([
      ['features', 'whole'],
      ['few', null],
    ]);
  });

  test('further encoders are read with up to half of the budget, or where there is time for everything', () => {
    const costs = [costOf('features', 1000, { reads: true }), costOf('top', minutes(15))];
    const reading = [
      { title: 'First', ms: minutes(2) },
      { title: 'Second', ms: minutes(4) },
    ];
    const of = (budgetMs: number | null) => planLadder({ ...question, costs, reading, readMs: minutes(6), budgetMs });
    const short = of(minutes(12) - 1);
    expect(short).toMatchObject({ readMs: minutes(2), unread: [{ title: 'Second' }] });
    expect(short.rungs.map(({ rung, costMs }) => [rung, costMs])).toEqual([
      ['features', minutes(2) + 1200],
      ['top', minutes(20)],
    ]);
    expect(short.encoders).toBe(1);
    expect(planWords(short)).toContain(' Nothing is read with Second: that takes 4 min 00 s more.');
    expect(of(minutes(12))).toMatchObject({ readMs: minutes(6) });
    expect(of(minutes(12))).not.toHaveProperty('unread');
    // The first is never left out, nor one that costs nothing, as what it read is kept.
    expect(of(minutes(1)).unread).toEqual([reading[1]]);
    const free = [
      { title: 'First', ms: minutes(6) },
      { title: 'Second', ms: 0 },
    ];
    const kept = planLadder({ ...question, costs, reading: free, readMs: minutes(6), budgetMs: minutes(10) });
    expect(kept.unread).toBeUndefined();
    expect(of(null).unread).toBeUndefined();
    // Where all is whole there is nothing that the minutes are for.
    const all = planLadder({
      ...question,
      costs: costs.slice(0, 1),
      reading,
      readMs: minutes(6),
      budgetMs: minutes(7),
    });
    expect(all.wholeFromMs).toBeLessThan(minutes(7));
    expect(all).toMatchObject({ readMs: minutes(6) });
  });

  test('what brings less and takes longest waits for time for everything, unless there is nothing else to keep', () => {
    const why = 'With so many rows a label it brings less.';
    const costs = DRAWN.map((cost) => (cost.rung === 'few' ? { ...cost, late: why } : cost));
    const of = (budgetMs: number | null, own = costs) =>
      planLadder({ ...question, costs: own, budgetMs }).rungs.find(({ rung }) => rung === 'few');
    const { wholeFromMs } = planLadder({ ...question, costs });
    expect(of(minutes(30))).toMatchObject({ first: null, out: why });
    expect(of(wholeFromMs - 1)).toMatchObject({ first: null, out: why });
    expect(of(wholeFromMs)).toMatchObject({ first: 'whole', out: null });
    expect(of(null)).toMatchObject({ first: 'whole', out: null });
    const alone = costs.filter(({ rung }) => rung === 'few').map((cost) => ({ ...cost, wholeMs: minutes(5) }));
    expect(of(minutes(7), alone)).toMatchObject({ first: 'whole', out: null });
  });

  test('a quarter of few rows says nothing: two folds instead; of two folds one', () => {
    expect(looks({ rows: 300 })).not.toContain('rows');
    expect(looks({ labels: 100 })).not.toContain('rows');
    expect([lookFolds(5), lookFolds(3), lookFolds(2)]).toEqual([2, 2, 1]);
    expect([canShare({ rows: 400, labels: 2 }, 0.25), canShare({ rows: 399, labels: 2 }, 0.25)]).toEqual([true, false]);
    expect(canShare({ rows: 12, labels: 2 }, 1)).toBe(true);
    // Five rows a label.
    expect([canShare({ rows: 10_000, labels: 500 }, 0.25), canShare({ rows: 9999, labels: 500 }, 0.25)]).toEqual([
      true,
      false,
    ]);
    expect(() => planLadder({ ...question, folds: 1 })).toThrow(AppError);
  });

  test('what takes as long on a quarter of the rows is looked at on two folds, and counts whole where it leads', () => {
    const counted = DRAWN.map((cost) => ({ ...cost, scales: cost.rung !== 'adapter' }));
    const { rungs } = planLadder({ ...question, costs: counted, budgetMs: minutes(40) });
    expect(rungs.map(({ first }) => first).slice(-2)).toEqual(['folds', 'rows']);
    // It may lead till then: on the quarter it takes what it takes.
    expect(rungs[6]?.firstMs).toBe(minutes(19, 40) / 4 + minutes(15, 30));
    expect([costShare({ scales: false }, 0.25), costShare({}, 0.25), costShare({ scales: true }, 0.5)]).toEqual([
      1, 0.25, 0.5,
    ]);
  });
});
