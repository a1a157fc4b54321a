import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { blockKernelSteps, centredKernel, meanKernel } from '../../../src/core/recipes/kernels';
import { encodedBy } from '../../../src/core/recipes/encoded-rows';
import type { Recipe } from '../../../src/core/recipes/recipe';
import { centreOf, recipeVectors } from '../../../src/core/recipes/vectors';
import { allRows, finish, HIDDEN, madeUpCorpus } from './synthetic';

const corpus = madeUpCorpus({ rows: 12, classes: 3, withNames: true });
const joined: Recipe = { encoders: ['knows', 'noise'], layers: 3, centred: true, names: 0, chars: 0, c: 10 };
const single: Recipe = { ...joined, encoders: ['noise'], layers: 1 };

const anyRecipe = fc.record({
  encoders: fc.constantFrom(['noise'], ['knows'], ['noise', 'knows'], ['knows', 'noise']),
  layers: fc.constantFrom<1 | 3>(1, 3),
  centred: fc.boolean(),
});

describe('the vectors of a recipe', () => {
  test('are those of its encoders and layers, of length 1', () => {
    const rows = Int32Array.of(4, 1);
    const { values, columns } = recipeVectors({ ...single, centred: false }, corpus.encoded, rows, null);
    expect(columns).toBe(HIDDEN);
    const { means } = encodedBy(corpus.encoded, 'noise');
    const own = means.values.subarray((4 * 3 + 2) * HIDDEN, 5 * 3 * HIDDEN);
    const length = Math.hypot(...own);
    own.forEach((value, j) => expect(values[j]).toBeCloseTo(value / length, 6));
  });

  test('have length 1 whatever is joined, each block an equal part of it', () => {
    fc.assert(
      fc.property(anyRecipe, (shape) => {
        const recipe = { ...joined, ...shape };
        const rows = allRows(corpus);
        const { values, columns } = recipeVectors(recipe, corpus.encoded, rows, centreOf(recipe, corpus.encoded, rows));
        const blocks = recipe.encoders.length * recipe.layers;
        expect(columns).toBe(blocks * HIDDEN);
        for (let start = 0; start < values.length; start += HIDDEN) {
          expect(Math.hypot(...values.subarray(start, start + HIDDEN)) ** 2).toBeCloseTo(1 / blocks, 5);
        }
      }),
    );
  });

  test('the centre is the mean of the rows that are fitted to, and of no other', () => {
    const rows = Int32Array.of(0, 3, 5);
    const centre = centreOf(single, corpus.encoded, rows);
    const plain = recipeVectors({ ...single, centred: false }, corpus.encoded, rows, null).values;
    for (let j = 0; j < HIDDEN; j++) {
      const mean = ((plain[j] ?? 0) + (plain[HIDDEN + j] ?? 0) + (plain[2 * HIDDEN + j] ?? 0)) / 3;
      expect(centre?.[j]).toBeCloseTo(mean, 6);
    }
    expect(centreOf({ ...single, centred: false }, corpus.encoded, rows)).toBeNull();
  });

  test('a text that is its own centre has no direction, and stays a number', () => {
    const rows = Int32Array.of(7);
    const centre = centreOf(joined, corpus.encoded, rows);
    const { values } = recipeVectors(joined, corpus.encoded, rows, centre);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('products of all pairs', () => {
  test('are those of the vectors, for every recipe, names included', () => {
    fc.assert(
      fc.property(anyRecipe, fc.shuffledSubarray([...allRows(corpus)], { minLength: 4 }), (shape, chosen) => {
        const recipe = { ...joined, ...shape };
        const rows = Int32Array.from(chosen);
        const named = Int32Array.of(0, 2);
        const blocks = recipe.encoders.flatMap((id) => {
          return [0, 1, 2].slice(3 - recipe.layers).map((layer) => {
            const own = encodedBy(corpus.encoded, id);
            const kernel = finish(blockKernelSteps(layer, own, rows, encodedBy(corpus.names, id), named));
            return recipe.centred ? centredKernel(kernel, rows.length) : kernel;
          });
        });
        const size = rows.length + named.length;
        const { values } = meanKernel(blocks, size);
        const centre = centreOf(recipe, corpus.encoded, rows);
        const vectors = [
          ...recipeVectors(recipe, corpus.encoded, rows, centre).values,
          ...recipeVectors(recipe, corpus.names, named, centre).values,
        ];
        const columns = vectors.length / size;
        for (let a = 0; a < size; a++) {
          for (let b = 0; b < size; b++) {
            let product = 0;
            for (let j = 0; j < columns; j++)
              product += (vectors[a * columns + j] ?? 0) * (vectors[b * columns + j] ?? 0);
            expect(values[a * size + b]).toBeCloseTo(product, 4);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
