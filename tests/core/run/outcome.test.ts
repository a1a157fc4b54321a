import { expect, test } from 'vitest';
import type { FoldPiece } from '../../../src/core/run/checkpoint';
import {
  concludeRun,
  emptyOutcome,
  lengthNote,
  missingParts,
  noTimings,
  strengthNote,
  unfinishedNote,
} from '../../../src/core/run/outcome';
import type { RecipeChoice } from '../../../src/core/recipes/choose';
import { plainRecipe } from '../../../src/core/recipes/recipe';
import { RunPieces } from '../../../src/core/run/pieces';
import type { TrainedModel } from '../../../src/core/run/trained-model';
import { autoChoices, resolveSettings } from '../../../src/core/settings/defaults';
import { factsOf } from '../../../src/core/settings/facts';
import type { Method, Settings } from '../../../src/core/settings/settings';

test('the length of the final fit is said with the lengths it comes from', () => {
  expect(lengthNote(4, [3, 4, 4.25, 4, 6], 1240)).toBe(
    'The final model trained 4 passes on all 1,240 training rows, the median of the lengths at which the folds were best (3, 4, 4.25, 4, 6).',
  );
  expect(lengthNote(1, [], 40)).toBe(
    'The final model trained 1 pass on all 40 training rows, the planned length, as did every fold: no length was chosen by rows set aside.',
  );
});

test('a C that was chosen is said for every fold and for the fit to all rows', () => {
  expect(
    strengthNote([
      { name: 'word counts', folds: [10, 30], final: 100 },
      { name: 'features only', folds: [10, 1], final: null },
    ]),
  ).toBe(
    'C was chosen on an inner part of each fold’s training rows: word counts 10, 30 (all training rows 100); features only 10, 1.',
  );
  expect(strengthNote([])).toBeNull();
});

test('a model kept after a stop says what it is', () => {
  expect(unfinishedNote([])).toMatch(/first fold/);
  expect(unfinishedNote([{ fold: 1 }])).toMatch(/that of fold 2, trained without/);
  expect(unfinishedNote([{ fold: 1 }, { fold: 2 }])).toMatch(
    /the fold that was finished last, trained without that fold’s rows/,
  );
});

const OUTCOME = { rows: new Int32Array(), probabilities: new Float32Array(), steps: 2, epochs: 1, bestEpoch: 1 };

function piece(id: FoldPiece['id'], fold: number, notes: string[] = [], chosenC: number | null = null): FoldPiece {
  return { id, outcome: { ...OUTCOME, fold, seconds: 1 }, chosenC, notes, trainedParameters: 7 };
}

const MODEL: TrainedModel = {
  labels: ['a', 'b'],
  maxLength: 8,
  head: { weight: new Float32Array(), bias: new Float32Array(), normalised: true },
  encoder: [],
};

function settingsOf(method: Method): Settings {
  const labels = [
    { label: 'a', count: 9 },
    { label: 'b', count: 9 },
  ];
  const evaluation = { folds: 3, test: { kind: 'none' as const } };
  const model = { layers: 2, maxTokens: 8 };
  const facts = factsOf({ rowCount: 18, labels }, null, { backend: 'wasm', evaluation, limit: 0, model });
  return resolveSettings(method, autoChoices(), facts).settings;
}

test('a stopped run keeps the model of a fold, says of every learner which C was chosen, and what is missing', () => {
  const folds = [
    piece('tuned', 1, ['Early stopping was off.']),
    piece('tuned', 0, ['Early stopping was off.']),
    piece('tfidf_logistic_regression', 0, [], 3),
    piece('tfidf_logistic_regression', 1, [], 1),
    piece('features_only', 0, [], 10),
  ];
  const pieces = new RunPieces({ folds, finals: [], fits: [] });
  const plan = { folds: 3, settings: settingsOf('full') };
  const outcome = concludeRun({ pieces, fallback: MODEL, timings: noTimings() }, plan, true);
  expect(outcome.tuned).toBe(MODEL);
  expect(outcome.trainedParameters).toBe(7);
  expect(outcome.folds.map(({ fold }) => fold)).toEqual([0, 1]);
  expect(outcome.notes).toEqual([
    'Early stopping was off.',
    unfinishedNote([{ fold: 0 }, { fold: 1 }]),
    'C was chosen on an inner part of each fold’s training rows: word counts 3, 1; features only 10.',
  ]);
  expect([outcome.complete, outcome.missing]).toEqual([
    false,
    ['some of the baselines', '1 of 3 folds', 'the final fit on all training rows', 'the test part'],
  ]);
});

test('a method that is a baseline itself has its folds once, and misses no baseline', () => {
  const folds = [piece('tuned', 0, [], 10), piece('majority', 0), piece('tfidf_logistic_regression', 0, [], 3)];
  const pieces = new RunPieces({ folds, finals: [], fits: [] });
  const final = { model: MODEL, steps: 0, epochs: 0, trainedParameters: 9, chosenC: 30, notes: [] };
  const plan = { folds: 1, settings: settingsOf('features') };
  const outcome = concludeRun({ pieces, fallback: MODEL, final, timings: noTimings() }, plan, false);
  expect(outcome.complete).toBe(true);
  expect(outcome.baselines.features_only).toEqual([]);
  expect(outcome.base).toBeNull();
  expect(outcome.trainedParameters).toBe(9);
  expect(outcome.notes).toEqual([
    'C was chosen on an inner part of each fold’s training rows: word counts 3; features only 10 (all training rows 30).',
  ]);
});

