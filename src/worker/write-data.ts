/**
 * From stored rows to what a run of written answers trains on and asks: conversations in tokens, which rows are held out,
 * how long answers may be. Everything done differently from the plan is noted.
 */
import { conversationOf } from '../core/data/conversations';
import type { Row } from '../core/data/dataset';
import { makeFolds } from '../core/data/folds';
import { holdOut } from '../core/data/hold-out';
import { groupForSplits } from '../core/data/split-groups';
import { AppError } from '../core/errors';
import { deriveSeed } from '../core/random';
import type { GenerationData, GenerationPlan } from '../core/run/generation';
import type { RunRequest } from '../core/run/record';
import type { Settings } from '../core/settings/settings';
import { partRows } from '../core/settings/test-part';
import { type ChatReader, encodeExample } from '../core/text/examples';
import { formatAmount, formatCount, formatPercent } from '../core/words/numbers';
import type { ReadNeighbours } from './neighbours';
import { groupNotes, trialNotes } from './run-notes';
import { FEW_SHOT_EXAMPLES, heldOutRows } from './write-held-out';
import { ownProbes, probesOf, shownAnswer } from './write-probes';
import type { WritingRows } from './write-rows';

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
function countGrouped(groups: Int32Array): number {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return groups.reduce((sum, group) => sum + ((sizes.get(group) ?? 0) > 1 ? 1 : 0), 0);
}
