import { expect, test } from 'vitest';
import type { RecipeModel, RecipePart } from '../../../src/core/recipes/model';
import { encodersOfHead, headBytes, isOfRecipes, type Head } from '../../../src/core/run/trained-model';

const linear: Head = { weight: new Float32Array(6), bias: new Float32Array(2), normalised: true };

const part = (encoders: string[], centre: Float32Array | null): RecipePart => ({
  recipe: { encoders, layers: 1, centred: centre !== null, names: 0, chars: 0, c: 10 },
  centre,
  weight: new Float32Array(10),
  bias: new Float32Array(2),
  share: 0.5,
});

const recipes = (parts: RecipePart[], characters: RecipeModel['characters'] = null): RecipeModel => ({
  kind: 'recipes',
  classes: 2,
  parts,
  characters,
});

test('the bytes of a linear head are those of its weight and its bias', () => {
  expect(isOfRecipes(linear)).toBe(false);
  expect(headBytes(linear)).toBe(4 * 8);
});

test('the bytes of a head of recipes are those of every part, its centre where it has one', () => {
  const model = recipes([part(['a'], new Float32Array(5)), part(['a', 'b'], null)]);
  expect(isOfRecipes(model)).toBe(true);
  expect(headBytes(model)).toBe(4 * (5 + 10 + 2) + 4 * (10 + 2));
});

test('characters count with their values and two bytes a letter of their terms', () => {
  const characters = {
    terms: ['ab', 'cde'],
    idf: new Float32Array(2),
    weight: new Float32Array(4),
    bias: new Float32Array(2),
    share: 0.1,
  };
  expect(headBytes(recipes([part(['a'], null)], characters))).toBe(4 * 12 + 4 * 8 + 2 * 5);
});

test('each encoder of a head is named once; a linear head names none', () => {
  expect(encodersOfHead(recipes([part(['a', 'b'], null), part(['b'], null), part(['c'], null)]))).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(encodersOfHead(linear)).toEqual([]);
});
