/** A search before it begins, for the eye: its budget in parts to scale, its rungs with what each gets. Pure. */
import { type LadderPlan, type MeasuredRungs, type PlannedRung, planLadder } from '../../../core/search/plan';
import type { Rung } from '../../../core/search/rung';

/** Minutes as milliseconds; null = no limit. */
export function budgetMs(minutes: number | null): number | null {
  return minutes === null ? null : 60_000 * minutes;
}

/** «0:08», «15:30», «1:05:00»; under a second in tenths: «0.4 s». */
export function clock(ms: number): string {
  if (ms < 950) return ms < 50 ? 'under 0.1 s' : `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** «whole», «2 folds first», «a quarter of the rows first»; of one left out, why. */
export function lookWords({ first, out }: PlannedRung): string {
  switch (first) {
    case 'whole':
      return 'whole';
    case 'folds':
      return '2 folds first';
    case 'rows':
      return 'a quarter of the rows first';
    case null:
      return `left out. ${out ?? ''}`.trim();
  }
}

/** The plan of the rungs that take part; null until they were measured. */
export function planOf(
  measured: MeasuredRungs | undefined,
  budget: number | null,
  takes: (rung: string) => boolean,
): LadderPlan | null {
  if (measured === undefined) return null;
  const costs = measured.costs.filter(({ rung }) => takes(rung));
  return planLadder({ ...measured, costs, budgetMs: budgetMs(budget) });
}

export interface RungLine extends Pick<Rung, 'id' | 'title' | 'note'> {
  takes: boolean;
  /** «whole», «2 folds first»; empty until it was measured, and of one that the person left out. */
  look: string;
  /** It is left out by the plan, for want of time or memory. */
  out: boolean;
  /** All its folds, and its memory; null where that is not known, and where it cannot be done. */
  wholeMs: number | null;
  bytes: number | null;
}

/** All rungs in the order of their cost; before they were measured, in that of their descriptors. What is left out keeps its place. */
export function rungLines(
  rungs: readonly Rung[],
  {
    measured,
    plan,
    takes,
  }: { measured: MeasuredRungs | undefined; plan: LadderPlan | null; takes(rung: string): boolean },
): RungLine[] {
  const priced = measured ? planLadder({ ...measured, budgetMs: null }).rungs : [];
  const place = ({ id }: Rung): number => priced.findIndex(({ rung }) => rung === id);
  return [...rungs]
    .sort((a, b) => place(a) - place(b))
    .map(({ id, title, note }) => {
      const cost = priced.find(({ rung }) => rung === id);
      const planned = plan?.rungs.find(({ rung }) => rung === id);
      const known = cost?.unfit === null ? cost : null;
      return {
        ...{ id, title, note, takes: takes(id), out: planned?.first === null },
        look: planned ? lookWords(planned) : '',
        wholeMs: known?.wholeMs ?? null,
        bytes: known && known.bytes > 0 ? known.bytes : null,
      };
    });
}

export interface BudgetPart {
  kind: 'cheap' | 'cv' | 'look' | 'held';
  name: string;
  words: string;
  ms: number;
  /** Per cent of the whole. */
  x: number;
  width: number;
}

/** Between two parts, in per cent. */
const GAP = 0.5;

/**
 * What a budget goes to, to scale: reading and rungs that are done whole, dear ones that are looked at first, what is left
 * for settings, and what is held back. Empty where no rung has room. Without a limit the whole is what all rungs take.
 */
export function budgetParts({ rungs, readMs, heldMs, budgetMs: budget }: LadderPlan): BudgetPart[] {
  const taken = rungs.filter(({ first }) => first !== null);
  if (taken.length === 0) return [];
  const sum = (of: readonly PlannedRung[]): number => of.reduce((total, { wholeMs }) => total + wholeMs, 0);
  const cheapMs = readMs + sum(taken.filter(({ first }) => first === 'whole'));
  const dearMs = sum(taken.filter(({ first }) => first !== 'whole'));
  const room = budget === null ? Infinity : Math.max(0, budget - heldMs - cheapMs);
  const lookMs = Math.min(dearMs, room);
  const leftMs = budget === null ? 0 : room - lookMs;
  const parts = [
    { kind: 'cheap', name: dearMs > 0 ? 'Cheap rungs, whole' : 'Rungs, whole', words: clock(cheapMs), ms: cheapMs },
    { kind: 'cv', name: 'Dear rungs, a part first', words: `up to ${clock(lookMs)}`, ms: lookMs },
    { kind: 'look', name: 'Settings of the best', words: 'what is left', ms: leftMs },
    { kind: 'held', name: 'Final fit', words: `${clock(heldMs)}, held back`, ms: heldMs },
  ] as const;
  const shown = parts.filter(({ ms, kind }) => ms > 0 || kind === 'held');
  const total = shown.reduce((all, { ms }) => all + ms, 0);
  // What is short is still seen.
  const scale = (ms: number): number => Math.max(1.2, total > 0 ? (100 * ms) / total : 0);
  const widths = shown.map(({ ms }) => scale(ms));
  const factor = (100 - GAP * (shown.length - 1)) / widths.reduce((all, width) => all + width, 0);
  let x = 0;
  return shown.map((part, i): BudgetPart => {
    const width = (widths[i] ?? 0) * factor;
    const placed = { ...part, x, width };
    x += width + GAP;
    return placed;
  });
}
