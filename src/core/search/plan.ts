/**
 * Which rungs a search takes on within the time it is given: from minutes that were measured on this device to rungs that
 * are done whole, looked at on a part first, or left out with a reason. Every search reads all texts, whatever takes part.
 */
import { AppError } from '../errors';
import { formatAmount, formatBytes, formatCount, formatDuration } from '../words/numbers';
import type { Rung } from './rung';

/** The part of the training rows that a rung is looked at on: all folds of the whole, two of them, or all of a quarter. */
export type FirstLook = 'whole' | 'folds' | 'rows';

/** What a rung takes, measured here. */
export interface RungCost {
  rung: string;
  title: string;
  /** Of the wall clock: where folds stand side by side, a fold's share of it. */
  foldMs: number;
  /** The fit to all training rows. */
  finalMs: number;
  /** The most memory at once. */
  bytes: number;
  /** It learns from what the encoders made of the texts. */
  reads: boolean;
  /** Folds that are fitted side by side. */
  atOnce: number;
  /** False where it takes as long on a part of the rows: its steps are counted, not its passes. */
  scales?: boolean;
  /** False where nothing is left of it that could be kept. */
  model?: boolean;
  /** Its turn where it is dear, the lowest first; absent: by its cost. */
  turn?: number;
  /** Why it is left out unless there is time for everything; absent or null: it is not. */
  late?: string | null;
  /** Why it cannot be done on these rows at all; null where it can. */
  unfit: string | null;
}

export interface PlanQuestion {
  costs: readonly RungCost[];
  folds: number;
  /** Training rows, and labels. */
  rows: number;
  labels: number;
  /** Reading all texts once, with all encoders: no rung reads them again. */
  readMs: number;
  /** The same of each encoder by itself, the first one's first; absent in what an earlier version measured. */
  reading?: readonly EncoderReading[] | undefined;
  /** Null = no limit. */
  budgetMs: number | null;
  /** Null = not known. */
  memoryBytes: number | null;
}

/** What reading all texts with an encoder takes. */
export interface EncoderReading {
  title: string;
  ms: number;
}

/** What was measured of a search on a device: a plan but for its budget. */
export type MeasuredRungs = Omit<PlanQuestion, 'budgetMs'>;

/** What is asked of a search. */
export interface SearchRequest {
  /** Null = no limit. */
  budgetMs: number | null;
  /** What the plan was shown by; null where it is measured before the search begins. */
  measured: MeasuredRungs | null;
  /** Ids of the rungs that take part; absent: all of them. */
  rungs?: readonly string[];
}

/** Budgets to choose from, in minutes; null = no limit. */
export const BUDGETS: readonly (number | null)[] = [2, 10, 30, 120, null];

export interface PlannedRung extends RungCost {
  /** Null where it is left out. */
  first: FirstLook | null;
  /** Why it is left out. */
  out: string | null;
  /** Its first look; on a quarter, with that of the dearest cheaper rung, which may lead till then. */
  firstMs: number;
  /** All folds. */
  wholeMs: number;
  /** A run of it by hand: reading, folds, final fit. */
  costMs: number;
}

export interface LadderPlan {
  folds: number;
  rows: number;
  labels: number;
  budgetMs: number | null;
  readMs: number;
  /** How many encoders are read with, and those that are left out, since they take too much of the budget; absent: all, none. */
  encoders?: number;
  unread?: readonly EncoderReading[];
  /** Held back for the dearest final fit there may be. */
  heldMs: number;
  /** All rungs whole, as measured; and the least budget in which they are done whole without a look first. */
  allMs: number;
  wholeFromMs: number;
  /** In the order of their cost, which is the order of the ladder. */
  rungs: PlannedRung[];
}

/** Of what there is to spend: up to this share a rung is cheap, and done whole. */
const CHEAP = 0.05;
/** Up to this share two folds of it are a look that one can afford; above it a quarter of the rows is. */
const DEAR = 0.3;
/** All are done whole without a look where there is so much more time than they were measured to take. */
const SURE = 1.25;
/** Folds of a first look. */
const LOOK_FOLDS = 2;
/** Reading with further encoders is worth up to this share of the budget; above it the minutes are for rungs. */
const READING = 0.5;
/** A part of the rows says something from so many rows on, and so many a label. */
const LEAST_ROWS = 100;
const LEAST_PER_LABEL = 5;

