/**
 * What each recipe on frozen encoders reaches on a test file, what the choice makes of them, and what the plain recipe
 * gives: on the engine's own vectors, read on WebAssembly in Node and kept in a folder.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { predictProba } from '../src/core/baselines/logistic-regression';
import { majorityProbabilities } from '../src/core/baselines/majority';
import { makeFolds } from '../src/core/data/folds';
import { groupRows } from '../src/core/data/groups';
import { compareOnFolds } from '../src/core/metrics/paired';
import { argmaxRows } from '../src/core/metrics/probabilistic';
import { createRandom, deriveSeed, permutation, shuffle } from '../src/core/random';
import { chooseRecipeSteps, givenChoice, type RecipeChoice } from '../src/core/recipes/choose';
import type { EncodedRows, RecipeCorpus } from '../src/core/recipes/encoded-rows';
import { fitRecipesSteps, type RecipeTask } from '../src/core/recipes/fit';
import { labelTexts } from '../src/core/recipes/label-text';
import { answerRecipes } from '../src/core/recipes/model';
import { plainRecipe, type Recipe } from '../src/core/recipes/recipe';
import type { FeatureStore } from '../src/core/run/experiment';
import { Pace } from '../src/engine/fit/pace';
import { distinctTexts } from '../src/engine/frozen/distinct-texts';
import { cachedMeans } from '../src/engine/frozen/feature-cache';
import { placeModel, readModel } from '../src/engine/models/read-model';
import type { Encoder } from '../src/engine/models/encoder';
import { disposeWeights } from '../src/engine/models/weights';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';
import { nodeThreads } from '../tests/helpers/threads';

interface Encoding {
  maxLength: number;
  /** Folder for what was read; null = nothing is kept. */
  keep: string | null;
  tell(line: string): void;
  /** The encoder with other weights. */
  change?(encoder: Encoder): Encoder;
}

interface Reading extends Encoding {
  data: string;
  test: string;
  /** Ids of the models. */
  encoders: string[];
}

export interface Question extends Reading {
  seeds: number[];
  /** Draws so many rows of each label; 0 = all rows. */
  perLabel: number;
  /** Fits every recipe that is tried, not only the chosen ones. */
  each: boolean;
}

interface Example {
  text: string;
  label: string;
}

interface Read {
  corpus: RecipeCorpus;
  trainRows: Int32Array;
  testRows: Int32Array;
  /** Of all rows. */
  texts: string[];
  /** What stands for each label; empty for a code. */
  namesOf: string[];
  readingSeconds: number;
}

/** One result a seed: accuracies on the test file in per cent, seconds of choosing and fitting. */
export async function* measure(question: Question) {
  const { corpus, trainRows, testRows, readingSeconds } = await readRecipeRows(question);
  for (const seed of question.seeds) {
    const rows = question.perLabel > 0 ? drawRows(corpus, trainRows, question.perLabel, seed) : trainRows;
    const task: RecipeTask = { corpus, rows, seed: deriveSeed(seed, 'recipe') };
    const { value: choice, seconds: choosing } = timed(() => finish(chooseRecipeSteps(task)));
    const { value: chosen, seconds: fitting } = timed(() => accuracyOf(task, choice, testRows));
    const plain = accuracyOf(task, givenChoice(plainRecipe(question.encoders.slice(0, 1))), testRows);
    const trials = choice.trials.map(({ recipe, right, squaredError, clearlyWorse }) => ({
      recipe: nameOf(recipe),
      ...{ right, squaredError, clearlyWorse },
      accuracy: question.each ? accuracyOf(task, givenChoice(recipe), testRows) : null,
    }));
    yield {
      ...{ seed, rows: rows.length, testRows: testRows.length, plain, chosen },
      ...{ used: choice.recipes.map(nameOf), c: choice.recipes.map(({ c }) => c), how: choice.how, trials },
      seconds: { reading: readingSeconds, choosing, fitting },
    };
  }
}

