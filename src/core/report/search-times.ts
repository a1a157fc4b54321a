/** Where the time of a search went, from its report alone. Pure. */
import { formatAmount, formatDuration } from '../words/numbers';
import type { ClassificationReport } from './classification';
import { lower } from '../words/title';

export interface TimePart {
  id: string;
  title: string;
  seconds: number;
  /** The rung to use; in a report of an earlier build the one that was kept, where that was another. */
  recommended: boolean;
}

/** Under this many seconds a part of the rest is no news. */
const LEAST_SECONDS = 0.05;

/** The whole time in parts, in the order in which it went by; what took none is left out. Empty where nothing was searched. */
export function timeParts({ ladder, timings }: Pick<ClassificationReport, 'ladder' | 'timings'>): TimePart[] {
  if (!ladder) return [];
  const part = (id: string, title: string, seconds: number): TimePart => ({ id, title, seconds, recommended: false });
  const rungs = ladder.rungs.map(({ rung, title, seconds }) => ({
    ...part(rung, title, seconds),
    recommended: rung === keptIn(ladder),
  }));
  const inRungs = rungs.reduce((sum, { seconds }) => sum + seconds, 0);
  const known = [
    part('loading', 'Loading the models', timings.model),
    part('reading', 'Reading the texts', timings.features),
    ...rungs,
    part('settings', 'Settings of the best', ladder.seconds - timings.features - inRungs),
    part('final', 'Final fit', timings.final_fit),
    part('test', 'Test part', timings.test),
  ];
  const rest = timings.total - known.reduce((sum, { seconds }) => sum + Math.max(0, seconds), 0);
  return [...known, part('rest', 'Measuring before, and the rest', rest)].filter(
    ({ seconds }) => seconds >= LEAST_SECONDS,
  );
}

/** What dropping early saved, and what a run of the rung to use by hand takes; a sentence each. */
export function timeWords({ ladder }: Pick<ClassificationReport, 'ladder'>): string[] {
  if (!ladder) return [];
  const early = ladder.rungs.filter(({ state, planned }) => (state === 'dropped' || state === 'part') && planned);
  const saved = early.reduce((sum, { planned = 0, seconds }) => sum + Math.max(0, planned - seconds), 0);
  const kept = ladder.rungs.find(({ rung }) => rung === keptIn(ladder));
  return [
    ...(saved >= 1
      ? [`Not going on with ${formatAmount(early.length, 'rung')} saved about ${formatDuration(1000 * saved)}.`]
      : []),
    ...(kept ? [`By hand, ${lower(kept.title)} takes about ${formatDuration(1000 * kept.cost)} on these rows.`] : []),
  ];
}

function keptIn({ kept, recommended }: NonNullable<ClassificationReport['ladder']>): string {
  return kept ?? recommended;
}
