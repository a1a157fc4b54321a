/** The table of a search, as it fills and at its end; and the rungs that take part. */
import { describe, expect, test } from 'vitest';
import type { ClassificationMetricId } from '../../../src/core/metrics/registry';
import { gainOver } from '../../../src/core/search/answers';
import { behindMove, msOf, nextMove } from '../../../src/core/search/next-move';
import { ladderOutcome } from '../../../src/core/search/outcome';
import { findsModel, planLadder, withModels } from '../../../src/core/search/plan';
import { choiceFault, chosenRungs, type Rung, rungsOf, sharedMethod } from '../../../src/core/search/rung';
import { ladderTable, nowOf, scoreInterval } from '../../../src/core/search/table';
import { trialAt, trialNumber } from '../../../src/core/search/trials';
import { answersOf, Bench, costOf, judgeOf, minutes, type Rungs } from './sample';

const judge = judgeOf(1000, 5);
const FOLDS = [0, 1, 2, 3, 4];
const allBut = (wrong: number) => (row: number) => Math.floor(row / 5) % 100 < 100 - wrong;

const rung = (id: string, kind: 'method' | 'baseline'): Rung => ({
  ...{ id, title: id, note: `what ${id} is`, searched: [] },
  work: kind === 'method' ? { kind, method: id } : { kind, id: 'tfidf_logistic_regression' },
});
const RUNGS = [rung('words', 'baseline'), rung('features', 'method'), rung('top', 'method')];
const COSTS = RUNGS.map(({ id, work }, i) => costOf(id, 1000 * 10 ** i, { model: work.kind === 'method' }));

function bench(rungs: Rungs, budgetMs: number | null = null) {
  const shape = { folds: 5, rows: 1000, labels: 2, readMs: 0, memoryBytes: null };
  const plan = planLadder({ costs: COSTS, ...shape, budgetMs });
  return { plan, bench: new Bench(plan, judge, rungs) };
}

