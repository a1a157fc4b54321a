/**
 * From stored rows to what a run of written answers trains on and asks: conversations in tokens, held-out rows with their
 * prompts, the examples and the nearest answer of each. Everything done differently from the plan is noted.
 */
import { conversationOf } from '../core/data/conversations';
import type { Row } from '../core/data/dataset';
import { makeFolds } from '../core/data/folds';
import { holdOut } from '../core/data/hold-out';
import { groupForSplits } from '../core/data/split-groups';
import { AppError } from '../core/errors';
import { createRandom, deriveSeed, permutation } from '../core/random';
import type { AskedRow, GenerationData, GenerationPlan, HeldOutRow, TokenExample } from '../core/run/generation';
import { MOST_PROBES } from '../core/run/probes';
import { fewShotConversation } from '../core/run/few-shot';
import type { RunRequest } from '../core/run/record';
import type { Settings } from '../core/settings/settings';
import { partRows } from '../core/settings/test-part';
import type { Conversation } from '../core/text/conversation';
import {
  type ChatReader,
  encodeExample,
  encodePrompt,
  type GenerationExample,
  splitLastAnswer,
} from '../core/text/examples';
import { learnedPieces } from '../core/text/token-view';
import { formatAmount, formatCount, formatPercent } from '../core/words/numbers';
import { sampleRows } from '../core/data/sample';
import type { ReadNeighbours } from './neighbours';
import { groupNotes, trialNotes } from './run-notes';
import { withoutTargets, type WritingRows } from './write-rows';

/** Examples in a few-shot prompt, where they fit. */
export const FEW_SHOT_EXAMPLES = 3;
/** Tokens of the longest prompt: more would cost a slow device minutes a row. */
const MOST_PROMPT_TOKENS = 1024;
/** Held-out rows that are answered in words: each is answered in every way there is. */
const MOST_ANSWERED = 100;
/** Rows among which near ones are looked for. */
const MOST_COMPARED = 5000;
/** Tokens of an answer: half as many again as the longest that is learned, within these. */
const LEAST_NEW_TOKENS = 16;
const MOST_NEW_TOKENS = 256;
/** And at most this share of all that a model reads: the rest is for what it is asked. */
const MOST_OF_ROOM = 0.25;

export interface PreparedWriting {
  data: GenerationData;
  plan: GenerationPlan;
  /** As the report has them: one entry a row. */
  rows: { lines: Int32Array; prompts: string[]; answers: string[]; groups: Int32Array };
  evaluation: { kind: 'hold-out' | 'test' | 'folds'; source: string; folds: number };
  groupedRows: number;
  grouping: { copies: number; nearCopies: number; keptTogether: number; conversations: number; torn: number };
  notes: string[];
}

/** What a run of written answers reads its rows with. */
export interface WritingTools {
  reader: ChatReader;
  /** Tokens that the model reads, its answer included. */
  maxPositions: number;
  neighbours: ReadNeighbours;
}

/**
 * Splits the rows, writes them as tokens and makes up what is asked, with the training rows that are near to it. Throws
 * `data-unusable` with what to do.
 */
