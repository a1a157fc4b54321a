import { describe, expect, test } from 'vitest';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';
import { givenChoice } from '../../../src/core/recipes/choose';
import type { RecipeCorpus } from '../../../src/core/recipes/encoded-rows';
import { fitRecipesSteps, type RecipeTask } from '../../../src/core/recipes/fit';
import { answerRecipes, meanOfLogs, type RecipeModel } from '../../../src/core/recipes/model';
import { plainRecipe, type Recipe, recipesFor } from '../../../src/core/recipes/recipe';
import { centreOf } from '../../../src/core/recipes/vectors';
import { allRows, finish, HIDDEN, madeUpCorpus } from './synthetic';

const corpus = madeUpCorpus({ rows: 30, classes: 3, withNames: true });
const knows: Recipe = { encoders: ['knows'], layers: 1, centred: true, names: 0, chars: 0, c: 10 };
const noise: Recipe = { ...knows, encoders: ['noise'] };

function fit(recipes: readonly Recipe[], more: Partial<RecipeTask> = {}): RecipeModel {
  const task = { corpus, rows: allRows(corpus), seed: 1, ...more };
  return finish(fitRecipesSteps(task, givenChoice(...recipes)));
}

function answers(model: RecipeModel, own: RecipeCorpus = corpus): Float32Array {
  return answerRecipes(model, own.encoded, own.texts, allRows(own));
}

function accuracy(model: RecipeModel, own: RecipeCorpus = corpus): number {
  const given = argmaxRows(answers(model, own), own.classes);
  return given.filter((answer, row) => answer === own.labels[row]).length / given.length;
}

describe('a fitted recipe', () => {
  test('is read from the encoder, the layer and the centre that it names', () => {
    expect(accuracy(fit([knows]))).toBeGreaterThan(0.95);
    expect(fit([knows]).parts[0]).toMatchObject({ recipe: knows, share: 1 });
    expect(fit([knows]).parts[0]?.centre).toEqual(centreOf(knows, corpus.encoded, allRows(corpus)));
    expect(fit([{ ...knows, layers: 3 }]).parts[0]?.weight.length).toBe(3 * 3 * HIDDEN);
    expect(fit([{ ...knows, centred: false }]).parts[0]?.centre).toBeNull();
  });

  test('answers by what the encoders are called, in whatever order they come', () => {
    const model = fit([{ ...knows, encoders: ['noise', 'knows'], layers: 3 }]);
    expect(answers(model, { ...corpus, encoded: [...corpus.encoded].reverse() })).toEqual(answers(model));
    expect(() => answerRecipes(model, corpus.encoded.slice(0, 1), corpus.texts, allRows(corpus))).toThrow(/knows/);
  });

  test('holds its weights back by C', () => {
    const sizes = [0.1, 10, 1000].map((c) => Math.hypot(...(fit([{ ...knows, c }]).parts[0]?.weight ?? [])));
    expect(sizes[0]).toBeLessThan(sizes[1] ?? NaN);
    expect(sizes[1]).toBeLessThan(sizes[2] ?? NaN);
  });

  test('without a C, it is chosen, and said', () => {
    expect(fit([plainRecipe(['knows'])]).parts[0]?.recipe.c).toBeGreaterThan(0);
  });

  test('classes are weighed', () => {
    const mean = (weights: number[]): number => {
      const given = answers(fit([noise], { classWeights: weights }));
      return given.reduce((sum, p, at) => sum + (at % 3 === 0 ? p : 0), 0) / 30;
    };
    expect(mean([5, 1, 1])).toBeGreaterThan(mean([1, 1, 1]) + 0.2);
  });

  test('L1 empties columns that tell little', () => {
    const zeros = (l1: number): number => fit([knows], { l1 }).parts[0]?.weight.filter((w) => w === 0).length ?? 0;
    expect(zeros(0)).toBe(0);
    expect(zeros(0.05)).toBeGreaterThan(3);
  });

  test('survives a structured clone', () => {
    const model = fit([{ ...knows, chars: 0.3 }]);
    expect(answers(structuredClone(model))).toEqual(answers(model));
  });
});

