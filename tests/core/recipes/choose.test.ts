import { describe, expect, test } from 'vitest';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';
import { createRandom } from '../../../src/core/random';
import { chooseRecipeSteps, givenChoice, type RecipeChoice } from '../../../src/core/recipes/choose';
import type { RecipeCorpus } from '../../../src/core/recipes/encoded-rows';
import { fitRecipesSteps } from '../../../src/core/recipes/fit';
import { answerRecipes } from '../../../src/core/recipes/model';
import { NAME_ROWS, plainRecipe, RECIPE_C } from '../../../src/core/recipes/recipe';
import { allRows, finish, HIDDEN, madeUpCorpus } from './synthetic';

function choose(corpus: RecipeCorpus, rows = allRows(corpus), seed = 1): RecipeChoice {
  return finish(chooseRecipeSteps({ corpus, rows, seed }));
}

/** Share of right answers to rows that were not fitted to. */
function accuracyOn(corpus: RecipeCorpus, rows: Int32Array, asked: Int32Array): number {
  const model = finish(fitRecipesSteps({ corpus, rows, seed: 1 }, choose(corpus, rows)));
  const answers = argmaxRows(answerRecipes(model, corpus.encoded, corpus.texts, asked), corpus.classes);
  return answers.filter((answer, i) => answer === corpus.labels[asked[i] ?? 0]).length / asked.length;
}

describe('the choice of recipes', () => {
  const corpus = madeUpCorpus({ rows: 120, classes: 3 });

  test('leaves out what reads with the encoder that knows nothing, and says so', () => {
    const choice = choose(corpus);
    expect(choice.recipes.every(({ encoders }) => encoders.includes('knows'))).toBe(true);
    const noise = choice.trials.filter(({ recipe }) => recipe.encoders.join() === 'noise');
    expect(noise.length).toBeGreaterThan(0);
    expect(noise.every(({ clearlyWorse }) => clearlyWorse)).toBe(true);
  });

  test('an encoder that alone knows something is found wherever it stands among them', () => {
    const turned = { ...corpus, encoded: [...corpus.encoded].reverse() };
    expect(choose(turned).recipes.some(({ encoders }) => encoders.includes('knows'))).toBe(true);
    expect(choose(turned).trials[0]).toMatchObject({ recipe: { encoders: ['knows'], centred: false } });
  });

  test('the plain recipe is tried before all others, with its figures', () => {
    const { trials, innerRows } = choose(corpus);
    expect(trials[0]?.recipe).toEqual({ encoders: ['noise'], layers: 1, centred: false, names: 0, chars: 0, c: 0 });
    expect(innerRows).toBe(120);
    const best = trials.reduce((a, b) => (b.squaredError < a.squaredError ? b : a));
    expect(best.right).toBeGreaterThan(110);
    expect(trials[0]?.right).toBeLessThan(70);
  });

  test('what only an older layer tells is found in the recipes of three layers', () => {
    const older = madeUpCorpus({ rows: 120, classes: 3, telling: [0] });
    expect(choose(older).recipes.every(({ layers }) => layers === 3)).toBe(true);
    const last = madeUpCorpus({ rows: 120, classes: 3, telling: [2] });
    const errorOf = (wanted: 1 | 3): number => {
      const trial = choose(last).trials.find(({ recipe: { encoders, layers, centred } }) => {
        return encoders.join() === 'knows' && layers === wanted && centred;
      });
      return trial?.squaredError ?? NaN;
    };
    expect(errorOf(1)).toBeLessThan(errorOf(3));
  });

  test('is known to answer new rows right', () => {
    expect(accuracyOn(corpus, allRows(corpus).subarray(0, 60), allRows(corpus).subarray(60))).toBeGreaterThan(0.95);
  });

  test('is the same for the same seed, and by another part of very many rows with another', () => {
    const few = { rows: 50, work: 1e9 };
    const by = (seed: number) => finish(chooseRecipeSteps({ corpus, rows: allRows(corpus), seed }, few));
    expect(by(1)).toEqual(by(1));
    expect(by(2).trials).not.toEqual(by(1).trials);
    expect(Math.abs(by(1).innerRows - 50)).toBeLessThan(5);
  });

  test('rows beside the given ones are never looked at', () => {
    const rows = allRows(corpus).subarray(0, 80);
    const spoilt = {
      ...corpus,
      labels: corpus.labels.map((label, row) => (row < 80 ? label : 0)),
      encoded: corpus.encoded.map(({ means, of }) => {
        const values = means.values.slice();
        values.fill(NaN, 80 * 3 * HIDDEN);
        return { means: { ...means, values }, of };
      }),
    };
    const task = { corpus, rows, seed: 1 };
    expect(choose(spoilt, rows)).toEqual(choose(corpus, rows));
    const choice = choose(corpus, rows);
    expect(finish(fitRecipesSteps({ ...task, corpus: spoilt }, choice))).toEqual(finish(fitRecipesSteps(task, choice)));
  });

  test('holds a classifier back where labels contradict each other, by the more the fewer rows were looked at', () => {
    const clean = madeUpCorpus({ rows: 300, classes: 3, loud: 16 });
    expect(choose(clean)).not.toHaveProperty('heldBack');
    expect(choose(clean).recipes.every(({ c }) => c === RECIPE_C)).toBe(true);
    const random = createRandom(3);
    const labels = clean.labels.map((label) => (random() < 0.3 ? Math.floor(random() * 3) : label));
    const noisy = { ...clean, labels };
    const held = choose(noisy);
    expect(held.heldBack).toBe(true);
    for (const { c } of held.recipes) expect(c).toBeCloseTo(RECIPE_C / 3, 10);
    const part = finish(chooseRecipeSteps({ corpus: noisy, rows: allRows(noisy), seed: 1 }, { rows: 200, work: 1e9 }));
    expect(part.heldBack).toBe(true);
    for (const { c } of part.recipes) expect(c).toBeCloseTo((RECIPE_C / 3) * Math.sqrt(part.innerRows / 300), 10);
  });

  test('says nothing of noise by too few rows', () => {
    const noisy = (rows: number) => choose(madeUpCorpus({ rows, classes: 3, signal: 1 }));
    expect(noisy(60).heldBack).toBe(true);
    expect(noisy(36)).not.toHaveProperty('heldBack');
  });

  test('a stop while the larger penalty is tried ends with the plain recipe', () => {
    let asked = 0;
    const task = { corpus, rows: allRows(corpus), seed: 1 };
    const ended = finish(chooseRecipeSteps({ ...task, shouldStop: () => (asked++, false) }));
    const all = asked;
    expect(all).toBe(ended.trials.length + ended.recipes.length);
    asked = 0;
    const last = finish(chooseRecipeSteps({ ...task, shouldStop: () => ++asked === all }));
    expect(last).toEqual(givenChoice(plainRecipe(['noise'])));
  });

  test('copies do not vouch for each other', () => {
    // Every row twice, and labels by lot: whoever saw the copy answers right.
    const half = madeUpCorpus({ rows: 16, classes: 4, signal: 0 });
    const twice = Int32Array.from({ length: 32 }, (_, row) => row % 16);
    const copied: RecipeCorpus = {
      ...half,
      encoded: half.encoded.map(({ means }) => ({ means, of: twice })),
      texts: Array.from(twice, (row) => half.texts[row] ?? ''),
      labels: twice.map((row) => half.labels[row] ?? 0),
      groups: twice,
    };
    const rightOf = ({ trials }: RecipeChoice): number => Math.max(...trials.map(({ right }) => right));
    const apart = { ...copied, groups: Int32Array.from(twice.keys()) };
    expect(rightOf(choose(apart))).toBeGreaterThan(28);
    expect(rightOf(choose(copied))).toBeLessThan(20);
  });
});