export async function prepareWriting(
  { version, rows: own, testFile }: WritingRows,
  request: RunRequest,
  settings: Settings,
  { reader, maxPositions, neighbours }: WritingTools,
): Promise<PreparedWriting> {
  const { evaluation } = request;
  const rows = testFile ? [...own, ...testFile.rows] : own;
  const conversations = rows.map(conversationOf);
  const examples = conversations.map((conversation) => encodeExample(reader, conversation, settings.maxLength));
  const learned = examples.map(({ trained }) => trained.reduce((sum, one) => sum + one, 0));
  // Near copies of a prompt stay together where they are answered alike: «how large is ohio» is no copy of «… texas».
  const grouped = groupForSplits(rows);
  const strata = quarters(learned);
  const notes = [...trialNotes(own.length, version), ...groupNotes(grouped, version.mapping)];
  const split = splitRows({ own, rows, strata, groups: grouped.groups, evaluation, seed: settings.seed });
  notes.push(...split.notes);

  const empty = learned.flatMap((tokens, row) => (tokens === 0 ? [row] : []));
  if (empty.length === rows.length) {
    throw new AppError('data-unusable', 'No row has a token to learn within the longest length. Raise it.');
  }
  if (empty.length > 0) {
    const what = empty.length === 1 ? 'has' : 'have';
    notes.push(`${formatAmount(empty.length, 'row')} ${what} nothing to learn: their answers are cut off or empty.`);
  }
  const cut = examples.filter((example) => example.cut > 0).length;
  const longest = learned.reduce((a, b) => Math.max(a, b), 0);
  const most = Math.min(MOST_NEW_TOKENS, Math.floor(MOST_OF_ROOM * maxPositions));
  const maxNewTokens = Math.min(most, Math.max(LEAST_NEW_TOKENS, Math.ceil(1.5 * longest)));
  const decoding = {
    ...{ maxNewTokens, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
    seed: settings.seed,
  };
  const room = maxPositions - maxNewTokens;
  const held = await heldOutRows(rows, conversations, examples, {
    ...{ ...split, reader, seed: settings.seed },
    ...{ room, neighbours },
  });
  if (held.tooLong > 0) {
    const what = held.tooLong === 1 ? 'is' : 'are';
    notes.push(
      `${formatAmount(held.tooLong, 'held-out row')} ${what} not answered: the question leaves no room for an answer in the ${formatCount(maxPositions)} tokens that the model reads.`,
    );
  }
  for (const { answered, of } of held.capped) {
    notes.push(
      `Of ${formatAmount(of, 'held-out row')} ${formatCount(answered)}, drawn at random, are answered in words.`,
    );
  }
  const plan: GenerationPlan = {
    ...{ settings, evaluation, folds: split.folds, heldOutIn: split.heldOutIn, decoding, examples: FEW_SHOT_EXAMPLES },
    heldOut: (fold) => held.byFold[fold] ?? [],
    shown: shownAnswer(held.byFold[0] ?? [], rows, examples),
    probes: ownProbes(request.prompts ?? [], conversations, { reader, room }) ?? probesOf(held.byFold[0] ?? [], rows),
  };
  const { copies, nearCopies, keptTogether, conversations: shared, torn } = grouped;
  return {
    data: { examples, groups: grouped.groups, strata, cutRows: cut },
    plan,
    rows: {
      lines: Int32Array.from(rows, ({ line }) => line),
      prompts: rows.map(({ text }) => text),
      answers: rows.map(({ target }) => target),
      groups: grouped.groups,
    },
    evaluation: { kind: split.kind, source: split.source, folds: split.folds },
    groupedRows: countGrouped(grouped.groups),
    grouping: { copies, nearCopies, keptTogether, conversations: shared, torn },
    notes,
  };
}

interface SplitQuestion {
  /** Of the data set; `rows` has those of a test file behind them. */
  own: readonly Row[];
  rows: readonly Row[];
  strata: Int32Array;
  groups: Int32Array;
  evaluation: RunRequest['evaluation'];
  seed: number;
}

/** Which rows are held out, in which fold. */
function splitRows({ own, rows, strata, groups, evaluation, seed }: SplitQuestion) {
  const { folds, test } = evaluation;
  const heldOutIn = new Int32Array(rows.length).fill(-1);
  if (folds > 1) {
    const made = makeFolds(strata, groups, folds, deriveSeed(seed, 'folds'), STRATA);
    const source = `${formatCount(made.folds)} folds, each row held out once`;
    return { kind: 'folds' as const, source, folds: made.folds, heldOutIn: made.foldOf, notes: made.notes };
  }
  const ofSet = { strata: strata.subarray(0, own.length), groups: groups.subarray(0, own.length) };
  const parts = partsOf(own, ofSet, evaluation.test, deriveSeed(seed, 'hold-out'));
  const held = test.kind === 'file' ? Array.from(rows.keys()).slice(own.length) : parts.held;
  if (held.length === 0) {
    throw new AppError(
      'data-unusable',
      'No row can be held out to judge the answers by: none was asked to be, or all rows belong together. Hold out a share, or use folds.',
    );
  }
  for (const row of held) heldOutIn[row] = 0;
  const kind = test.kind === 'hold-out' ? ('hold-out' as const) : ('test' as const);
  return { kind, source: parts.source, folds: 1, heldOutIn, notes: parts.notes };
}

/** Rows of the data set itself that are held out, and where they come from, in words. */
function partsOf(
  rows: readonly Row[],
  { strata, groups }: Pick<SplitQuestion, 'strata' | 'groups'>,
  test: RunRequest['evaluation']['test'],
  seed: number,
): { held: Int32Array; source: string; notes: string[] } {
  if (test.kind === 'hold-out') {
    const { held, notes } = holdOut(strata, groups, test.share, seed, STRATA);
    return { held, source: `a random ${formatPercent(test.share)} of the rows, short and long answers alike`, notes };
  }
  const parts = partRows({ rows, labelIndices: strata, groups, test, seed, labelNames: STRATA });
  return {
    held: parts.test?.rows ?? new Int32Array(),
    source: parts.test?.source ?? 'the test file',
    notes: parts.notes,
  };
}

const STRATA = ['the shortest answers', 'short answers', 'long answers', 'the longest answers'];

/** Fewer rows have no four kinds of them to be fair to. */
const FEWEST_FOR_QUARTERS = 40;

/** [rows] the quarter of the rows that each is in by its number; of few rows all are alike. */
function quarters(numbers: readonly number[]): Int32Array {
  if (numbers.length < FEWEST_FOR_QUARTERS) return new Int32Array(numbers.length);
  const sorted = [...numbers].sort((a, b) => a - b);
  const limits = [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return Int32Array.from(numbers, (number) => limits.filter((limit) => number > limit).length);
}

interface HeldOutQuestion {
  folds: number;
  heldOutIn: Int32Array;
  reader: ChatReader;
  seed: number;
  /** Tokens that a prompt may have. */
  room: number;
  neighbours: ReadNeighbours;
}

async function heldOutRows(
  rows: readonly Row[],
  conversations: readonly Conversation[],
  examples: readonly TokenExample[],
  { folds, heldOutIn, reader, seed, room, neighbours }: HeldOutQuestion,
) {
  let tooLong = 0;
  const byFold: HeldOutRow[][] = [];
  const capped: { answered: number; of: number }[] = [];
  const tokensOf = (text: string): number => reader.tokenizer.spans(text).ids.length;
  const all = Array.from(heldOutIn.keys());
  const questions = Array.from({ length: folds }, (_, fold) => {
    const held = all.filter((row) => heldOutIn[row] === fold);
    const drawn = sampleRows(
      withoutTargets(held.flatMap((row) => rows[row] ?? [])),
      MOST_ANSWERED,
      deriveSeed(seed, 'answered', fold),
    );
    if (drawn.length < held.length) capped.push({ answered: drawn.length, of: held.length });
    return Array.from(drawn, (place) => held[place] ?? 0).filter((row) => examples[row]?.trained.includes(1));
  });
  // Of very many rows a part: reading the others would take longer than the rest of the run.
  const compared = Int32Array.from(permutation(rows.length, createRandom(deriveSeed(seed, 'neighbours'))))
    .subarray(0, MOST_COMPARED)
    .sort();
  const read = [...new Set([...compared, ...questions.flat()])].sort((a, b) => a - b);
  const placeOf = new Map(read.map((row, place) => [row, place]));
  const findNearest = await neighbours(read.map((row) => rows[row]?.text ?? ''));
  for (const [fold, asked] of questions.entries()) {
    const training = compared.filter((row) => heldOutIn[row] !== fold).map((row) => placeOf.get(row) ?? 0);
    byFold.push(
      asked.flatMap((row): HeldOutRow[] => {
        const conversation = conversations[row];
        const example = examples[row];
        if (!conversation || !example) return [];
        const prompt = promptOf(reader, conversation);
        if (prompt.length > room) {
          tooLong++;
          return [];
        }
        const near = findNearest(placeOf.get(row) ?? 0, training, FEW_SHOT_EXAMPLES);
        const nearest = near.map((place) => read[place] ?? 0);
        const shown = nearest.flatMap((at) => conversations[at] ?? []);
        const few = fewShot(reader, conversation, shown, example, Math.min(MOST_PROMPT_TOKENS, room));
        const [first] = nearest;
        const copied = first === undefined ? undefined : rows[first];
        return [
          {
            row,
            base: { prompt, example },
            fewShot: few?.asked ?? null,
            examples: nearest.slice(0, few?.examples ?? 0),
            nearest:
              first === undefined || copied === undefined
                ? null
                : { row: first, text: copied.target, tokens: tokensOf(copied.target) },
          },
        ];
      }),
    );
  }
  return { byFold, capped, tooLong };
}

function promptOf(reader: ChatReader, conversation: Conversation): Int32Array {
  return encodePrompt(reader, splitLastAnswer(conversation).asked);
}

/** The same question behind as many examples as fit, the nearest one last; null where none does. */
function fewShot(
  reader: ChatReader,
  conversation: Conversation,
  shown: readonly Conversation[],
  own: TokenExample,
  most: number,
): { asked: AskedRow; examples: number } | null {
  const learned = own.trained.reduce((sum, one) => sum + one, 0);
  for (let count = shown.length; count > 0; count--) {
    const long = fewShotConversation(conversation, shown.slice(0, count));
    const prompt = promptOf(reader, long);
    const example = encodeExample(reader, long);
    if (example.ids.length > most) continue;
    // What is scored are the same tokens as without examples: where the row was cut, its end is not.
    return {
      asked: { prompt, example: { ids: example.ids, trained: firstOnly(example.trained, learned) } },
      examples: count,
    };
  }
  return null;
}

/** The first so many learned tokens. */
function firstOnly(trained: Uint8Array, count: number): Uint8Array {
  let left = count;
  return trained.map((one) => (one === 1 && left-- > 0 ? 1 : 0));
}

/** Learned tokens that are shown one by one at most. */
const MOST_SHOWN_TOKENS = 120;

/** The held-out answer of middle length, among those that can be read at a glance; null where there is none. */
function shownAnswer(
  held: readonly HeldOutRow[],
  rows: readonly Row[],
  examples: readonly GenerationExample[],
): GenerationPlan['shown'] {
  const fitting = held
    .flatMap(({ row }) => {
      const [example, own] = [examples[row], rows[row]];
      return example && own ? [{ example, own, pieces: learnedPieces(example) }] : [];
    })
    .filter(({ example, pieces }) => example.cut === 0 && pieces.length > 0 && pieces.length <= MOST_SHOWN_TOKENS)
    .sort((a, b) => a.pieces.length - b.pieces.length);
  const middle = fitting[Math.floor((fitting.length - 1) / 2)];
  if (middle === undefined) return null;
  return { line: middle.own.line, prompt: middle.own.text, pieces: middle.pieces, example: middle.example };
}

/** The person's own prompts, behind the system message that most rows have; null where there are none. */
function ownProbes(
  prompts: readonly string[],
  conversations: readonly Conversation[],
  { reader, room }: Pick<HeldOutQuestion, 'reader' | 'room'>,
): GenerationPlan['probes'] | null {
  const texts = prompts.map((text) => text.trim()).filter((text) => text !== '');
  if (texts.length === 0) return null;
  const system = commonSystem(conversations);
  return texts.slice(0, MOST_PROBES).map((text) => {
    const messages = [...(system === null ? [] : [{ role: 'system' as const, content: system }])];
    const prompt = encodePrompt(reader, { messages: [...messages, { role: 'user', content: text }] });
    if (prompt.length <= room) return { text, prompt };
    throw new AppError(
      'data-unusable',
      `A prompt of yours has ${formatCount(prompt.length)} tokens, and this model has room for ${formatCount(room)} before its answer. Shorten it.`,
    );
  });
}

/** The system message of more than half of the conversations; null where there is none. */
function commonSystem(conversations: readonly Conversation[]): string | null {
  const counts = new Map<string, number>();
  for (const { messages } of conversations) {
    const own = messages.find(({ role }) => role === 'system')?.content;
    if (own !== undefined) counts.set(own, (counts.get(own) ?? 0) + 1);
  }
  const [system, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [null, 0];
  return 2 * count > conversations.length ? system : null;
}

/** A few held-out rows of different lengths, the same for a seed. */
function probesOf(held: readonly HeldOutRow[], rows: readonly Row[]): GenerationPlan['probes'] {
  const byLength = [...held].sort((a, b) => a.base.prompt.length - b.base.prompt.length);
  const count = Math.min(MOST_PROBES, byLength.length);
  return Array.from({ length: count }, (_, i) => byLength[Math.floor(((i + 0.5) * byLength.length) / count)]).flatMap(
    (asked) => (asked ? [{ text: rows[asked.row]?.text ?? '', prompt: asked.base.prompt }] : []),
  );
}

function countGrouped(groups: Int32Array): number {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return groups.reduce((sum, group) => sum + ((sizes.get(group) ?? 0) > 1 ? 1 : 0), 0);
}
