import { describe, expect, test } from 'vitest';
import { ladderOutcome } from '../../../src/core/search/outcome';
import { planLadder } from '../../../src/core/search/plan';
import { bestOf, cheapestNotWorse, type Contender, nestedAnswers } from '../../../src/core/search/recommend';
import { ladderWords } from '../../../src/core/search/words';
import { answersOf, Bench, byLot, costOf, judgeOf, minutes, type Rungs } from './sample';
import { nextMove } from '../../../src/core/search/next-move';
import { commonestAnswers, type Judge } from '../../../src/core/search/answers';

const judge = judgeOf(1000, 5);
const RUNGS = ['names', 'words', 'features', 'few', 'top', 'everything'];
const COSTS = RUNGS.map((rung, i) => costOf(rung, 1000 * 10 ** i));

const allBut = (wrong: number) => (row: number) => Math.floor(row / 5) % 100 < 100 - wrong;
const contender = (id: string, right: (row: number) => boolean, own: Judge = judge): Contender => ({
  id,
  folds: answersOf(own, right),
});

/** These rungs, all of them whole. */
function found(rungs: Rungs, own: Judge = judge) {
  const costs = COSTS.filter(({ rung }) => rung in rungs);
  const rows = own.truth.length;
  const plan = planLadder({ costs, folds: own.folds, rows, labels: 2, readMs: 0, budgetMs: null, memoryBytes: null });
  const bench = new Bench(plan, own, rungs);
  const folds = Array.from({ length: own.folds }, (_, fold) => fold);
  for (const { rung } of plan.rungs) bench.fit({ trial: { rung, candidate: 0, share: 1 }, folds });
  return { plan, bench, outcome: ladderOutcome(plan, own, bench.seen) };
}

