/** A search before it begins: its budget drawn to scale, its rungs with what each gets. */
import { describe, expect, test } from 'vitest';
import { planLadder } from '../../../../src/core/search/plan';
import { rungsOf } from '../../../../src/core/search/rung';
import { budgetMs, budgetParts, clock, lookWords, plannedRows } from '../../../../src/ui/screens/train/find-words';
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

test('rungs stand in the order of the plan, each with what it gets; before it was measured, in their own', () => {
  const rungs = rungsOf('classification', { layers: 6 });
  expect(plannedRows(rungs, null).map(({ id, planned }) => [id, planned])).toEqual(rungs.map(({ id }) => [id, null]));
  const lines = plannedRows(rungs, planFor(30));
  expect(lines.map(({ title }) => title)).toEqual(DRAWN.map(({ title }) => title));
  const words = lines.map(({ planned }) => planned && lookWords(planned));
  expect(words[0]).toBe('whole');
  expect(words).toContain('a quarter of the rows first');
  const left = plannedRows(rungs, planFor(2)).map(({ planned }) => planned && lookWords(planned));
  expect(left.at(-1)).toMatch(/^left out\. No time in 2 min/);
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
