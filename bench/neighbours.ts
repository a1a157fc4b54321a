/** The nearest training rows of a question by words and by encoders: how near their answers are to the wanted one. */
import { readFile } from 'node:fs/promises';
import type { denseMatrix } from '../src/core/baselines/matrix';
import { nearestRows } from './nearest-by-words';
import { askedWords } from '../src/core/data/conversations';
import { chrf } from '../src/core/metrics/answers/chrf';
import { isNormalisedMatch } from '../src/core/metrics/answers/exact-match';
import { rougeL } from '../src/core/metrics/answers/rouge';
import { plainRecipe } from '../src/core/recipes/recipe';
import { centreOf, recipeVectors } from '../src/core/recipes/vectors';
import type { ChatMessage } from '../src/core/text/conversation';
import { startBackend } from '../tests/helpers/tf-node';
import { encodeTexts } from './recipe-accuracy';

export interface Question {
  data: string;
  test: string;
  /** Training rows and questions at most. */
  rows: number;
  asked: number;
}

const ENCODERS = ['all-MiniLM-L6-v2', 'multilingual-e5-small'];
const NEAREST = 3;

interface Asked {
  prompt: string;
  answer: string;
}

/** Per way: means over the questions of the nearest answer's scores, and of the best of three. */
export async function measure({ data, test, rows, asked }: Question) {
  await startBackend('wasm');
  const training = (await readAsked(data)).slice(0, rows);
  const questions = (await readAsked(test)).slice(0, asked);
  const texts = [...training, ...questions].map(({ prompt }) => prompt);
  const prompts = questions.map(({ prompt }) => prompt);
  const byWords = nearestRows(
    training.map(({ prompt }) => prompt),
    prompts,
    NEAREST,
  );
  const result: Record<string, ReturnType<typeof scores>> = { words: scores(byWords, training, questions) };
  for (const id of ENCODERS) {
    const [encoded] = await encodeTexts(id, [texts], { maxLength: 128, keep: null, tell: () => undefined });
    if (!encoded) throw new Error('Nothing was read.');
    const recipe = { ...plainRecipe([id]), centred: true };
    const own = Int32Array.from(training.keys());
    const centre = centreOf(recipe, [encoded], own);
    const x = recipeVectors(recipe, [encoded], own, centre);
    const held = Int32Array.from(questions.keys(), (i) => training.length + i);
    const y = recipeVectors(recipe, [encoded], held, centre);
    const near = questions.map((_, i) => nearestOf(x, y.values.subarray(i * y.columns, (i + 1) * y.columns)));
    result[id] = scores(near, training, questions);
  }
  return { data, rows: training.length, asked: questions.length, ...result };
}

function nearestOf(x: ReturnType<typeof denseMatrix>, query: ArrayLike<number>): number[] {
  const similarity = Array.from({ length: x.values.length / x.columns }, (_, row) => {
    let sum = 0;
    for (let j = 0; j < x.columns; j++) sum += (x.values[row * x.columns + j] ?? 0) * (query[j] ?? 0);
    return sum;
  });
  return [...similarity.keys()].sort((a, b) => (similarity[b] ?? 0) - (similarity[a] ?? 0) || a - b).slice(0, NEAREST);
}

function scores(near: readonly number[][], training: readonly Asked[], questions: readonly Asked[]) {
  const mean = (of: (answer: string, wanted: string) => number, count: number): number => {
    const all = questions.map(({ answer: wanted }, i) => {
      const own = (near[i] ?? []).slice(0, count).map((row) => of(training[row]?.answer ?? '', wanted));
      return Math.max(0, ...own);
    });
    return Number((all.reduce((sum, value) => sum + value, 0) / all.length).toFixed(4));
  };
  const both = (of: (answer: string, wanted: string) => number) => [mean(of, 1), mean(of, NEAREST)];
  return {
    exact: both((answer, wanted) => Number(isNormalisedMatch(answer, wanted))),
    rougeL: both((answer, wanted) => rougeL(answer, wanted).f1),
    chrf: both(chrf),
  };
}

async function readAsked(path: string): Promise<Asked[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line) => {
    const row: { prompt?: string; completion?: string; messages?: ChatMessage[] } = JSON.parse(line);
    if (row.prompt !== undefined) return [{ prompt: row.prompt, answer: row.completion ?? '' }];
    const messages = (row.messages ?? []).map((message) => ({ ...message, content: message.content ?? '' }));
    const at = messages.findLastIndex(({ role }) => role === 'assistant');
    if (at < 0) return [];
    return [{ prompt: askedWords(messages), answer: messages[at]?.content ?? '' }];
  });
}