describe('the rung to use', () => {
  test('is the cheapest within a point of the best, or not likely behind by more', () => {
    const [low, near, best] = [
      contender('low', allBut(20)),
      contender('near', allBut(10)),
      contender('best', allBut(10)),
    ];
    expect(cheapestNotWorse(judge, [low, near, best]).id).toBe('near');
    // Dearest first: cost decides among equals, not skill.
    expect(cheapestNotWorse(judge, [best, near, low]).id).toBe('best');
    expect(bestOf(judge, [near, best]).id).toBe('near');
    // Two points that rows cannot tell from chance do not buy minutes.
    const tossed = contender('tossed', (row) => (row % 50 === 0 ? true : row % 47 === 0 ? false : allBut(10)(row)));
    expect(cheapestNotWorse(judge, [near, tossed]).id).toBe('near');
    expect(() => bestOf(judge, [])).toThrow();
  });

  test('the figure is of choices made without the fold that they answer', () => {
    // Each is perfect on one fold and poor on the rest, so whatever looks best without a fold is poor on it.
    const lucky = [0, 1, 2, 3, 4].map((own) => contender(String(own), (row) => row % 5 === own || allBut(40)(row)));
    const flattered = bestOf(judge, lucky);
    const { folds, chosen } = nestedAnswers(judge, lucky, bestOf);
    expect(folds.map(({ fold }) => fold)).toEqual([0, 1, 2, 3, 4]);
    expect(chosen).toEqual(['1', '0', '0', '0', '0']);
    const right = (fold: (typeof folds)[number]) =>
      fold.answers.filter((answer, i) => answer === judge.truth[fold.rows[i] ?? 0]).length;
    expect(folds.map(right)).toEqual([120, 120, 120, 120, 120]);
    expect(flattered.folds.map(right)).toContain(200);
  });

  test('and its words: what was gained, for what, and what is left of the others', () => {
    const { plan, outcome } = found({ words: allBut(20), features: allBut(12), top: allBut(4), everything: allBut(4) });
    if (outcome === null) throw new Error('All rungs are done.');
    expect(outcome).toMatchObject({ recommended: 'top', over: 'features', candidate: 0, search: null });
    expect(outcome.nested.score).toBeCloseTo(0.96, 10);
    expect(new Set(outcome.nested.chosen)).toEqual(new Set(['top']));
    const { sentence, detail, notes } = ladderWords(plan, judge, outcome);
    expect(sentence).toMatch(
      /^Use top: 8\.0 points over features, 95 % interval \+[\d.]+ to \+[\d.]+, for 3 h 20 min\.$/,
    );
    expect(detail.join(' ')).toMatch(/^everything takes 33 h 20 min and gained 0\.0 points on all 5 folds/);
    expect(notes).toEqual(['Quote 96.0 % accuracy: the choice made without each fold, judged on it.']);
  });

  test('where nothing is gained the cheapest is told of, and no gain', () => {
    const { plan, outcome } = found({ names: allBut(10), words: allBut(10), features: allBut(30) });
    if (outcome === null) throw new Error('All rungs are done.');
    expect(outcome).toMatchObject({ recommended: 'names', over: null, gain: null });
    expect(ladderWords(plan, judge, outcome).sentence).toBe(
      'Use names: it is the cheapest that was measured, and nothing else is likely to be a point better.',
    );
  });

  test('what is not above always giving the commonest label is no gain, however far it is above a cheaper rung', () => {
    const ofTwenty = (row: number): number => Math.floor(row / 5) % 20;
    const uneven = judgeOf(1000, 5, {
      truth: Int32Array.from({ length: 1000 }, (_, row) => Number(ofTwenty(row) % 10 === 9)),
    });
    const constant = (row: number): boolean => uneven.truth[row] === 0;
    const names = byLot(0.5, 1);
    const level = found({ names, words: constant }, uneven);
    expect(level.outcome).toMatchObject({
      recommended: 'words',
      over: 'names',
      floor: { label: 'a', gain: { mean: 0 } },
    });
    expect(level.outcome?.gain?.ci95[0]).toBeGreaterThan(0.3);
    const wordsOf = ({ plan, outcome }: typeof level) => outcome && ladderWords(plan, uneven, outcome).sentence;
    expect(wordsOf(level)).toMatch(
      /^No rung is proved better than always answering «a»: words, the one to use, is level with it, 95 % interval −0\.\d to \+0\.\d\.$/,
    );
    // Half of the rare label is found, nothing else lost: told against what is harder to beat.
    const better = found({ names, features: (row) => constant(row) || ofTwenty(row) === 9 }, uneven);
    expect(wordsOf(better)).toMatch(/^Use features: 5\.0 points over always answering «a», 95 % interval \+[\d.]+ to /);
    const below = found({ names: (row) => constant(row) && ofTwenty(row) !== 0 }, uneven);
    expect(wordsOf(below)).toMatch(/^No rung .* «a»: names, the one to use, is 5\.0 points behind it, 95 % interval −/);
  });

  test('the commonest label is that of the other folds: a fold does not tell its own', () => {
    // Of 6 rows in 2 folds: a a b in the first, b b b in the second.
    const own: Judge = { ...judgeOf(6, 2), truth: Int32Array.of(0, 1, 0, 1, 1, 1) };
    const { label, folds } = commonestAnswers(
      own,
      answersOf(own, () => true),
    );
    expect([label, ...folds.map(({ answers }) => [...answers])]).toEqual(['b', [1, 1, 1], [0, 0, 0]]);
  });

  test('a rung that was left out, or seen on a part, is said to be', () => {
    const costs = [
      costOf('names', 10, { unfit: 'The labels are no words.' }),
      costOf('features', 1000),
      costOf('top', minutes(8), { title: 'Top layers' }),
    ];
    const plan = planLadder({
      costs,
      folds: 5,
      rows: 1000,
      labels: 2,
      readMs: 0,
      budgetMs: minutes(6),
      memoryBytes: null,
    });
    const bench = new Bench(plan, judge, { features: allBut(20), top: allBut(10) });
    for (let move = nextMove(plan, judge, [], 0); move; move = nextMove(plan, judge, bench.seen, bench.spentMs))
      bench.fit(move);
    const outcome = ladderOutcome(plan, judge, bench.seen);
    if (outcome === null) throw new Error('One rung is done.');
    expect(outcome.recommended).toBe('features');
    const { detail, notes } = ladderWords(plan, judge, outcome);
    expect(detail).toEqual([
      expect.stringMatching(
        /^Top layers takes .* on a quarter of the rows \(.*\): it was seen on a part only, and may still be better\.$/,
      ),
    ]);
    expect(notes).toContain('names was left out. The labels are no words.');
    // Of several the table has the reasons; what there was no time for is one sentence.
    const out = costs.map((cost) => (cost.rung === 'features' ? cost : { ...cost, unfit: 'No room.' }));
    const short = planLadder({ ...plan, costs: [...out, costOf('few', 20), costOf('full', 30)], memoryBytes: null });
    const few = new Bench(short, judge, { features: allBut(20) });
    few.fit({ trial: { rung: 'features', candidate: 0, share: 1 }, folds: [0, 1, 2, 3, 4] });
    const found = ladderOutcome(short, judge, few.seen);
    expect(found && ladderWords(short, judge, found).notes.slice(1)).toEqual([
      '2 rungs were left out, each for a reason in the table: names and top layers.',
      'There was no time for few and full.',
    ]);
  });

  test('before one rung is done there is none to use', () => {
    const plan = planLadder({
      costs: COSTS,
      folds: 5,
      rows: 1000,
      labels: 2,
      readMs: 0,
      budgetMs: null,
      memoryBytes: null,
    });
    expect(ladderOutcome(plan, judge, [])).toBeNull();
    const bench = new Bench(plan, judge, { names: allBut(1) });
    bench.fit({ trial: { rung: 'names', candidate: 0, share: 1 }, folds: [0, 1] });
    expect(ladderOutcome(plan, judge, bench.seen)).toBeNull();
  });
});

