/** What samples of a search are in figures: how many intervals hold what came of them, how often a gain is claimed. */
import type { Interval } from '../src/core/metrics/intervals';

/** A quoted figure with its interval, and what came of it; shares. */
export interface Held {
  figure: number;
  ci95: Interval;
  rest: number;
}

export interface Drawn {
  sample: number;
  labels: number;
  metric: string;
  recommended: string;
  /** A search of settings found better ones than auto, and they are used. */
  taken: boolean;
  /** The sentence of the search, and of a run of its rung alone, where they find a gain. */
  gains: { search: string | null; alone: string | null };
  /** Null by lot. The figures of the report, and that of the search's own words. */
  report: Held | null;
  accuracy: Held | null;
  macro: Held | null;
  quoted: Held | null;
  /** Of the best mean of all that was tried, nested by nothing. */
  best: Omit<Held, 'ci95'> | null;
  /** Of the recommended rung over the best cheaper one. */
  gain: Held | null;
  /** Of the processor. */
  seconds: number;
}

/** Points and shares of a hundred. */
export function summaryOf(drawn: readonly Drawn[]) {
  const held = (of: (one: Drawn) => Held | null) => heldSummary(drawn.flatMap((one) => of(one) ?? []));
  const counted = (of: (one: Drawn) => string) => {
    const counts: Record<string, number> = {};
    for (const one of drawn) counts[of(one)] = (counts[of(one)] ?? 0) + 1;
    return counts;
  };
  const best = drawn.flatMap((one) => one.best ?? []);
  return {
    samples: drawn.length,
    metrics: counted(({ metric }) => metric),
    recommended: counted(({ recommended }) => recommended),
    taken: drawn.filter(({ taken }) => taken).length,
    gains: {
      search: drawn.filter(({ gains }) => gains.search !== null).length,
      alone: drawn.filter(({ gains }) => gains.alone !== null).length,
    },
    report: held((one) => one.report),
    accuracy: held((one) => one.accuracy),
    macro: held((one) => one.macro),
    quoted: held((one) => one.quoted),
    gain: held((one) => one.gain),
    best: best.length === 0 ? null : { bias: 100 * mean(best.map(({ figure, rest }) => figure - rest)) },
    secondsEach: mean(drawn.map(({ seconds }) => seconds)),
  };
}

/** How many intervals have the figure of the rest in them, how far figures lie off, and how wide intervals are. */
function heldSummary(held: readonly Held[]) {
  if (held.length === 0) return null;
  const off = held.map(({ figure, rest }) => 100 * (figure - rest));
  const sizes = off.map(Math.abs).sort((a, b) => a - b);
  return {
    of: held.length,
    covered: held.filter(({ ci95: [low, high], rest }) => low <= rest && rest <= high).length,
    // The rest is better than the interval allows, or worse.
    above: held.filter(({ ci95, rest }) => rest > ci95[1]).length,
    below: held.filter(({ ci95, rest }) => rest < ci95[0]).length,
    figure: 100 * mean(held.map(({ figure }) => figure)),
    bias: mean(off),
    spread: Math.sqrt(mean(off.map((value) => value ** 2))),
    width: 100 * mean(held.map(({ ci95 }) => ci95[1] - ci95[0])),
    // Twice the distance that 95 of 100 figures keep to.
    needed: 2 * (sizes[Math.ceil(0.95 * sizes.length) - 1] ?? 0),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
