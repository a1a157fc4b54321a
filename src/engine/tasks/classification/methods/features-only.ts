/**
 * *Features only*: the encoders stay as they came, and a linear classifier is fitted to what they made of the texts: the
 * plain sentence vectors, or a recipe chosen on the rows that are fitted to. Method and baseline alike.
 */
import { balancedClassWeights } from '../../../../core/baselines/logistic-regression';
import { countedCharacters } from '../../../../core/recipes/characters';
import { chooseRecipeSteps, givenChoice, type RecipeChoice } from '../../../../core/recipes/choose';
import type { RecipeCorpus } from '../../../../core/recipes/encoded-rows';
import { fitRecipesSteps, type RecipeTask } from '../../../../core/recipes/fit';
import { answerRecipes, type RecipeModel } from '../../../../core/recipes/model';
import { plainRecipe } from '../../../../core/recipes/recipe';
import { deriveSeed } from '../../../../core/random';
import { formatCount } from '../../../../core/words/numbers';
import { labelsOf } from '../corpus';
import { answer, finite, fitHead, type FittedHead, type Strength } from '../heads';
import type { ClassifierFit, ClassifierLearner, TaskContext } from '../method';
import type { FitTask } from '../../../fit/learner';
import { normaliseRows } from '../../../fit/rows';

/** As a baseline it chooses for itself: a strength set by hand for another method's head would handicap it. */
const CHOSEN: Strength = { c: 0, l1: 0 };

type Fitted = Pick<ClassifierFit, 'chosenC' | 'predict' | 'recipe' | 'trainedParameters'> & {
  head: FittedHead['head'] | RecipeModel;
};

/** Fits classifiers to what was read of the rows it is given. */
export function featuresLearner(context: TaskContext, read: RecipeCorpus, strength = CHOSEN): ClassifierLearner {
  const { corpus, settings, progress } = context;
  const fitOne = (task: FitTask): Promise<Fitted | null> => {
    const isPlain = settings.recipe === 'plain' && read.encoded.length === 1;
    return (isPlain ? fitPlain : fitRead)(context, read, task, strength);
  };
  return {
    prepare: () => Promise.resolve(true),
    // What was read goes with the rows; the encoders are not asked again.
    lend: () => ({ names: [], states: null }),
    async fit(task) {
      const { rows, fold, part } = task;
      progress.report(part, 0, { message: `Fitting the classifier to ${formatCount(rows.length)} rows`, fold });
      const fitted = await fitOne(task);
      if (!fitted) return null;
      const { head, ...rest } = fitted;
      return {
        ...rest,
        steps: 0,
        epochs: 0,
        bestEpoch: null,
        notes: [],
        keep: () => Promise.resolve({ labels: corpus.labels, maxLength: settings.maxLength, head, encoder: [] }),
        dispose: () => undefined,
      };
    },
  };
}

/** The last layer of the first encoder as it comes. */
async function fitPlain(
  context: TaskContext,
  read: RecipeCorpus,
  task: FitTask,
  strength: Strength,
): Promise<Fitted | null> {
  const fitted = await fitHead(context, sentenceVectors(read, task.rows), task, strength);
  if (!fitted) return null;
  const { head, chosenC } = fitted;
  return {
    head,
    chosenC,
    trainedParameters: head.weight.length + head.bias.length,
    predict: (asked) => Promise.resolve(answer(head, sentenceVectors(read, asked))),
  };
}

/**
 * What the task's own rows say is best, or, set by hand, the plain vectors of several encoders joined; and the plain recipe
 * of the first encoder on the same rows, to compare with.
 */
async function fitRead(
  context: TaskContext,
  read: RecipeCorpus,
  task: FitTask,
  strength: Strength,
): Promise<Fitted | null> {
  const { pace, progress, settings } = context;
  const { fold, part, keepWhenStopped } = task;
  const chooses = settings.recipe === 'choose';
  if (chooses) progress.report(part, 0, { message: 'Choosing what the classifier is given', fold });
  const made = chooses
    ? await pace.drive(chooseRecipeSteps(recipeTask(context, read, task, strength)), keepWhenStopped)
    : givenChoice(plainRecipe(read.encoded.map(({ means }) => means.encoder)));
  const choice = made && heldAt(made, strength);
  const model = choice && (await fitRecipes(context, read, task, choice, strength));
  const plain = model && (await fitHead(context, sentenceVectors(read, task.rows), task, strength));
  if (!plain) return null;
  const answerPlain = (rows: Int32Array): Float32Array => answer(plain.head, sentenceVectors(read, rows));
  const [first] = model.parts;
  const chosenC = chooses || strength.c > 0 ? null : (first?.recipe.c ?? null);
  return { ...fittedRecipes(model, read), chosenC, recipe: { choice, plain: answerPlain, plainHead: plain.head } };
}

function fittedRecipes(model: RecipeModel, read: RecipeCorpus): Omit<Fitted, 'chosenC'> {
  // Cut into characters once, for fits and answers alike.
  const texts = countedCharacters(read);
  const sizes = [...model.parts, ...(model.characters ? [model.characters] : [])];
  return {
    head: model,
    trainedParameters: sizes.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0),
    predict: (asked) => Promise.resolve(finite(answerRecipes(model, read.encoded, texts, asked))),
  };
}

/** A strength that was set by hand is every recipe's. */
function heldAt(choice: RecipeChoice, { c }: Strength): RecipeChoice {
  if (c === 0) return choice;
  return { ...choice, recipes: choice.recipes.map((recipe) => ({ ...recipe, c })), heldBack: false };
}

function fitRecipes(
  context: TaskContext,
  read: RecipeCorpus,
  task: FitTask,
  { recipes }: Pick<RecipeChoice, 'recipes'>,
  strength: Strength,
): Promise<RecipeModel | null> {
  const steps = fitRecipesSteps(recipeTask(context, read, task, strength), { recipes });
  return context.pace.drive(steps, task.keepWhenStopped);
}

function recipeTask(
  { corpus, settings }: TaskContext,
  read: RecipeCorpus,
  { rows, fold }: FitTask,
  { l1 }: Strength,
): RecipeTask {
  const labels = labelsOf(corpus, rows);
  const balanced = settings.classWeight === 'balanced' ? balancedClassWeights(labels, read.classes) : undefined;
  return { corpus: read, rows, seed: deriveSeed(settings.seed, 'recipe', fold), classWeights: balanced, l1 };
}

/** The means of the first encoder's last layer for some rows, of length 1: [rows, hidden]. */
function sentenceVectors({ encoded: [first] }: RecipeCorpus, rows: Int32Array): Float32Array {
  if (first === undefined) return new Float32Array();
  const { hiddenSize, layers, values } = first.means;
  const vectors = new Float32Array(rows.length * hiddenSize);
  rows.forEach((row, i) => {
    const end = ((first.of[row] ?? 0) + 1) * layers * hiddenSize;
    vectors.set(values.subarray(end - hiddenSize, end), i * hiddenSize);
  });
  return normaliseRows(vectors, hiddenSize);
}