/** How often a gain over the commonest label is claimed where labels are drawn by lot, the choice inside each fold. */
export async function falseGains(question: Question, { sets, rows }: { sets: number; rows: number }) {
  const { corpus, trainRows } = await readRecipeRows(question);
  let claims = 0;
  let sum = 0;
  for (let set = 0; set < sets; set++) {
    const { meanDifference, ci95 } = byLot(corpus, trainRows, rows, set);
    if (ci95[0] > 0) claims += 1;
    sum += meanDifference;
    question.tell(`${set + 1} sets, ${claims} gains, mean ${((100 * sum) / (set + 1)).toFixed(2)} points`);
  }
  return { sets, rows, claims, meanPoints: (100 * sum) / sets };
}

function byLot(corpus: RecipeCorpus, trainRows: Int32Array, count: number, set: number) {
  const random = createRandom(deriveSeed(set, 'lot'));
  const rows = Int32Array.from(permutation(trainRows.length, random).slice(0, count), (i) => trainRows[i] ?? 0);
  const drawn = shuffle(
    Array.from(rows, (row) => corpus.labels[row] ?? 0),
    random,
  );
  const labels = corpus.labels.slice();
  rows.forEach((row, i) => (labels[row] = drawn[i] ?? 0));
  const own = { ...corpus, labels };
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  const { foldOf, folds } = makeFolds(Int32Array.from(drawn), groups, 5, set);
  const scores = Array.from({ length: folds }, (_, fold) => {
    const train = rows.filter((_, i) => foldOf[i] !== fold);
    const held = rows.filter((_, i) => foldOf[i] === fold);
    const task = { corpus: own, rows: train, seed: deriveSeed(set, fold) };
    const trainLabels = train.map((row) => labels[row] ?? 0);
    return {
      majority: rightShare(majorityProbabilities(trainLabels, own.classes, held.length), own, held),
      chosen: accuracyOf(task, finish(chooseRecipeSteps(task)), held),
    };
  });
  return compareOnFolds(
    scores.map(({ majority }) => majority / 100),
    scores.map(({ chosen }) => chosen / 100),
  );
}

function accuracyOf(task: RecipeTask, choice: RecipeChoice, asked: Int32Array): number {
  const model = finish(fitRecipesSteps(task, choice));
  return rightShare(answerRecipes(model, task.corpus.encoded, task.corpus.texts, asked), task.corpus, asked);
}

/** Per cent. */
function rightShare(probabilities: ReturnType<typeof predictProba>, corpus: RecipeCorpus, asked: Int32Array): number {
  const answers = argmaxRows(probabilities, corpus.classes);
  return (100 * answers.filter((answer, i) => answer === corpus.labels[asked[i] ?? 0]).length) / asked.length;
}

/** The rows of both files, read with these encoders. */
export async function readRecipeRows({ data, test, encoders, maxLength, keep, tell }: Reading): Promise<Read> {
  await startBackend('wasm');
  const [train, held] = await Promise.all([readExamples(data), readExamples(test)]);
  const examples = [...train, ...held];
  const labels = [...new Set(train.map(({ label }) => label))].sort();
  const texts = examples.map(({ text }) => text);
  const started = performance.now();
  const encoded: EncodedRows[] = [];
  const names: EncodedRows[] = [];
  const spoken = labelTexts(labels);
  const namesOf = spoken.map((text) => text ?? '');
  for (const id of encoders) {
    const [ofRows, ofNames] = await encodeTexts(id, [texts, namesOf], { maxLength, keep, tell });
    if (ofRows) encoded.push(ofRows);
    if (ofNames) names.push({ ...ofNames, of: ofNames.of.map((at, label) => (spoken[label] === null ? -1 : at)) });
  }
  return {
    corpus: {
      ...{ encoded, texts, classes: labels.length },
      labels: Int32Array.from(examples, ({ label }) => labels.indexOf(label)),
      groups: groupRows(examples),
      names: spoken.some((text) => text !== null) ? names : [],
    },
    trainRows: Int32Array.from(train.keys()),
    testRows: Int32Array.from(held.keys(), (row) => train.length + row),
    ...{ texts, namesOf },
    readingSeconds: (performance.now() - started) / 1000,
  };
}

