import { expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import { parseReport } from '../../../src/core/report/parse-report';
import { choiceReason, readersOf, recipeNotes, recipeWords } from '../../../src/core/report/recipes';
import { reportToCsv } from '../../../src/core/report/report-csv';
import { reportToMarkdown } from '../../../src/core/report/report-markdown';
import type { RecipeChoice } from '../../../src/core/recipes/choose';
import { plainRecipe, type Recipe } from '../../../src/core/recipes/recipe';
import type { RecipeOutcome } from '../../../src/core/run/experiment';
import { factGroups } from '../../../src/ui/screens/report/facts';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';

const [MINILM, E5] = ['all-MiniLM-L6-v2', 'multilingual-e5-small'];
const rich: Recipe = { encoders: [MINILM, E5], layers: 3, centred: true, names: 4, chars: 0.1, c: 10 };
const plain = plainRecipe([MINILM]);

function choice(how: RecipeChoice['how']): RecipeChoice {
  const trial = { right: 5, squaredError: 0.1, clearlyWorse: false };
  return {
    ...{ how, recipes: how === 'average' ? [rich, plain] : [rich], innerRows: 6 },
    trials:
      how === 'given'
        ? []
        : [
            { ...trial, recipe: plain, clearlyWorse: true },
            { ...trial, recipe: rich },
          ],
  };
}

/** The baseline's recipes, as the sample's folds have them; the plain one is wrong everywhere. */
function build(how: RecipeChoice['how'] = 'best') {
  const outcome = sampleOutcome();
  const features = outcome.baselines.features_only;
  const wrong = features.map((fold) => ({ ...fold, probabilities: fold.probabilities.map((p) => 1 - p) }));
  const recipes: RecipeOutcome = {
    folds: features.map(({ fold }) => ({ fold, choice: choice(how) })),
    plain: wrong.toReversed(),
    final: choice(how),
    plainTest: outcome.test && outcome.test.baselines.features_only,
  };
  const report = buildReport(
    sampleContext(),
    { ...outcome, recipes },
    { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] },
  );
  if (!report?.recipes) throw new Error('no report of recipes');
  return { report, recipes: report.recipes };
}

test('a recipe is told in words', () => {
  expect(recipeWords(plain)).toBe('MiniLM L6, last layer');
  expect(recipeWords(rich)).toMatch(
    /^MiniLM L6 and .+, last three layers, centred, with label names, 10 % characters$/,
  );
  expect(recipeWords({ ...plain, encoders: ['gone'] })).toBe('gone, last layer');
  // The usual strength goes without saying, and so does one that is still to be chosen.
  expect(recipeWords({ ...rich, c: 10 / 3 })).toBe(`${recipeWords(rich)}, C\u00a0=\u00a03.3`);
  expect(recipeWords({ ...plain, c: 0.7302 })).toBe('MiniLM L6, last layer, C\u00a0=\u00a00.73');
});

test('a classifier that is held back says so, and what to look at', () => {
  const held = buildWith({ final: { ...choice('best'), heldBack: true } });
  expect(held?.recipes?.final?.held_back).toBe(true);
  expect(held && recipeNotes(held)[1]).toMatch(
    /^The classifier of features only follows single rows less than usual, .* labels overlap, or some are wrong\. /,
  );
  expect(held && parseReport(JSON.parse(JSON.stringify(held)))).toMatchObject({
    recipes: { final: { held_back: true } },
  });
  const usual = buildWith({});
  expect(usual?.recipes?.final).not.toHaveProperty('held_back');
  expect(usual && recipeNotes(usual)).toHaveLength(1);
});

test('the plain recipe is scored on the same folds, whatever their order, and the gain is the choice minus it', () => {
  const { report, recipes } = build();
  const own = report.baselines.features_only?.accuracy.mean ?? NaN;
  expect(recipes.plain.accuracy).toBeCloseTo(1 - own, 10);
  expect(recipes.gain?.accuracy.mean_difference).toBeCloseTo(own - recipes.plain.accuracy, 10);
  expect(recipes.plain_test?.accuracy).toBe(report.test?.baselines.features_only?.accuracy);
  expect(recipes.folds.map(({ fold, how }) => [fold, how])).toEqual(recipes.folds.map((_, i) => [i, 'best']));
  expect(recipes.encoders).toEqual([expect.objectContaining({ id: report.model.id })]);
  expect(parseReport(structuredClone(report))).toEqual(report);
});