describe('a rung that leaves no model', () => {
  /** Words leave none, and come first. */
  function beside(rungs: Rungs) {
    const costs = ['words', 'features', 'top'].map((id, i) => costOf(id, 1000 * 10 ** i, { model: id !== 'words' }));
    const shape = { folds: 5, rows: 1000, labels: 2, readMs: 0, budgetMs: null, memoryBytes: null };
    const plan = planLadder({ costs, ...shape });
    const bench = new Bench(plan, judge, rungs);
    const fit = (rung: string, folds = [0, 1, 2, 3, 4]): void =>
      bench.fit({ trial: { rung, candidate: 0, share: 1 }, folds });
    return { plan, bench, fit };
  }

  function ended(rungs: Rungs) {
    const { plan, bench, fit } = beside(rungs);
    for (const { rung } of plan.rungs) fit(rung);
    const outcome = ladderOutcome(plan, judge, bench.seen);
    if (!outcome) throw new Error('All rungs are done.');
    return { plan, outcome, sentence: ladderWords(plan, judge, outcome).sentence };
  }

  test('is not recommended, however good it is; how what is stands beside it is told', () => {
    const { outcome, sentence } = ended({ words: allBut(4), features: allBut(12), top: allBut(8) });
    expect(outcome).toMatchObject({ recommended: 'top', over: 'words' });
    expect(outcome.gain?.mean).toBeCloseTo(-0.04, 10);
    expect(outcome.nested.answeredBy.map(({ rung }) => rung)).toEqual(['top', 'top', 'top', 'top', 'top']);
    expect(outcome.beside.get('words')?.mean).toBeCloseTo(0.04, 10);
    expect(sentence).toMatch(
      /^Use top: words, which leaves no model, is 4\.0 points ahead, 95 % interval \+2\.\d to \+5\.\d\.$/,
    );
  });

  test('is told of where what leaves one is no better than the commonest label, and where it is the dearer one', () => {
    const half = (row: number): boolean => judge.truth[row] === 0;
    const { sentence } = ended({ words: allBut(10), features: half, top: half });
    expect(sentence).toMatch(
      /^No rung that leaves a model is proved better than always answering «a»: features, .* Words, which leaves no model, is 40\.0 points ahead, 95 % interval \+\d/,
    );
    const costs = [costOf('features', 1000), costOf('words', 10_000, { model: false })];
    const shape = { folds: 5, rows: 1000, labels: 2, readMs: 0, budgetMs: null, memoryBytes: null };
    const plan = planLadder({ costs, ...shape });
    const bench = new Bench(plan, judge, { features: allBut(12), words: allBut(4) });
    for (const rung of ['features', 'words'])
      bench.fit({ trial: { rung, candidate: 0, share: 1 }, folds: [0, 1, 2, 3, 4] });
    const outcome = ladderOutcome(plan, judge, bench.seen);
    if (!outcome) throw new Error('All rungs are done.');
    expect(outcome).toMatchObject({ recommended: 'features', over: 'words' });
    const told = ladderWords(plan, judge, outcome);
    expect(told.sentence).toMatch(/^Use features: words, which leaves no model, is 8\.0 points ahead/);
    expect(told.detail.join(' ')).toMatch(
      /^words takes 12 s and gained \+8\.0 points on all 5 folds \(.*\), and leaves no model\.$/,
    );
  });

  test('takes nothing from a gain that is proved, and has its words where none is', () => {
    expect(ended({ words: allBut(20), features: allBut(10), top: allBut(30) }).sentence).toMatch(
      /^Use features: 10\.0 points over words, /,
    );
    const { plan, outcome, sentence } = ended({ words: allBut(10), features: allBut(10), top: allBut(30) });
    // It is no choice: that it would take less time is no news.
    expect(ladderWords(plan, judge, outcome).detail.join(' ')).not.toContain('words takes');
    expect(sentence).toMatch(
      /^Use features, though no gain over words, which leaves no model, is proved: 0\.0 points, /,
    );
  });

  test('does not lead what a dear rung is held against', () => {
    const { plan, bench, fit } = beside({ words: () => true, features: allBut(20), top: allBut(10) });
    const dear = {
      ...plan,
      rungs: plan.rungs.map((rung) => ({ ...rung, ...(rung.rung === 'top' && { first: 'folds' as const }) })),
    };
    fit('words');
    fit('features');
    // Words leave less than a point to gain, and top layers have ten over what would be kept.
    expect(nextMove(dear, judge, bench.seen, 0)?.trial.rung).toBe('top');
    fit('top', [0, 1]);
    expect(nextMove(dear, judge, bench.seen, 0)).toMatchObject({ trial: { rung: 'top' } });
  });

  test('is nothing to end with: there has to be a model', () => {
    const { plan, bench, fit } = beside({ words: allBut(4), features: allBut(4) });
    fit('words');
    fit('features', [0, 1]);
    expect(ladderOutcome(plan, judge, bench.seen)).toBeNull();
  });

  test('each fold is told by whom it was answered, which is not the recommended one everywhere', () => {
    // Without one of the folds on which top layers are ahead, they are no longer likely to be.
    const { outcome } = ended({
      words: allBut(60),
      features: (row) => row % 5 === 0 || allBut(40)(row),
      top: allBut(20),
    });
    expect(outcome.recommended).toBe('top');
    expect(outcome.nested.chosen).toEqual(['top', 'features', 'features', 'features', 'features']);
    expect(outcome.nested.answeredBy.map(({ rung }) => rung)).toEqual(outcome.nested.chosen);
  });

  test('that the gain is told over stands as far behind the answers that it was told by', () => {
    const odd = (own: number) => (row: number) => row % 2 === own || allBut(30)(row);
    const { outcome } = ended({ words: allBut(40), features: odd(0), top: (row) => odd(1)(row) || row % 5 === 0 });
    const behind = outcome.beside.get(outcome.over ?? '');
    expect(behind?.mean).toBeCloseTo(-(outcome.gain?.mean ?? 0), 12);
    expect(behind?.ci95[0]).toBeCloseTo(-(outcome.gain?.ci95[1] ?? 0), 12);
  });
});