/** True of a rung that something is left of that could be kept. */
export function leavesModel({ model = true }: Pick<RungCost, 'model'>): boolean {
  return model;
}

/** True where some rung that leaves a model is taken on. */
export function findsModel({ rungs }: LadderPlan): boolean {
  return rungs.some((rung) => rung.first !== null && leavesModel(rung));
}

/** True where a rung that is taken on is tried on every encoder: until then none is let go. */
export function triesEncoders({ rungs }: LadderPlan, all: readonly Rung[]): boolean {
  const isTaken = (id: string): boolean => rungs.some(({ rung, first }) => rung === id && first !== null);
  return all.some(({ id, everyEncoder = false }) => everyEncoder && isTaken(id));
}

/** A plan that was kept by an earlier build, which did not say what leaves no model. */
export function withModels(plan: LadderPlan, rungs: readonly Rung[]): LadderPlan {
  const isMethod = (id: string): boolean => rungs.some(({ id: own, work }) => own === id && work.kind === 'method');
  return { ...plan, rungs: plan.rungs.map((planned) => ({ model: isMethod(planned.rung), ...planned })) };
}

/** Shares of the rows that a look may be on. */
export type RowShare = 0.25 | 0.5 | 1;

/** What a rung takes on a share of the rows, next to all of them. */
export function costShare({ scales = true }: Pick<RungCost, 'scales'>, share: RowShare): number {
  return scales ? share : 1;
}

/** True where so small a share of the rows still says something. */
export function canShare({ rows, labels }: Pick<LadderPlan, 'rows' | 'labels'>, share: RowShare): boolean {
  return share === 1 || rows * share >= Math.max(LEAST_ROWS, LEAST_PER_LABEL * labels);
}

/** Folds of a first look: two, and always fewer than all. */
export function lookFolds(folds: number): number {
  return Math.min(LOOK_FOLDS, folds - 1);
}

/** The plan for a budget. Throws `config-invalid` under two folds: rungs are compared over folds. */
export function planLadder(question: PlanQuestion): LadderPlan {
  const { costs, folds, rows, labels, budgetMs, memoryBytes } = question;
  if (folds < 2) throw new AppError('config-invalid', 'What works is found over folds: at least 2.');
  const out = new Map<string, string>();
  for (const { rung, unfit, bytes } of costs) {
    if (unfit !== null) out.set(rung, unfit);
    else if (memoryBytes !== null && bytes > memoryBytes) {
      out.set(rung, `It takes ${formatBytes(bytes)} of memory, and ${formatBytes(memoryBytes)} are there.`);
    }
  }
  const whole = costs.map((cost) => ({ ...cost, wholeMs: cost.foldMs * folds }));
  const able = whole.filter(({ rung }) => !out.has(rung));
  const onceMs = question.readMs + heldFor(able);
  const allMs = onceMs + sum(able, 'wholeMs');
  const wholeFromMs = onceMs + SURE * sum(able, 'wholeMs');
  if (budgetMs !== null && budgetMs < wholeFromMs && able.some((cost) => leavesModel(cost) && !cost.late)) {
    for (const { rung, late } of able) if (late) out.set(rung, late);
  }
  const { readMs, encoders, unread } = readingWithin(question, wholeFromMs);
  const priced = whole
    .map((cost) => ({
      ...cost,
      costMs: (cost.reads || leavesModel(cost) ? readMs : 0) + cost.wholeMs + cost.finalMs,
    }))
    .sort((a, b) => a.costMs - b.costMs);
  for (;;) {
    const left = priced.filter(({ rung }) => !out.has(rung));
    const heldMs = heldFor(left);
    const room = budgetMs === null ? Infinity : budgetMs - readMs - heldMs;
    const looks = looksIn(left, room, { folds, rows, labels });
    const dearest = left.at(-1);
    if (dearest === undefined || sum(looks, 'firstMs') <= room) {
      const rungs = priced.map((rung): PlannedRung => {
        const look = looks.find((planned) => planned.rung === rung.rung);
        return look ?? { ...rung, first: null, out: out.get(rung.rung) ?? null, firstMs: 0 };
      });
      return {
        ...{ folds, rows, labels, budgetMs, readMs, heldMs, allMs, wholeFromMs, rungs },
        ...(unread.length > 0 && { encoders, unread }),
      };
    }
    const look = looks.find(({ rung }) => rung === dearest.rung);
    const needed = formatDuration((look?.firstMs ?? 0) + dearest.finalMs);
    out.set(dearest.rung, `No time in ${budgetWords(budgetMs ?? 0)}: a look and its final fit take ${needed}.`);
  }
}