test.each([
  ['given', /set by hand/],
  ['best', /the best of 2 by 6 training rows/],
  ['average', /the mean of 2 recipes that 6 rows could not tell apart/],
] as const)('notes say which recipe and why it was taken: %s', (how, why) => {
  const { report } = build(how);
  const [note = ''] = recipeNotes(report);
  expect(note).toMatch(why);
  expect(note).toContain(recipeWords(rich));
  expect(note).toMatch(
    /The plain recipe gave .+ right on the same folds; the choice is .+ points against it, 95 % interval/,
  );
  expect(report.verdict.notes).toContain(note);
});

test('files and facts have the choice, the plain recipe and the gain', () => {
  const { report } = build();
  const csv = reportToCsv(report);
  expect(csv).toContain('recipe,fold 1,how,best');
  expect(csv).toContain('recipe,all training rows,how,best');
  expect(csv).toContain(`plain recipe,folds,accuracy,${report.recipes?.plain.accuracy}`);
  expect(csv).toMatch(/against plain recipe,accuracy,mean_difference,/);
  const markdown = reportToMarkdown(report);
  expect(markdown).toContain('| Recipe of features only | best: ');
  expect(markdown).toMatch(/\| Plain recipe \| .+ % of the folds, .+ % of the test part \|/);
  const group = factGroups(report, null).find(({ title }) => title === 'Features only');
  expect(group?.facts.map(({ name }) => name)).toEqual([
    'Encoders',
    'Given',
    'Why',
    'Plain recipe',
    'Plain, test',
    'Against plain',
  ]);
});

test('a report of a run that chose nothing has none of it', () => {
  const report = buildReport(sampleContext(), sampleOutcome(), {
    createdAt: '2026-01-02T03:04:05Z',
    totalSeconds: 1,
    curve: [],
  });
  expect(report?.recipes).toBeNull();
  if (!report) throw new Error('no report');
  expect(recipeNotes(report)).toEqual([]);
  expect(factGroups(report, null).some(({ title }) => title === 'Features only')).toBe(false);
});

test('each trial is told with what it was judged by', () => {
  const { recipes } = build();
  const trial = { right: 5, squared_error: 0.1 };
  expect(recipes.final).toEqual({
    how: 'best',
    recipes: [recipeWords(rich)],
    judged_by_rows: 6,
    trials: [
      { ...trial, recipe: recipeWords(plain), clearly_worse: true },
      { ...trial, recipe: recipeWords(rich), clearly_worse: false },
    ],
  });
});

/** What `build` makes, with other recipes. */
function buildWith(change: Partial<RecipeOutcome>) {
  const outcome = sampleOutcome();
  const features = outcome.baselines.features_only;
  const recipes: RecipeOutcome = {
    folds: features.map(({ fold }) => ({ fold, choice: choice('best') })),
    plain: features,
    final: choice('best'),
    plainTest: null,
    ...change,
  };
  return buildReport(
    sampleContext(),
    { ...outcome, recipes },
    { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] },
  );
}

test('where the final fit is missing, the first fold says what was given', () => {
  const report = buildWith({ final: null });
  if (!report) throw new Error('no report');
  expect(recipeNotes(report)[0]).toContain(`Features only was given ${recipeWords(rich)} (the best of 2`);
  expect(reportToMarkdown(report)).toContain(`| Recipe of features only | best: ${recipeWords(rich)} |`);
  expect(reportToCsv(report)).not.toContain('recipe,all training rows');
});

test('without a test part nothing is said of the plain recipe there', () => {
  const report = buildWith({});
  if (!report) throw new Error('no report');
  expect(report.recipes?.plain_test).toBeNull();
  expect(reportToMarkdown(report)).toMatch(/\| Plain recipe \| [\d.]+ % of the folds \|/);
  expect(reportToCsv(report)).not.toContain('plain recipe,test');
});

test.each([
  [3, false],
  [4, true],
])('of %i recipes three are named', (count, more) => {
  const many = Array.from({ length: count }, (_, i): Recipe => ({ ...rich, chars: i / 10 }));
  const report = buildWith({ final: { ...choice('average'), recipes: many } });
  const [note = ''] = report ? recipeNotes(report) : [];
  expect(note).toContain(many.slice(0, 3).map(recipeWords).join('; '));
  expect(note.includes(' and more (')).toBe(more);
  expect(note).toContain(`the mean of ${count} recipes that 6 rows`);
});

test('where the plain recipe has not all folds, nothing is compared', () => {
  expect(buildWith({ plain: sampleOutcome().baselines.features_only.slice(1) })?.recipes).toBeNull();
});

