/**
 * A method's tuned encoder with other heads than its own, on a test file: what recipes on the tuned vectors reach, alone,
 * beside an encoder as it came, and averaged with the recipes that are chosen for the encoders as they came.
 */
import { chooseRecipeSteps, givenChoice, type RecipeChoice } from '../src/core/recipes/choose';
import type { EncodedRows, RecipeCorpus } from '../src/core/recipes/encoded-rows';
import { fitRecipesSteps } from '../src/core/recipes/fit';
import { answerRecipes } from '../src/core/recipes/model';
import { CHARS_SHARE, NAME_ROWS, plainRecipe, RECIPE_C, type Recipe } from '../src/core/recipes/recipe';
import { argmaxRows } from '../src/core/metrics/probabilistic';
import type { TrainedModel } from '../src/core/run/trained-model';
import type { Method, SettingChoices } from '../src/core/settings/settings';
import { deriveSeed } from '../src/core/random';
import { forkOf } from '../src/engine/fit/fork';
import { type Encoder, withWeights } from '../src/engine/models/encoder';
import { DEFAULT_MODEL_ID } from '../src/core/models/registry';
import { measure as measureMethod } from './method-accuracy';
import { encodeTexts, finish, readRecipeRows } from './recipe-accuracy';

export interface Question {
  data: string;
  test: string;
  method: Method;
  choices: Partial<SettingChoices>;
  seeds: number[];
  /** Folder for what the encoders as they came read; null = nothing is kept. */
  keep: string | null;
  tell(line: string): void;
}

const TUNED = 'tuned';
const E5 = 'multilingual-e5-small';

/** One result a seed: accuracies on the test file in per cent, by head. */
export async function* measure({ data, test, method, choices, seeds, keep, tell }: Question) {
  const reading = { data, test, encoders: [DEFAULT_MODEL_ID, E5], maxLength: 64, keep, tell };
  const { corpus, trainRows, testRows, namesOf, texts } = await readRecipeRows(reading);
  for (const seed of seeds) {
    const of = { data, test, method, choices, seeds: [seed], folds: 0, lengths: null, rows: 0, tell };
    for await (const result of measureMethod({ ...of, encoder: DEFAULT_MODEL_ID })) {
      const { tuned } = result;
      const [rows, names] = await encodeTexts(DEFAULT_MODEL_ID, [texts, namesOf], {
        ...{ maxLength: 64, keep: null, tell },
        change: (encoder) => changed(encoder, tuned),
      });
      if (!rows || !names) throw new Error('The tuned encoder read nothing.');
      const [, e5] = corpus.encoded;
      const [, e5Names] = corpus.names;
      const own = renamed(rows);
      const with2: RecipeCorpus = {
        ...corpus,
        encoded: [own, ...(e5 ? [e5] : [])],
        names: e5Names ? [{ ...renamed(names), of: e5Names.of }, e5Names] : [],
      };
      const task = (of: RecipeCorpus) => ({ corpus: of, rows: trainRows, seed: deriveSeed(seed, 'recipe') });
      const answers = (of: RecipeCorpus, choice: RecipeChoice) => {
        return answerRecipes(finish(fitRecipesSteps(task(of), choice)), of.encoded, of.texts, testRows);
      };
      const frozen = answers(corpus, finish(chooseRecipeSteps(task(corpus))));
      const plain = answers(with2, givenChoice(plainRecipe([TUNED])));
      const three = answers(with2, givenChoice(recipe([TUNED], 3, 0)));
      const share = (probabilities: ArrayLike<number>) => {
        const best = argmaxRows(Float32Array.from(probabilities), corpus.classes);
        return (100 * best.filter((answer, i) => answer === corpus.labels[testRows[i] ?? 0]).length) / testRows.length;
      };
      const given = (...recipes: Recipe[]) => share(answers(with2, givenChoice(...recipes)));
      yield {
        seed,
        heads: {
          own: 100 * (result.accuracy ?? 0),
          frozen: share(frozen),
          plain: share(plain),
          last: given(recipe([TUNED], 1, 0, 0)),
          lastNames: given(recipe([TUNED], 1, NAME_ROWS, 0)),
          three: share(three),
          threeNames: given(recipe([TUNED], 3, NAME_ROWS)),
          joined: given(recipe([TUNED, E5], 1, NAME_ROWS)),
          joinedThree: given(recipe([TUNED, E5], 3, NAME_ROWS)),
          chosen: share(answers(with2, finish(chooseRecipeSteps(task(with2))))),
          plainAndFrozen: share(together(plain, frozen, 0.5)),
          plainAndSomeFrozen: share(together(plain, frozen, 0.2)),
        },
      };
    }
  }
}

function recipe(encoders: string[], layers: 1 | 3, names: number, chars = CHARS_SHARE): Recipe {
  return { encoders, layers, centred: true, names, chars, c: RECIPE_C };
}

function renamed(rows: EncodedRows): EncodedRows {
  return { ...rows, means: { ...rows.means, encoder: TUNED } };
}

function changed(encoder: Encoder, tuned: TrainedModel): Encoder {
  const fork = forkOf(encoder, tuned);
  return withWeights(encoder, fork.weights, fork.lora);
}

/** Products of powers: `part` of the second. */
function together(first: Float32Array, second: Float32Array, part: number): Float32Array {
  const log = (value: number): number => Math.log(Math.max(1e-6, value));
  return first.map((value, i) => Math.exp((1 - part) * log(value) + part * log(second[i] ?? 0)));
}