describe('names of labels', () => {
  test('are tried with and without where labels have them', () => {
    const named = madeUpCorpus({ rows: 24, classes: 3, withNames: true });
    const names = choose(named).trials.map(({ recipe }) => recipe.names);
    expect(new Set(names)).toEqual(new Set([0, NAME_ROWS]));
    expect(new Set(choose({ ...named, names: [] }).trials.map(({ recipe }) => recipe.names))).toEqual(new Set([0]));
  });

  test('make room for themselves among the rows that the choice is made by', () => {
    const named = madeUpCorpus({ rows: 120, classes: 6, withNames: true });
    const task = { corpus: named, rows: allRows(named), seed: 1 };
    const judgedBy = (rows: number): number => finish(chooseRecipeSteps(task, { rows, work: 1e9 })).innerRows;
    expect(Math.abs(judgedBy(60) - 54)).toBeLessThan(3);
    expect(Math.abs(judgedBy(10) - 5)).toBeLessThan(3);
  });

  test('of one label among codes are not used', () => {
    const named = madeUpCorpus({ rows: 24, classes: 3, withNames: true });
    const one = named.names.map((own) => ({ ...own, of: own.of.map((text, label) => (label === 1 ? text : -1)) }));
    expect(choose({ ...named, names: one }).trials.every(({ recipe }) => recipe.names === 0)).toBe(true);
  });

  test('that name the wrong labels are left out', () => {
    const named = madeUpCorpus({ rows: 60, classes: 3, withNames: true, signal: 6 });
    const turned = named.names.map((own) => ({ ...own, of: own.of.map((_, label) => (label + 1) % 3) }));
    expect(choose({ ...named, names: turned }).recipes.every(({ names }) => names === 0)).toBe(true);
    expect(choose(named).recipes.every(({ names }) => names === NAME_ROWS)).toBe(true);
  });
});