test('no gain is told as none, with its interval', () => {
  const report = buildWith({});
  const gain = report?.recipes?.gain?.accuracy;
  expect(gain?.mean_difference).toBe(0);
  const csv = report ? reportToCsv(report) : '';
  expect(csv).toContain('against plain recipe,accuracy,mean_difference,0');
  expect(csv).toContain(`against plain recipe,accuracy,ci95_low,${gain?.ci95[0]}`);
  expect(csv).toContain(`against plain recipe,accuracy,ci95_high,${gain?.ci95[1]}`);
  expect(csv).toContain('against plain recipe,macro_f1,mean_difference,0');
});

test('vectors that were joined by hand are told as that, not as too few rows', () => {
  const given = { how: 'given' as const, recipes: ['both'], trials: [], judged_by_rows: 0 };
  expect(choiceReason(given, { recipe: 'plain' })).toBe('set by hand');
  expect(choiceReason(given, { recipe: 'choose' })).toBe('too few rows to choose by');
});

test('who reads: all encoders for features only, the trained one for a method that trains', () => {
  const { report, recipes } = build();
  const encoders = [MINILM, E5].map((id) => ({ id, title: id, sha256: '' }));
  const several = { ...report, recipes: { ...recipes, encoders } };
  expect(readersOf({ ...several, method: 'features' })).toEqual([MINILM, E5]);
  expect(readersOf({ ...several, method: 'top-layers' })).toEqual([report.model.title]);
  expect(readersOf({ ...report, method: 'features', recipes: null })).toEqual([report.model.title]);
});

test('the final fit says what was given, not a fold', () => {
  const report = buildWith({ final: { ...choice('best'), recipes: [plain] } });
  if (!report) throw new Error('no report');
  expect(reportToMarkdown(report)).toContain(`| Recipe of features only | best: ${recipeWords(plain)} |`);
  expect(recipeNotes(report)[0]).toContain(`Features only was given ${recipeWords(plain)} (`);
});

test('all encoders are named with their fingerprints, the trained one first', () => {
  const outcome = sampleOutcome();
  const features = outcome.baselines.features_only;
  const further = { id: E5, title: 'E5', sha256: '0123456789'.repeat(6), parameters: 1, licence: 'MIT' };
  const recipes = { folds: features.map(({ fold }) => ({ fold, choice: choice('best') })), plain: features };
  const report = buildReport(
    sampleContext({ furtherModels: [further] }),
    { ...outcome, recipes: { ...recipes, final: null, plainTest: null } },
    { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] },
  );
  expect(report?.recipes?.encoders.map(({ id }) => id)).toEqual(['tiny', E5]);
  expect(report && reportToMarkdown(report)).toContain('| Encoders | Tiny (cdcdcdcd…), E5 (01234567…) |');
});

test('the plain recipe is scored by fold and by both measures', () => {
  const [first, second] = sampleOutcome().baselines.features_only;
  if (!first || !second) throw new Error('two folds');
  // One fold wholly right, the other wholly wrong: mixed up, both would be half right.
  const right = (rows: Int32Array, ham: boolean) =>
    Float32Array.from([...rows].flatMap((row) => (row < 4 === ham ? [0.9, 0.1] : [0.1, 0.9])));
  const report = buildWith({
    plain: [
      { ...second, probabilities: right(second.rows, false) },
      { ...first, probabilities: right(first.rows, true) },
    ],
  });
  expect(report?.recipes?.plain).toEqual({ accuracy: 0.5, macro_f1: 0.5 });
});

test('a label that training never saw is no answer of the plain recipe, and counts against it', () => {
  const context = sampleContext();
  const outcome = sampleOutcome();
  if (!context.test || !outcome.test) throw new Error('a test part');
  const test = { ...context.test, labels: ['ham', 'spam', 'late'], labelIndices: Int32Array.of(0, 0, 1, 2) };
  const features = outcome.baselines.features_only;
  const report = buildReport(
    { ...context, test },
    {
      ...outcome,
      test: null,
      recipes: {
        folds: features.map(({ fold }) => ({ fold, choice: choice('best') })),
        plain: features,
        final: null,
        // ham, spam, spam, ham: the first and the third are right.
        plainTest: {
          rows: Int32Array.of(0, 1, 2, 3),
          probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4),
        },
      },
    },
    { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] },
  );
  expect(report?.recipes?.plain_test?.accuracy).toBe(0.5);
  // F1 of ham 1/2, of spam 2/3, of the label that is never answered 0.
  expect(report?.recipes?.plain_test?.macro_f1).toBeCloseTo((1 / 2 + 2 / 3 + 0) / 3, 10);
  if (!report) throw new Error('no report');
  expect(reportToCsv(report)).toContain('plain recipe,test,accuracy,0.5');
  const csv = reportToCsv(report);
  expect(csv.indexOf('against plain recipe,accuracy')).toBeLessThan(csv.indexOf('against plain recipe,macro_f1'));
});