const CHOICE: RecipeChoice = { recipes: [plainRecipe(['m'])], how: 'given', trials: [], innerRows: 0 };
const OTHER: RecipeChoice = { ...CHOICE, how: 'best', innerRows: 9 };
const withRecipe = (id: FoldPiece['id'], fold: number): FoldPiece => {
  const { outcome, ...rest } = piece(id, fold);
  const rows = Int32Array.of(3 * fold, 3 * fold + 1);
  const answers = { ...outcome, rows, probabilities: Float32Array.of(1, 0, 1, 0) };
  return { ...rest, outcome: answers, recipe: { choice: CHOICE, plain: Float32Array.of(0, 1, 0, fold) } };
};

test('the recipes of a method that is not features only are those of its baseline, with what the plain one answered', () => {
  const folds = [piece('tuned', 0), withRecipe('features_only', 1), withRecipe('features_only', 0)];
  const recipe = { choice: OTHER, plain: Float32Array.of(0.1, 0.9, 0.2, 0.8, 0.3, 0.7) };
  const last = { id: 'features_only' as const, probabilities: new Float32Array(6), chosenC: null, seconds: 1 };
  const pieces = new RunPieces({ folds, finals: [{ ...last, model: MODEL, recipe }], fits: [] });
  const plan = { folds: 2, settings: settingsOf('full') };
  const { recipes, base } = concludeRun({ pieces, fallback: null, timings: noTimings() }, plan, true);
  expect(base).toBe(MODEL);
  expect(recipes?.folds).toEqual([
    { fold: 0, choice: CHOICE },
    { fold: 1, choice: CHOICE },
  ]);
  expect(recipes?.plain.map(({ fold, rows, probabilities }) => [fold, [...rows], [...probabilities]])).toEqual([
    [0, [0, 1], [0, 1, 0, 0]],
    [1, [3, 4], [0, 1, 0, 1]],
  ]);
  expect(recipes?.final).toBe(OTHER);
  // Two labels: six answers are three rows of the test part.
  expect(recipes?.plainTest).toEqual({ rows: Int32Array.of(0, 1, 2), probabilities: recipe.plain });
});

test('those of features only are its own, and a run without a test part has no plain answers to it', () => {
  const pieces = new RunPieces({ folds: [withRecipe('tuned', 0)], finals: [], fits: [] });
  const plan = { folds: 1, settings: settingsOf('features') };
  const final = { model: MODEL, steps: 0, epochs: 0, trainedParameters: 9, chosenC: null, notes: [] };
  const recipe = { choice: OTHER, plain: new Float32Array() };
  const whole = concludeRun(
    { pieces, fallback: MODEL, final: { ...final, recipe }, timings: noTimings() },
    plan,
    false,
  );
  expect(whole.recipes).toMatchObject({ folds: [{ fold: 0, choice: CHOICE }], final: OTHER, plainTest: null });
  // A final fit alone, whose folds were not kept, still says which recipe it took.
  const none = new RunPieces({ folds: [], finals: [], fits: [] });
  const alone = concludeRun(
    { pieces: none, fallback: null, final: { ...final, recipe }, timings: noTimings() },
    plan,
    false,
  );
  expect(alone.recipes).toMatchObject({ folds: [], final: OTHER });
});

test('without a recipe there is nothing to say of one', () => {
  const pieces = new RunPieces({ folds: [piece('tuned', 0)], finals: [], fits: [] });
  const plan = { folds: 2, settings: settingsOf('full') };
  expect(concludeRun({ pieces, fallback: null, timings: noTimings() }, plan, false).recipes).toBeNull();
});

test('what a run has at its end: the final model, its length, and what was trained, whichever part gave it', () => {
  const plan = { folds: 2, settings: settingsOf('full') };
  const none = new RunPieces({ folds: [], finals: [], fits: [] });
  const stopped = concludeRun(
    { pieces: none, fallback: MODEL, fallbackParameters: 5, timings: noTimings() },
    plan,
    false,
  );
  expect(stopped).toMatchObject({ finalFit: false, finalSteps: 0, finalEpochs: 0, trainedParameters: 5, test: null });
  expect(stopped.notes).toEqual([unfinishedNote([])]);
  const cut = concludeRun({ pieces: none, fallback: null, timings: noTimings() }, plan, false);
  expect([cut.tuned, cut.trainedParameters, cut.notes]).toEqual([null, 0, []]);
  const other = { ...MODEL, maxLength: 9 };
  const final = { model: other, steps: 12, epochs: 3, trainedParameters: 9, chosenC: null, notes: ['Said.', 'Said.'] };
  const ended = concludeRun({ pieces: none, fallback: MODEL, final, timings: noTimings() }, plan, false);
  expect(ended).toMatchObject({ finalFit: true, finalSteps: 12, finalEpochs: 3, trainedParameters: 9 });
  expect([ended.tuned, ended.notes]).toEqual([other, ['Said.']]);
});

test('a test part is missing where there is one and it was not answered', () => {
  const plan = { folds: 1, settings: settingsOf('features') };
  const outcome = { ...emptyOutcome(), finalFit: true };
  expect(missingParts(outcome, plan, true)).toEqual(['some of the baselines', '1 of 1 fold', 'the test part']);
  expect(missingParts(outcome, plan, false)).toEqual(['some of the baselines', '1 of 1 fold']);
});
