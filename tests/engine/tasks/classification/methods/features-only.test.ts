/** Classifiers on vectors that were read: which vectors they see, what they tell, count and keep. */
import { expect, test, vi } from 'vitest';
import type { EncodedRows, RecipeCorpus } from '../../../../../src/core/recipes/encoded-rows';
import { isOfRecipes } from '../../../../../src/core/run/trained-model';
import { createRandom } from '../../../../../src/core/random';
import { featuresLearner } from '../../../../../src/engine/tasks/classification/methods/features-only';
import { unread } from '../../../../../src/engine/tasks/classification/reading';
import { startBackend } from '../../../../helpers/tf-node';
import { firstFold, toyContext, toyInput, toyModel } from '../../../fit/toy';

const HIDDEN = 3;

/** Two layers of noise, and a last one that points to the label; texts stand in another order than rows. */
function encodedBy(encoder: string, labels: Int32Array): EncodedRows {
  const random = createRandom(3);
  const of = Int32Array.from(labels, (_, row) => labels.length - 1 - row);
  const values = Float32Array.from({ length: labels.length * 3 * HIDDEN }, (_, i) => {
    const [text, layer, column] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
    const label = labels[labels.length - 1 - text] ?? 0;
    return layer < 2 ? random() - 0.5 : (column === label ? 5 : 1) + random() / 10;
  });
  return { means: { encoder, hiddenSize: HIDDEN, layers: 3, values }, of };
}

async function learned(recipe: 'plain' | 'choose', strength?: { c: number; l1: number }) {
  await startBackend('wasm');
  const { family, config, weights } = toyModel();
  const model = { family, config: { ...config, hiddenSize: HIDDEN }, weights };
  const context = toyContext(toyInput('features', model, { rows: 60, choices: { recipe } }));
  const report = vi.spyOn(context.progress, 'report');
  const { corpus } = context;
  const read: RecipeCorpus = { ...unread(corpus), encoded: [encodedBy('toy', corpus.labelIndices)] };
  const learner = featuresLearner(context, read, strength);
  const fit = await learner.fit(firstFold(context, null, 15));
  if (!fit) throw new Error('Nobody stopped it.');
  const rows = corpus.trainRows.subarray(45);
  const answers = (await fit.predict(rows)) ?? new Float32Array();
  const right = Array.from(rows).filter((row, i) => {
    const own = answers.subarray(3 * i, 3 * i + 3);
    return own.indexOf(Math.max(...own)) === corpus.labelIndices[row];
  });
  const { head } = await fit.keep();
  return { fit, head, right: right.length, told: report.mock.calls, read };
}

const told = 'Fitting the classifier to 45 rows';

test('the plain one sees the last layer of each row, and counts its weights', async () => {
  const { fit, head, right, told: reports } = await learned('plain');
  expect(right).toBe(15);
  expect(fit).toMatchObject({ steps: 0, epochs: 0, trainedParameters: 3 * HIDDEN + 3, notes: [] });
  expect(fit.chosenC).toBeGreaterThan(0);
  expect(isOfRecipes(head)).toBe(false);
  expect(reports).toEqual([['fold 0', 0, { message: told, fold: 0 }]]);
});

test('a strength set by hand is not chosen', async () => {
  expect((await learned('plain', { c: 3, l1: 0 })).fit.chosenC).toBeNull();
});

test('where recipes are chosen, that is told, all weights count, and the plain one answers beside', async () => {
  const { fit, head, right, told: reports } = await learned('choose');
  expect(right).toBe(15);
  expect(reports.map(([, share, { message = '' } = {}]) => [share, message])).toEqual([
    [0, told],
    [0, 'Choosing what the classifier is given'],
  ]);
  if (!isOfRecipes(head)) throw new Error('A choice makes a head of recipes.');
  const sizes = [...head.parts, ...(head.characters ? [head.characters] : [])];
  expect(fit.trainedParameters).toBe(sizes.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0));
  expect(fit.chosenC).toBeNull();
  expect(fit.recipe?.plain(Int32Array.of(0, 1))).toHaveLength(6);
});

test('a strength set by hand is that of every recipe', async () => {
  const cs = async (strength?: { c: number; l1: number }) => {
    const { fit, head } = await learned('choose', strength);
    expect(fit.recipe?.choice.recipes.map(({ c }) => c)).toEqual(
      isOfRecipes(head) ? head.parts.map(({ recipe }) => recipe.c) : [],
    );
    if (strength) expect(fit.recipe?.choice.heldBack).toBe(false);
    return isOfRecipes(head) ? head.parts.map(({ recipe }) => recipe.c) : [];
  };
  const byHand = await cs({ c: 7, l1: 0 });
  expect(new Set(byHand)).toEqual(new Set([7]));
  expect(await cs()).not.toContain(7);
});