describe('the table', () => {
  test('tells of each rung what it was seen on, its interval and its gain, and of a part that it is one', () => {
    const { plan, bench: own } = bench({ words: allBut(20), features: allBut(10), top: allBut(5) });
    for (const id of ['words', 'features']) own.fit({ trial: { rung: id, candidate: 0, share: 1 }, folds: FOLDS });
    const move = { trial: { rung: 'top', candidate: 0, share: 1 } as const, folds: [0, 1] };
    own.fit(move);
    const table = ladderTable({ plan, judge, seen: own.seen, readMs: 2000 }, RUNGS);
    expect(table).toMatchObject({ budget: null, folds: 5, metric: 'accuracy', leads: 'features' });
    expect(table.rungs.map(({ rung: id, whole, seen, over }) => [id, whole, seen, over])).toEqual([
      ['words', true, 'all 5 folds', null],
      ['features', true, 'all 5 folds', 'words'],
      ['top', false, '2 of 5 folds', 'features'],
    ]);
    const [words, features, top] = table.rungs;
    expect(words?.gain).toBeNull();
    expect(features?.gain?.mean).toBeCloseTo(0.1, 10);
    expect(features?.note).toBe('what features is');
    for (const row of [words, features, top]) {
      const [low, high] = row?.ci95 ?? [1, 0];
      expect(low).toBeLessThan(row?.score ?? 0);
      expect(high).toBeGreaterThan(row?.score ?? 1);
    }
    expect(table.seconds).toBeCloseTo(2 + own.spentMs / 1000, 10);
    expect(nowOf(move, own.seen, null)).toEqual({ rung: 'top', candidate: 0, tries: 0, done: 2, share: 1 });
    const tried = { trial: { ...move.trial, candidate: 1 }, folds: [0] };
    expect(nowOf(tried, own.seen, { rung: 'top', tries: 4 }, 'E5')).toMatchObject({ tries: 4, done: 0, encoder: 'E5' });
  });

  test('has every fold with what the rung before it answered there, and how far each is behind the one that leads', () => {
    const { plan, bench: own } = bench({ words: allBut(20), features: allBut(10), top: allBut(5) });
    for (const id of ['words', 'features']) own.fit({ trial: { rung: id, candidate: 0, share: 1 }, folds: FOLDS });
    own.fit({ trial: { rung: 'top', candidate: 0, share: 1 }, folds: [0, 1] });
    const [words, features, top] = ladderTable({ plan, judge, seen: own.seen, readMs: 0 }, RUNGS).rungs;
    expect(words?.scores?.map(({ before }) => before)).toEqual([null, null, null, null, null]);
    expect(top?.scores?.map(({ fold, rows, seconds }) => [fold, rows, seconds])).toEqual([
      [0, 200, 20],
      [1, 200, 20],
    ]);
    for (const [row, score, before] of [
      [features, 0.9, 0.8],
      [top, 0.95, 0.9],
    ] as const) {
      for (const one of row?.scores ?? []) {
        expect(one.score).toBeCloseTo(score, 10);
        expect(one.before).toBeCloseTo(before, 10);
      }
    }
    // Features lead: what was seen on a part does not.
    expect(features?.best).toBeNull();
    expect(words?.best?.mean).toBeCloseTo(-0.1, 10);
    expect(top?.best?.mean).toBeCloseTo(0.05, 10);
    expect(top).toMatchObject({ share: 1, planned: 100 });
  });

  test('a look at a quarter of the rows is held against a quarter of the one that leads', () => {
    const { plan, bench: own } = bench({ features: allBut(10), top: allBut(5) });
    own.fit({ trial: { rung: 'features', candidate: 0, share: 1 }, folds: FOLDS });
    const topRow = () => ladderTable({ plan, judge, seen: own.seen, readMs: 0 }, RUNGS).rungs[2];
    own.fit({ trial: { rung: 'top', candidate: 0, share: 0.25 }, folds: FOLDS });
    expect(topRow()).toMatchObject({ share: 0.25, best: null, gain: null });
    expect(topRow()?.scores?.map(({ rows, before }) => [rows, before])).toEqual(FOLDS.map(() => [50, null]));
    own.fit({ trial: { rung: 'features', candidate: 0, share: 0.25 }, folds: FOLDS });
    expect(topRow()?.best?.mean).toBeCloseTo(topRow()?.gain?.mean ?? 1, 12);
    expect(topRow()?.scores?.every(({ before }) => before !== null)).toBe(true);
  });

  test('says what a stop would keep: of what is whole and leaves a model the cheapest that is not worse, as its end does', () => {
    const rungs = { words: allBut(1), features: allBut(10), top: allBut(10) };
    const { plan, bench: own } = bench(rungs);
    const keeps = () => ladderTable({ plan, judge, seen: own.seen, readMs: 0 }, RUNGS).keeps;
    own.fit({ trial: { rung: 'words', candidate: 0, share: 1 }, folds: FOLDS });
    expect(keeps()).toBeNull();
    for (const id of ['features', 'top']) own.fit({ trial: { rung: id, candidate: 0, share: 1 }, folds: FOLDS });
    expect(keeps()).toBe('features');
    expect(ladderOutcome(plan, judge, own.seen)?.recommended).toBe('features');
  });

  test('an interval stays within 0 and 1, and is as wide as the rows demand where folds agree', () => {
    const few = judgeOf(15, 5);
    const metrics: ClassificationMetricId[] = ['accuracy', 'macro_f1'];
    for (const metric of metrics) {
      const [low, high] = scoreInterval(
        { ...few, metric },
        answersOf(few, () => true),
      );
      expect(high).toBe(1);
      expect(low).toBeGreaterThan(0.4);
      expect(low).toBeLessThan(0.9);
      // A label that none of these rows has, and none was given, is no label that was missed.
      const more = { ...few, metric, labels: [...few.labels, 'rare'] };
      expect(
        scoreInterval(
          more,
          answersOf(few, () => true),
        ),
      ).toEqual([low, high]);
    }
  });
});

test('no interval of a difference goes beyond what scores can differ by, by folds or by rows', () => {
  const few = judgeOf(6, 3);
  const [right, wrong] = [answersOf(few, () => true), answersOf(few, (row) => row % 3 === 0)];
  for (const by of ['folds', 'rows'] as const) {
    expect(gainOver(few, wrong, right, by)?.ci95[1]).toBe(1);
    expect(gainOver(few, right, wrong, by)?.ci95[0]).toBe(-1);
  }
});