/** What one encoder makes of some lists of texts. */
export async function encodeTexts(
  id: string,
  lists: readonly (readonly string[])[],
  { maxLength, keep, tell, change = (encoder) => encoder }: Encoding,
): Promise<EncodedRows[]> {
  const model = await readModel(builtInModel(id));
  const pace = new Pace({ checkpoint: () => Promise.resolve('continue') });
  const options = { store: await folderStore(keep), modelSha256: model.manifest.sha256, pace, onLog: tell };
  const threads = await nodeThreads(2);
  const encoded: EncodedRows[] = [];
  for (const texts of lists) {
    const { tokenIds, of } = distinctTexts(texts.map((text) => model.tokenizer.encode(text, maxLength)));
    const encoder = placeModel(model, tokenIds);
    let told = 0;
    const onTexts = (done: number): void => {
      if (done - told >= 500) tell(`${id}: ${done} of ${tokenIds.length} texts`);
      if (done - told >= 500) told = done;
    };
    const values = await cachedMeans({ config: encoder.config, place: () => change(encoder) }, tokenIds, {
      ...options,
      ...{ threads, onTexts },
    });
    disposeWeights(encoder.weights);
    if (!values) throw new Error('Reading was stopped.');
    encoded.push({ means: { encoder: id, hiddenSize: encoder.config.hiddenSize, layers: 3, values }, of });
  }
  return encoded;
}

/** Half-precision values by key, a file each. */
async function folderStore(folder: string | null): Promise<FeatureStore> {
  if (folder === null) return { get: () => Promise.resolve(null), put: () => Promise.resolve() };
  await mkdir(folder, { recursive: true });
  const pathOf = (key: string, kind: string): string =>
    join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.${kind}`);
  const bytesOf = async (path: string): Promise<ArrayBuffer | null> => {
    const bytes = await readFile(path).catch(() => null);
    return bytes && Uint8Array.from(bytes).buffer;
  };
  return {
    async get(key) {
      const half = await bytesOf(pathOf(key, 'f16'));
      if (half) return new Uint16Array(half);
      const full = await bytesOf(pathOf(key, 'f32'));
      return full && new Float32Array(full);
    },
    put: (key, values) => writeFile(pathOf(key, values instanceof Uint16Array ? 'f16' : 'f32'), values),
  };
}

/** So many rows of each label, or all where there are fewer. */
function drawRows({ labels, classes }: RecipeCorpus, rows: Int32Array, perLabel: number, seed: number): Int32Array {
  const left = new Int32Array(classes).fill(perLabel);
  const order = permutation(rows.length, createRandom(seed)).map((i) => rows[i] ?? 0);
  const drawn = order.filter((row) => {
    const label = labels[row] ?? 0;
    left[label] = (left[label] ?? 0) - 1;
    return (left[label] ?? 0) >= 0;
  });
  return Int32Array.from(drawn).sort();
}

function nameOf({ encoders, layers, centred, names }: Recipe): string {
  const parts = [layers === 1 ? 'last layer' : 'three layers', ...(centred ? ['centred'] : [])];
  return `${encoders.join(' + ')}, ${[...parts, ...(names > 0 ? ['names'] : [])].join(', ')}`;
}

async function readExamples(path: string): Promise<Example[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const { text, label }: Example = JSON.parse(line);
    return { text, label };
  });
}

export function finish<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function timed<T>(work: () => T): { value: T; seconds: number } {
  const started = performance.now();
  const value = work();
  return { value, seconds: (performance.now() - started) / 1000 };
}
