/**
 * The settings of the rung that leads, searched, and the encoder that it trains: random tries, of which the better half goes
 * on to twice the rows (successive halving, Jamieson and Talwalkar 2016). `auto` is in the last round for nothing: its folds
 * are there.
 *
 * The figure of it is nested: for each fold the halving is done once more by the scores on the other folds alone, and what
 * is left then answers that fold. Tries that any of these needs go on, which is few more than one halving has.
 */
import { createRandom, deriveSeed } from '../random';
import { drawSettings } from '../settings/search-space';
import type { Settings } from '../settings/settings';
import { type FoldAnswers, type Gain, gainOver, type Judge, meanScore } from './answers';
import { type Move, msOf } from './next-move';
import { canShare, costShare, type LadderPlan, type RowShare } from './plan';
import { nestedAnswers } from './recommend';
import type { Rung } from './rung';
import { foldsLeft, foldsOf, type Seen } from './trials';

/** More tries find little more (Bergstra and Bengio 2012): with 12, one is among the best fifth of the space in 93 of 100 searches. */
export const MOST_TRIED = 12;
/** Fewer settings than these tell nothing, and halving them spares nothing; another encoder is worth a try of its own. */
const LEAST_TRIED = 3;
/** Nested settings are taken where they are ahead of `auto` with this chance. */
const TAKEN = 0.9;

/** What is tried of a rung: settings, on one of the encoders that the run reads with. */
export interface Candidate {
  settings: Settings;
  /** Place of the encoder that is trained among those of the run: 0 is the first. */
  encoder: number;
}

/**
 * What is tried of a rung, 1 to `count`; 0 is `auto` itself, on the first encoder. Fewer where there is no more to try.
 * `auto` on every other encoder comes first: on TREC-6 with 64 rows a label that tells two points, settings one.
 */
export function candidatesOf(
  { searched, everyEncoder = false }: Pick<Rung, 'searched' | 'everyEncoder'>,
  auto: Settings,
  { encoders, count }: { encoders: number; count: number },
): Candidate[] {
  const random = createRandom(deriveSeed(auto.seed, 'settings', auto.method));
  // Those beside the first have only the words that occur: not a table that can be trained.
  const trained = everyEncoder && !auto.trainEmbeddings ? encoders : 1;
  const found = new Map<string, Candidate>();
  const add = (settings: Settings, encoder: number): void => {
    // Noisy copies are in the first one's tokens.
    const own: Candidate = { settings: encoder === 0 ? settings : { ...settings, augmentation: 'none' }, encoder };
    const key = JSON.stringify(own);
    if (found.size <= count && !found.has(key)) found.set(key, own);
  };
  for (let encoder = 0; encoder < trained; encoder++) add(auto, encoder);
  for (let draw = 0; draw < 20 * count && found.size <= count; draw++) {
    const settings = drawSettings(searched, auto, random);
    add(settings, trained > 1 ? Math.floor(random() * trained) : 0);
  }
  return [...found.values()];
}

/** The shares of rows that rounds are on: all at once where so few are tried that halving them would spare nothing. */
export function roundsOf(plan: LadderPlan, tries: number): RowShare[] {
  if (tries < LEAST_TRIED) return [1];
  const shares: RowShare[] = [0.25, 0.5, 1];
  return shares.filter((share) => canShare(plan, share));
}

/** What tries of a rung take, and what there is for them. */
export interface RoomForTries {
  /** Of each, next to auto. */
  costs: readonly number[];
  /** The first so many are `auto` on other encoders. */
  encoders?: number;
  /** Milliseconds that there are where these are tried. */
  roomFor(tried: readonly number[]): number;
}

/** The most tries whose rounds fit, were those that go on the dearest; 0 where a search is not worth beginning. */
export function triesIn(plan: LadderPlan, rung: string, { costs, encoders = 0, roomFor }: RoomForTries): number {
  const planned = plan.rungs.find((one) => one.rung === rung);
  if (!planned) return 0;
  const least = Math.min(LEAST_TRIED, costs.length);
  for (let tries = Math.min(MOST_TRIED, costs.length); tries > 0; tries--) {
    if (tries < least && tries > encoders) continue;
    const tried = costs.slice(0, tries);
    const dearest = [...tried].sort((a, b) => b - a);
    const inRound = (share: RowShare, round: number): number =>
      costShare(planned, share) * dearest.slice(0, left(tries, round)).reduce((sum, cost) => sum + cost, 0);
    const fits = roundsOf(plan, tries).reduce((sum, share, round) => sum + inRound(share, round), 0);
    if (fits * planned.wholeMs <= roomFor(tried)) return tries;
  }
  return 0;
}

export interface SettingsSearch {
  plan: LadderPlan;
  judge: Judge;
  seen: readonly Seen[];
  rung: string;
  /** Tries beside `auto`. */
  tries: number;
  /** What each takes, next to auto. */
  costs?: readonly number[];
}