test('what stands behind a move is what is left of the plan, and never more than the budget holds', () => {
  const rungs = { words: allBut(20), features: allBut(10), top: allBut(5) };
  const { plan, bench: own } = bench(rungs);
  const first = nextMove(plan, judge, own.seen, 0);
  if (!first) throw new Error('There is a first move.');
  // Features, top layers, and the dearest final fit.
  expect(behindMove(plan, judge, { seen: own.seen, spentMs: 0 }, first)).toBeCloseTo(10_000 + 100_000 + 20_000, 6);
  const short = planLadder({ ...plan, costs: COSTS, memoryBytes: null, budgetMs: minutes(1) });
  expect(behindMove(short, judge, { seen: [], spentMs: 0 }, first) + 1000).toBeLessThanOrEqual(minutes(1));
});

test('a try takes as much longer than auto as it computes, whatever of its rung was seen', () => {
  const { plan, bench: own } = bench({ top: allBut(5) });
  const fold = (candidate: number) => ({ trial: { rung: 'top', candidate, share: 1 as const }, folds: [0] });
  const planned = msOf(plan, own.seen, fold(0));
  expect(msOf(plan, own.seen, fold(1), [2.5, 1])).toBeCloseTo(2.5 * planned, 6);
  expect(msOf(plan, own.seen, fold(2), [2.5, 1])).toBeCloseTo(planned, 6);
  // Auto was quicker than planned, and the first try as much longer than that.
  const seen = [0, 1].map((candidate) => ({ ...fold(candidate), folds: [], ms: 0 }));
  const answered = (at: number, ms: number) => ({
    trial: fold(at).trial,
    folds: answersOf(judge, () => true, [0]),
    ms,
  });
  const done = [...seen, answered(0, 600), answered(1, 1500)];
  expect(msOf(plan, done, fold(1), [2.5, 1])).toBeCloseTo(1500, 6);
  expect(msOf(plan, done, fold(2), [2.5, 1])).toBeCloseTo(600, 6);
});

test('a plan that leaves no model is known before it begins; one of an earlier build is told what leaves none', () => {
  const { plan } = bench({});
  expect(findsModel(plan)).toBe(true);
  expect(findsModel(bench({}, 3000).plan)).toBe(false);
  expect(findsModel(bench({}, 0).plan)).toBe(false);
  const earlier = { ...plan, rungs: plan.rungs.map(({ model: _, ...planned }) => planned) };
  expect(withModels(earlier, RUNGS)).toEqual(plan);
});

test('a trial is found again by its number', () => {
  const { plan } = bench({});
  for (const id of ['words', 'features', 'top']) {
    for (const share of [1, 0.5, 0.25] as const) {
      const trial = { rung: id, candidate: 3, share };
      expect(trialAt(plan, trialNumber(plan, trial))).toEqual(trial);
    }
  }
  expect(trialAt(plan, 10_000)).toBeNull();
});

describe('the rungs that take part', () => {
  const all = rungsOf('classification', { layers: 6 });

  test('are all where none are named, else those named in the order of all', () => {
    expect(chosenRungs(all, undefined)).toEqual(all);
    expect(chosenRungs(all, ['full', 'label_names']).map(({ id }) => id)).toEqual(['label_names', 'full']);
  });

  test('one that is none, and those that leave no model, are refused with what to choose', () => {
    expect(() => chosenRungs(all, ['features', 'magic'])).toThrow(
      'There is no rung «magic» here: expected some of label_names,',
    );
    expect(() => chosenRungs(all, [])).toThrow('Choose at least one rung.');
    expect(() => chosenRungs(all, ['label_names', 'tfidf_logistic_regression'])).toThrow('those chosen leave no model');
    expect(choiceFault(chosenRungs(all, ['features']))).toBeNull();
  });
});

test('all rungs share the settings of a method that keeps encoders as they came; written answers are not searched', () => {
  expect(sharedMethod('classification', { layers: 6 })).toBe('features');
  expect(sharedMethod('generation', { layers: 6 })).toBeNull();
  expect(rungsOf('generation', { layers: 6 })).toEqual([]);
});