describe('names of labels', () => {
  /** Names that stand for the next label. */
  const turned = corpus.names.map((own) => ({ ...own, of: own.of.map((_, label) => (label + 1) % 3) }));

  test('are rows of their labels, and count for as many as the recipe says', () => {
    const misled = (names: number): number =>
      accuracy(fit([{ ...knows, names }], { corpus: { ...corpus, names: turned } }));
    expect(misled(0)).toBeGreaterThan(0.95);
    expect(misled(1)).toBeGreaterThan(misled(200));
    expect(misled(200)).toBeLessThan(0.5);
  });

  test('do not move the centre', () => {
    expect(fit([{ ...knows, names: 4 }]).parts[0]?.centre).toEqual(fit([knows]).parts[0]?.centre);
  });

  test('a label without a name has its rows only', () => {
    const partial = corpus.names.map((own) => ({ ...own, of: own.of.map((text, label) => (label === 0 ? -1 : text)) }));
    expect(accuracy(fit([{ ...knows, names: 4 }], { corpus: { ...corpus, names: partial } }))).toBeGreaterThan(0.95);
  });

  test('a class without a row can be answered by its name', () => {
    const rows = allRows(corpus).filter((row) => corpus.labels[row] !== 2);
    const shareOf = (names: number): number => {
      const given = argmaxRows(answers(fit([{ ...knows, names }], { rows })), 3);
      return given.filter((answer, row) => answer === 2 && corpus.labels[row] === 2).length / 10;
    };
    expect(shareOf(0)).toBe(0);
    expect(shareOf(4)).toBeGreaterThan(0.7);
  });
});

describe('several recipes', () => {
  test('have equal shares in the mean of log-probabilities', () => {
    const model = fit([knows, noise]);
    expect(model.parts.map(({ share }) => share)).toEqual([0.5, 0.5]);
    const [a, b, both] = [answers(fit([knows])), answers(fit([noise])), answers(model)];
    for (let start = 0; start < both.length; start += 3) {
      const means = [0, 1, 2].map((c) => Math.sqrt((a[start + c] ?? 0) * (b[start + c] ?? 0)));
      const total = means.reduce((sum, mean) => sum + mean, 0);
      means.forEach((mean, c) => expect(both[start + c]).toBeCloseTo(mean / total, 4));
    }
  });

  test('one that is sure that a label is impossible does not rule it out', () => {
    const mean = meanOfLogs(
      [
        { share: 0.5, probabilities: Float32Array.of(0, 1) },
        { share: 0.5, probabilities: Float32Array.of(1 - 1e-9, 1e-9) },
      ],
      2,
    );
    expect(mean.every((p) => p > 0.01)).toBe(true);
  });

  test('an answer that is no number is refused', () => {
    expect(() => meanOfLogs([{ share: 1, probabilities: Float32Array.of(NaN, 1) }], 2)).toThrow(/finite/);
  });
});

describe('characters', () => {
  /** Texts that tell the label, where the encoders do not. */
  const spelt = {
    ...corpus,
    texts: Array.from(corpus.labels, (label, row) => `${['alpha', 'bravo', 'delta'][label]} ${row}`),
  };

  test('have the share that the recipe gives them', () => {
    const model = fit([{ ...noise, chars: 0.9 }], { corpus: spelt });
    expect(model.characters?.share).toBeCloseTo(0.9, 12);
    expect(model.parts[0]?.share).toBeCloseTo(0.1, 12);
    expect(accuracy(model, spelt)).toBe(1);
    expect(fit([noise], { corpus: spelt }).characters).toBeNull();
  });

  test('are fitted once for several recipes', () => {
    const model = fit([{ ...noise, chars: 0.2 }, knows], { corpus: spelt });
    expect(model.characters?.share).toBeCloseTo(0.1, 12);
    expect(model.parts.map(({ share }) => share)).toEqual([0.4, 0.5]);
  });

  test('are held back as the vectors are', () => {
    const size = (c: number): number => {
      return Math.hypot(...(fit([{ ...noise, chars: 0.5, c }], { corpus: spelt }).characters?.weight ?? []));
    };
    expect(size(1)).toBeGreaterThan(0);
    expect(size(1)).toBeLessThan(0.7 * size(10));
  });

  test('know no text beside those that are fitted to', () => {
    const model = fit([{ ...noise, chars: 0.5 }], { corpus: spelt, rows: Int32Array.of(0, 1, 3, 4) });
    expect(model.characters?.terms.some((term) => term.includes('delt'))).toBe(false);
  });
});

describe('the recipes that are tried', () => {
  test('are about a dozen, none twice, each of known encoders', () => {
    for (const encoders of [['a'], ['a', 'b']]) {
      for (const hasNames of [false, true]) {
        const recipes = recipesFor(encoders, hasNames);
        expect(recipes[0]).toEqual(plainRecipe(['a']));
        expect(new Set(recipes.map((recipe) => JSON.stringify(recipe))).size).toBe(recipes.length);
        expect(recipes.length).toBeLessThanOrEqual(12);
        expect(recipes.every((recipe) => recipe.encoders.every((id) => encoders.includes(id)))).toBe(true);
        expect(recipes.some(({ names }) => names > 0)).toBe(hasNames);
      }
    }
  });

  test('plain vectors of several encoders are centred before they are joined', () => {
    expect(plainRecipe(['a', 'b'])).toMatchObject({ encoders: ['a', 'b'], centred: true });
  });
});
