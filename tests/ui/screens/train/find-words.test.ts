/** A search before it begins: its budget drawn to scale, its rungs with what each gets. */
import { describe, expect, test } from 'vitest';
import { planLadder } from '../../../../src/core/search/plan';
import type { Rung } from '../../../../src/core/search/rung';
import { budgetMs, budgetParts, clock, planOf, rungLines } from '../../../../src/ui/screens/train/find-words';
import { DRAWN, minutes } from '../../../core/search/sample';

const planFor = (budget: number | null) =>
  planLadder({
    ...{ costs: DRAWN, folds: 5, rows: 1240, labels: 6, readMs: 0, memoryBytes: null },
    budgetMs: budgetMs(budget),
  });

describe('the budget', () => {
  test('goes to cheap rungs, dear ones, settings and the final fit, to scale, and fills the width', () => {
    const parts = budgetParts(planFor(30));
    expect(parts.map(({ kind }) => kind)).toEqual(['cheap', 'cv', 'held']);
    expect(parts.at(-1)?.words).toBe('3:06, held back');
    const last = parts.at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeCloseTo(100, 6);
    const [cheap, dear] = parts;
    expect((dear?.width ?? 0) / (dear?.ms ?? 1)).toBeCloseTo((last?.width ?? 0) / (last?.ms ?? 1), 6);
    expect(cheap?.ms).toBe(minutes(0, 58));
    expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(minutes(30));
  });

  test('where all has room, what is left is for settings; without a limit nothing is left, and nothing is dear', () => {
    expect(budgetParts(planFor(120)).map(({ kind }) => kind)).toEqual(['cheap', 'look', 'held']);
    expect(budgetParts(planFor(null)).map(({ kind }) => kind)).toEqual(['cheap', 'held']);
    expect(budgetParts(planFor(0))).toEqual([]);
  });
});

describe('the rungs', () => {
  const measured = { costs: DRAWN, folds: 5, rows: 1240, labels: 6, readMs: 0, memoryBytes: null };
  // As a task lists them, dear ones among them.
  const rungs = DRAWN.map(({ rung, title }): Rung => ({
    ...{ id: rung, title, note: `what ${title} is`, searched: [] },
    work: { kind: 'method', method: 'features' },
  })).reverse();
  const linesFor = (budget: number | null, takes: (rung: string) => boolean = () => true) =>
    rungLines(rungs, { measured, plan: planOf(measured, budget, takes), takes });

  test('stand in the order of their cost, each with what it gets; before they were measured, in their own', () => {
    const before = rungLines(rungs, { measured: undefined, plan: null, takes: () => true });
    expect(before.map(({ id, look, wholeMs }) => [id, look, wholeMs])).toEqual(rungs.map(({ id }) => [id, '', null]));
    const lines = linesFor(30);
    expect(lines.map(({ id }) => id)).toEqual(DRAWN.map(({ rung }) => rung));
    expect(lines.map(({ wholeMs }) => wholeMs)).toEqual(DRAWN.map(({ foldMs }) => 5 * foldMs));
    expect(lines[0]).toMatchObject({ look: 'whole', note: 'what names is', out: false });
    expect(lines.map(({ look }) => look)).toContain('a quarter of the rows first');
    expect(linesFor(2).at(-1)).toMatchObject({ out: true, takes: true });
    expect(linesFor(2).at(-1)?.look).toMatch(/^left out\. No time in 2 min/);
  });

  test('one that a person leaves out keeps its place and its minutes, and its time goes to the others', () => {
    const cheap = linesFor(10, (rung) => !['everything', 'adapter'].includes(rung));
    expect(cheap.map(({ id }) => id)).toEqual(DRAWN.map(({ rung }) => rung));
    expect(cheap.at(-1)).toMatchObject({ takes: false, look: '', out: false, wholeMs: minutes(19, 40), bytes: 1.1e9 });
    expect(linesFor(10).find(({ id }) => id === 'top')?.look).not.toBe('2 folds first');
    expect(cheap.find(({ id }) => id === 'top')?.look).toBe('a quarter of the rows first');
    expect(planOf(measured, 10, () => false)?.rungs).toEqual([]);
  });

  test('what cannot be done here has no minutes', () => {
    const costs = DRAWN.map((cost) => (cost.rung === 'top' ? { ...cost, unfit: 'No room.' } : cost));
    const plan = planOf({ ...measured, costs }, null, () => true);
    const top = rungLines(rungs, { measured: { ...measured, costs }, plan, takes: () => true }).find(
      ({ id }) => id === 'top',
    );
    expect(top).toMatchObject({ wholeMs: null, look: 'left out. No room.', out: true });
  });
});

test('a clock as on a watch', () => {
  expect([20, 400, minutes(0, 8), minutes(15, 30), minutes(65)].map(clock)).toEqual([
    'under 0.1 s',
    '0.4 s',
    '0:08',
    '15:30',
    '1:05:00',
  ]);
});
