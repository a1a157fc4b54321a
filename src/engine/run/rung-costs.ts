/**
 * What the rungs of a search take on this device, measured before it begins: each method by steps of its own on the run's
 * rows, as its plan is before a run of it by hand; what is solved and not stepped by the speed of the processor.
 *
 * Promise: a rung is called unfit by a device that works. One that broke down by a rung would find all those after it
 * unfit: the measuring ends with what the guard says.
 */
import { AppError } from '../../core/errors';
import { encoderTitle } from '../../core/models/encoders';
import { PREFIX_PART, readingPart } from '../../core/run/parts';
import type { EncoderReading, MeasuredRungs, RungCost } from '../../core/search/plan';
import type { Rung } from '../../core/search/rung';
import { methodDefinition } from '../../core/settings/methods';
import type { Settings } from '../../core/settings/settings';
import { processorFactor } from '../fit/processor';
import type { Part } from '../fit/progress';
import { limitsOf } from '../ops/memory-limits';
import { currentPath } from '../ops/path';
import type { LabelNames } from '../tasks/classification/further-encoder';
import type { Measurable } from '../tasks/classification/method';
import { classificationMethod } from '../tasks/classification/registry';
import { PLAIN_CORE } from './estimate';
import { laneCount } from './lanes';
import { estimatePlan, type Unread } from './plan-estimate';
import { wordsLoad } from './workload';

export interface RungsToMeasure {
  rungs: readonly Rung[];
  /** Of a rung that is a method, with everything on auto. */
  settingsOf(rung: Rung): Settings;
  folds: number;
  names: LabelNames;
  /** As for `estimatePlan`. */
  unread?: Unread;
  /** Why a start before passed rungs over, by their ids: those are not tried again. */
  passedOver?: ReadonlyMap<string, string>;
  /** Hears the title of the rung that is measured. */
  onRung?(title: string): void;
  /** The device broke down by a rung, and `failure` is thrown next. */
  onBroken?(rung: Rung, failure: unknown): void;
}

/** Why a rung cannot be done on these rows or on this device; anything else that goes wrong ends the measuring. */
const UNFIT: readonly AppError['code'][] = ['plan-too-large', 'out-of-memory', 'data-unusable'];

/** What every rung takes; null when stopped. Throws what the guard finds: `out-of-memory`, `gpu-error`, `device-lost`. */
export async function measureRungs(context: Measurable, asked: RungsToMeasure): Promise<MeasuredRungs | null> {
  const { corpus } = context;
  const { rungs, folds, names, onRung } = asked;
  const rows = corpus.trainRows.length;
  const labels = corpus.labels.length;
  const costs: RungCost[] = [];
  let reading: EncoderReading[] = [];
  let first = true;
  for (const rung of rungs) {
    onRung?.(rung.title);
    const own = { rung: rung.id, title: rung.title, bytes: 0, atOnce: 1, unfit: null, model: false };
    if (rung.work.kind === 'method') {
      // What reading takes is measured with the first that fits; the others read nothing again.
      const unread = first ? asked.unread : nothingUnread(context);
      const measured = await measureMethod(context, rung, { ...asked, ...(unread && { unread }) });
      if (!measured) return null;
      costs.push(measured.cost);
      if (measured.cost.unfit !== null) continue;
      if (first) reading = measured.reading;
      first = false;
    } else if (rung.work.kind === 'names') {
      const unfit = names.some((ids) => ids !== null) ? null : 'The labels have no names that say something.';
      costs.push({ ...own, foldMs: solvingMs(rows), finalMs: 0, reads: true, unfit });
    } else {
      const foldRows = rows * (1 - 1 / folds);
      const [foldMs, finalMs] = [solvingMs(wordsLoad(foldRows, labels)), solvingMs(wordsLoad(rows, labels))];
      costs.push({ ...own, foldMs, finalMs, reads: false });
    }
  }
  const { total } = limitsOf(currentPath());
  const readMs = reading.reduce((all, { ms }) => all + ms, 0);
  return { costs, folds, rows, labels, readMs, reading, memoryBytes: Number.isFinite(total) ? total : null };
}

/** All of it is read. */
function nothingUnread({ further }: Measurable): Unread {
  return [[], ...further.map(() => [])];
}

async function measureMethod(
  context: Measurable,
  rung: Rung,
  { settingsOf, folds, unread, passedOver, onBroken }: RungsToMeasure,
): Promise<{ cost: RungCost; reading: EncoderReading[] } | null> {
  const own = { ...context, settings: settingsOf(rung) };
  const { needsReading: reads } = classificationMethod(own.settings.method);
  const about = {
    ...{ rung: rung.id, title: rung.title, reads, atOnce: laneCount(own, folds), scales: scales(own) },
    ...turnOf(own),
  };
  const unfitFor = (unfit: string) => ({ cost: { ...about, foldMs: 0, finalMs: 0, bytes: 0, unfit }, reading: [] });
  const known = passedOver?.get(rung.id);
  if (known !== undefined) return unfitFor(known);
  try {
    const planned = await estimatePlan(own, folds, unread);
    if (!planned) return null;
    const { parts, estimate } = planned;
    // Frozen layers are run once for all folds.
    const once = sum(parts, (part) => part.key === PREFIX_PART);
    const foldMs = (sum(parts, ({ phase }) => phase === 'fold') + once) / folds;
    const finalMs = sum(parts, ({ phase }) => phase === 'final-fit' || phase === 'test');
    const bytes = estimate.bytes + (estimate.frozen?.memory ?? 0);
    const reading = [context.encoderId, ...context.further.map(({ id }) => id)].map((id, i) => {
      return { title: encoderTitle(id), ms: sum(parts, ({ key }) => key === readingPart(i)) };
    });
    return { cost: { ...about, foldMs, finalMs, bytes, unfit: null }, reading };
  } catch (error) {
    if (!(error instanceof AppError && UNFIT.includes(error.code))) throw error;
    try {
      context.guard.check();
    } catch (failure) {
      onBroken?.(rung, failure);
      throw failure;
    }
    return unfitFor(error.message);
  }
}

/** By what it is likely to bring on these rows. */
function turnOf({ settings, corpus }: Pick<Measurable, 'settings' | 'corpus'>): Pick<RungCost, 'turn' | 'late'> {
  const { search } = methodDefinition(settings.method);
  const facts = { rows: corpus.trainRows.length, labels: corpus.labels.length };
  return { turn: search?.turn?.(facts) ?? search?.place ?? 0, late: search?.late?.(facts) ?? null };
}

/** Whether it takes less time with a quarter of the rows. */
function scales({ settings, corpus }: Pick<Measurable, 'settings' | 'corpus'>): boolean {
  const { steps } = methodDefinition(settings.method);
  const rows = corpus.trainRows.length;
  const all = steps(settings, rows);
  return all === 0 || steps(settings, Math.floor(rows / 4)) < all;
}

function solvingMs(load: number): number {
  return load * PLAIN_CORE.solvingMs * processorFactor();
}

function sum(parts: readonly Part[], which: (part: Part) => boolean): number {
  return parts.filter(which).reduce((total, { estimateMs }) => total + estimateMs, 0);
}