describe('honesty', () => {
  const claims = (outcome: ReturnType<typeof found>['outcome']): boolean => (outcome?.gain?.ci95[0] ?? -1) > 0;

  // Slow for a unit test, since it takes 100 searches each to see a claim in every tenth.
  test.each([
    ['200 rows', judgeOf(200, 5), 0.75],
    ['60 rows, labels by lot', judgeOf(60, 3), 0.5],
  ])('six rungs that are equal: a gain is claimed in at most 5 of 100 (%s)', (_, own, chance) => {
    let claimed = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const rungs = Object.fromEntries(RUNGS.map((rung, i) => [rung, byLot(chance, 1000 * seed + i)]));
      if (claims(found(rungs, own).outcome)) claimed++;
    }
    expect(claimed).toBeLessThanOrEqual(5);
  });

  test('the figure to quote is as good as the rungs are, where the best one’s own flatters', () => {
    const own = judgeOf(200, 5);
    let [nested, best] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const rungs = Object.fromEntries(RUNGS.map((rung, i) => [rung, byLot(0.75, 7000 * seed + i)]));
      const { outcome } = found(rungs, own);
      nested += (outcome?.nested.score ?? NaN) / 60;
      best += Math.max(...(outcome?.standings.map(({ score }) => score ?? 0) ?? [])) / 60;
    }
    expect(Math.abs(nested - 0.75)).toBeLessThan(0.01);
    expect(best).toBeGreaterThan(0.78);
  });

  test('a real gain is claimed', () => {
    let claimed = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const rungs = { words: byLot(0.7, 10 * seed), features: byLot(0.9, 10 * seed + 1) };
      if (claims(found(rungs, judgeOf(400, 5)).outcome)) claimed++;
    }
    expect(claimed).toBeGreaterThanOrEqual(18);
  });

  test.each([
    ['12 rows', judgeOf(12, 3)],
    [
      'one label 97 %',
      judgeOf(300, 5, { truth: Int32Array.from({ length: 300 }, (_, row) => Number(row % 33 === 0)) }),
    ],
  ])('%s: a rung is told, no gain is', (_, own) => {
    const { outcome } = found({ words: byLot(0.97, 3), features: byLot(0.98, 4), top: byLot(0.97, 5) }, own);
    expect(outcome?.recommended).toBe('words');
    expect(claims(outcome)).toBe(false);
  });
});