/** Further encoders leave, the last first, while reading takes more than its share and there is no time for everything. */
function readingWithin(
  { readMs, reading = [], budgetMs }: PlanQuestion,
  wholeFromMs: number,
): { readMs: number; encoders: number; unread: EncoderReading[] } {
  if (budgetMs === null || budgetMs >= wholeFromMs) return { readMs, encoders: reading.length, unread: [] };
  let kept = reading.length;
  let ms = readMs;
  while (ms > READING * budgetMs && kept > 1 && (reading[kept - 1]?.ms ?? 0) > 0) ms -= reading[--kept]?.ms ?? 0;
  return { readMs: ms, encoders: kept, unread: reading.slice(kept) };
}

/** «Nothing is read with E5 multilingual: that takes 6 min 00 s more.»; null where all encoders are read with. */
export function unreadWords({ unread = [] }: { unread?: readonly EncoderReading[] | undefined }): string | null {
  if (unread.length === 0) return null;
  const titles = unread.map(({ title }) => title).join(' and ');
  return `Nothing is read with ${titles}: that takes ${formatDuration(sum(unread, 'ms'))} more.`;
}

/** What a plan comes to, in a sentence or two. */
export function planWords({ rungs, budgetMs, wholeFromMs, unread }: LadderPlan): string {
  const taken = rungs.filter(({ first }) => first !== null);
  const [cheapest] = rungs;
  const time = budgetMs === null ? 'Without a limit' : `In ${budgetWords(budgetMs)}`;
  if (taken.length === 0) {
    const least = cheapest ? ` ${cheapest.title}, the quickest, takes ${formatDuration(cheapest.costMs)}.` : '';
    return `${time} there is no time for any rung.${least}`;
  }
  const part = taken.filter(({ first }) => first !== 'whole').length;
  const left = rungs.filter(({ out }) => out !== null).length;
  const turn = taken.length === 1 ? 'gets its turn' : 'get their turn';
  const who =
    left === 0 ? 'every rung gets its turn' : `${taken.length} of ${formatAmount(rungs.length, 'rung')} ${turn}`;
  const how = part === 0 ? 'whole' : `${part === 1 ? 'the dearest' : `the ${part} dearest`} on a part first`;
  const more = budgetMs === null || budgetMs >= wholeFromMs ? '' : ` All whole from ${formatDuration(wholeFromMs)} on.`;
  const out = unreadWords({ unread });
  return `${time} ${who}, ${how}.${more}${out === null ? '' : ` ${out}`}`;
}

/** «30 min», as it was chosen. */
function budgetWords(budgetMs: number): string {
  return budgetMs % 60_000 === 0 ? `${formatCount(budgetMs / 60_000)} min` : formatDuration(budgetMs);
}

type Priced = RungCost & Pick<PlannedRung, 'wholeMs' | 'costMs'>;

function looksIn(
  left: readonly Priced[],
  room: number,
  shape: Pick<LadderPlan, 'folds' | 'rows' | 'labels'>,
): PlannedRung[] {
  const allWhole = SURE * sum(left, 'wholeMs') <= room;
  // There has to be a model to keep.
  const surest = left.find(leavesModel);
  return left.map((rung, i) => {
    const share = allWhole || rung.wholeMs === 0 ? 0 : room > 0 ? rung.wholeMs / room : Infinity;
    const onRows = share > DEAR && rung.scales !== false && canShare(shape, 0.25);
    const first: FirstLook = share <= CHEAP || rung === surest ? 'whole' : onRows ? 'rows' : 'folds';
    const before = Math.max(0, ...left.slice(0, i).map((one) => one.wholeMs * costShare(one, 0.25)));
    const firstMs = {
      whole: rung.wholeMs,
      folds: rung.foldMs * lookFolds(shape.folds),
      rows: rung.wholeMs * costShare(rung, 0.25) + before,
    }[first];
    return { ...rung, first, out: null, firstMs };
  });
}

function heldFor(rungs: readonly RungCost[]): number {
  return Math.max(0, ...rungs.map(({ finalMs }) => finalMs));
}

function sum<K extends string>(values: readonly Record<K, number>[], key: K): number {
  return values.reduce((total, value) => total + value[key], 0);
}