/** The next folds of the search; null when it is over, or the room is too small for what is next. */
export function nextTry({ plan, judge, seen, rung, tries, costs }: SettingsSearch, room: number): Move | null {
  const search = { plan, judge, seen, rung, tries };
  for (const [round, share] of roundsOf(plan, tries).entries()) {
    for (const candidate of enteringAny(search, round)) {
      const trial = { rung, candidate, share };
      if (hasFailed(seen, candidate, rung)) continue;
      const folds = foldsLeft(plan, seen, trial);
      // What a start before had begun is brought to its end.
      const fits = folds.length < plan.folds || msOf(plan, seen, { trial, folds }, costs) <= room;
      if (folds.length > 0) return fits ? { trial, folds } : null;
    }
  }
  return null;
}

export interface SearchOutcome {
  /** Number of the settings that all folds together chose; 0 is `auto`. */
  best: number;
  /** Its mean: the best of several looks, which flatters. */
  bestScore: number;
  /** What was chosen for each fold without it answered to it. */
  folds: FoldAnswers[];
  /** Of these answers over `auto`. */
  gain: Gain | null;
  /** True where what was found is used: the nested answers are likely to be ahead. */
  taken: boolean;
  /** What each try came to on the most rows it was seen on; `auto` first. */
  tried: { candidate: number; share: RowShare; score: number }[];
}

/** What a search came to; null where it was not brought to its end, so that nothing can be said of it without flattery. */
export function searchOutcome(search: SettingsSearch): SearchOutcome | null {
  const { plan, judge, seen, rung, tries } = search;
  if (tries === 0 || nextTry(search, Infinity) !== null) return null;
  const last = roundsOf(plan, tries).length - 1;
  const contenders = [0, ...enteringAny(search, last)]
    .filter((candidate) => !hasFailed(seen, candidate, rung))
    .map((candidate) => ({ id: String(candidate), candidate, folds: foldsOf(seen, { rung, candidate, share: 1 }) }));
  const auto = foldsOf(seen, { rung, candidate: 0, share: 1 });
  const among = (without: number | null) => new Set([0, ...entering(search, last, without)]);
  const best = (own: Judge, all: typeof contenders, without: number | null) => {
    const inIt = among(without);
    const scored = all
      .filter(({ candidate }) => inIt.has(candidate))
      .map((one) => ({ one, score: meanScore(own, one.folds) }));
    return scored.reduce((ahead, next) => (next.score > ahead.score ? next : ahead));
  };
  const overall = best(judge, contenders, null);
  const nested = nestedAnswers(judge, contenders, (own, all, without) => best(own, [...all], without).one);
  const gain = gainOver(judge, auto, nested.folds);
  const shares = roundsOf(plan, tries).reverse();
  const tried = Array.from({ length: tries + 1 }, (_, candidate) => candidate).flatMap((candidate) => {
    const share = shares.find((own) => foldsOf(seen, { rung, candidate, share: own }).length === plan.folds);
    if (share === undefined) return [];
    return [{ candidate, share, score: meanScore(judge, foldsOf(seen, { rung, candidate, share })) }];
  });
  const taken = overall.one.candidate !== 0 && gain !== null && gain.mean > 0 && gain.pAny >= TAKEN;
  return { best: overall.one.candidate, bestScore: overall.score, folds: nested.folds, gain, taken, tried };
}

/** Tries that enter a round, by the folds but one (null: by all). */
function entering(search: SettingsSearch, round: number, without: number | null): number[] {
  const { plan, judge, seen, rung, tries } = search;
  if (round === 0) return Array.from({ length: tries }, (_, i) => i + 1);
  const share = roundsOf(plan, tries)[round - 1] ?? 1;
  const scored = entering(search, round - 1, without).flatMap((candidate) => {
    const folds = foldsOf(seen, { rung, candidate, share });
    if (hasFailed(seen, candidate, rung) || folds.length < plan.folds) return [];
    return [
      {
        candidate,
        score: meanScore(
          judge,
          folds.filter(({ fold }) => fold !== without),
        ),
      },
    ];
  });
  return scored
    .sort((a, b) => b.score - a.score || a.candidate - b.candidate)
    .slice(0, left(tries, round))
    .map(({ candidate }) => candidate);
}

/** Tries that enter a round by any of these choices, in their order. */
function enteringAny(search: SettingsSearch, round: number): number[] {
  const withouts = [null, ...Array.from({ length: search.plan.folds }, (_, fold) => fold)];
  return [...new Set(withouts.flatMap((without) => entering(search, round, without)))].sort((a, b) => a - b);
}

/** Tries that are left of so many after some halvings. */
function left(tries: number, round: number): number {
  return Math.ceil(tries / 2 ** round);
}

function hasFailed(seen: readonly Seen[], candidate: number, rung: string): boolean {
  return seen.some(({ trial, failed }) => trial.rung === rung && trial.candidate === candidate && failed !== undefined);
}
