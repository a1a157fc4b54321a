/** The noise that a run trains on, read into tokens before it begins. */
import { AppError } from '../core/errors';
import type { ExperimentData } from '../core/run/experiment';
import type { SearchedSetting } from '../core/settings/search-space';
import type { Settings } from '../core/settings/settings';
import { deriveSeed } from '../core/random';
import type { Noise } from '../core/text/noise';
import { noisyCopies } from '../core/text/noisy-copies';
import type { Tokenizer } from '../core/text/tokenizer';
import { nextTurn } from '../engine/fit/pace';

/** Reading lasts at most this long without a look at the messages, in milliseconds. */
const TURN_MS = 30;

/** Every kind that these settings have, or a search among them may try. */
export function noisesOf(settings: readonly Settings[], searched: readonly SearchedSetting[] = []): Noise[] {
  const tried = searched.flatMap((line) => (line.key === 'augmentation' ? line.values : []));
  const all = new Set([...settings.map(({ augmentation }) => augmentation), ...tried]);
  return [...all].filter((kind) => kind !== 'none');
}

/** The rows, with noisy copies of these kinds. Other work of the thread gets its turn meanwhile; rejects with `cancelled`. */
export async function withNoise(
  data: ExperimentData,
  noises: readonly Noise[],
  { seed, maxLength }: Pick<Settings, 'seed' | 'maxLength'>,
  tokenizer: Pick<Tokenizer, 'encode'>,
  signal: AbortSignal,
): Promise<ExperimentData> {
  if (noises.length === 0) return data;
  const how = { tokenizer, maxLength, seed: deriveSeed(seed, 'augmentation') };
  const noisy: NonNullable<ExperimentData['noisy']> = {};
  for (const noise of noises) noisy[noise] = await inTurns(noisyCopies(data, noise, how), signal);
  return { ...data, noisy };
}

async function inTurns<T>(steps: Generator<undefined, T, void>, signal: AbortSignal): Promise<T> {
  let turnMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - turnMs < TURN_MS) continue;
    await nextTurn();
    if (signal.aborted) throw new AppError('cancelled', 'Reading was stopped.');
    turnMs = performance.now();
  }
}