describe('rows that are hard to choose by', () => {
  test.each([
    ['all of one label', (labels: Int32Array) => labels.fill(1), (groups: Int32Array) => groups],
    ['all of one group', (labels: Int32Array) => labels, (groups: Int32Array) => groups.fill(0)],
  ])('%s: the plain recipe, nothing tried', (_, relabel, regroup) => {
    const corpus = madeUpCorpus({ rows: 12, classes: 2 });
    const odd = { ...corpus, labels: relabel(corpus.labels.slice()), groups: regroup(corpus.groups.slice()) };
    expect(choose(odd)).toMatchObject({ how: 'given', trials: [], recipes: [{ encoders: ['noise'], centred: false }] });
  });

  test('twelve rows with one row in a class are enough to choose and fit', () => {
    const corpus = madeUpCorpus({ rows: 12, classes: 2 });
    const labels = corpus.labels.map((_, row) => Number(row === 4));
    const model = finish(
      fitRecipesSteps({ corpus: { ...corpus, labels }, rows: allRows(corpus), seed: 1 }, choose({ ...corpus, labels })),
    );
    expect(answerRecipes(model, corpus.encoded, corpus.texts, allRows(corpus)).every(Number.isFinite)).toBe(true);
  });

  test('vectors that are not numbers are refused', () => {
    const corpus = madeUpCorpus({ rows: 12, classes: 2 });
    corpus.encoded[1]?.means.values.fill(NaN, 40, 41);
    expect(() => choose(corpus)).toThrow(/finite/);
  });

  test('a stop ends with the plain recipe', () => {
    const corpus = madeUpCorpus({ rows: 40, classes: 2 });
    const choice = finish(chooseRecipeSteps({ corpus, rows: allRows(corpus), seed: 1, shouldStop: () => true }));
    expect(choice.how).toBe('given');
  });

  test('what would take too long to fit gives way to one layer', () => {
    const corpus = madeUpCorpus({ rows: 60, classes: 3, telling: [0] });
    const task = { corpus, rows: allRows(corpus), seed: 1 };
    const layersWithin = (work: number): number[] =>
      finish(chooseRecipeSteps(task, { rows: 600, work })).recipes.map(({ layers }) => layers);
    const all = 60 * 3 * 6 * HIDDEN;
    expect(layersWithin(all)).toContain(3);
    // One layer of both is fitted in any case.
    expect(layersWithin(1)).toEqual([1]);
  });

  test('of five hundred labels, two rows of each are enough to choose and fit', () => {
    const [labels, hidden] = [500, 12];
    const random = createRandom(7);
    const directions = Float32Array.from({ length: labels * hidden }, () => random() - 0.5);
    const of = Int32Array.from({ length: 3 * labels }, (_, row) => row % labels);
    const values = Float32Array.from({ length: of.length * 3 * hidden }, (_, at) => {
      const label = Math.floor(at / (3 * hidden)) % labels;
      return 1 + (directions[label * hidden + (at % hidden)] ?? 0) + 0.1 * (random() - 0.5);
    });
    const many: RecipeCorpus = {
      encoded: [{ means: { encoder: 'e', hiddenSize: hidden, layers: 3, values }, of: Int32Array.from(of.keys()) }],
      ...{ texts: Array.from(of, () => 'a'), labels: of, classes: labels, names: [] },
      groups: Int32Array.from(of.keys()),
    };
    const [rows, asked] = [
      of.map((_, row) => row).subarray(0, 2 * labels),
      Int32Array.from({ length: labels }, (_, i) => 2 * labels + i),
    ];
    expect(accuracyOn(many, rows, asked)).toBeGreaterThan(0.9);
  });

  test('balanced class weights weigh the errors of a rare class', () => {
    const corpus = madeUpCorpus({ rows: 40, classes: 2, signal: 1 });
    const errorOf = (classWeights: number[]): number => {
      return (
        finish(chooseRecipeSteps({ corpus, rows: allRows(corpus), seed: 1, classWeights })).trials[0]?.squaredError ?? 0
      );
    };
    expect(errorOf([1, 1])).not.toBeCloseTo(errorOf([1, 3]), 3);
  });
});
