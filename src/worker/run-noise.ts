/** The noise that a run trains on, read into tokens before it begins. */
import type { ExperimentData } from '../core/run/experiment';
import type { SearchedSetting } from '../core/settings/search-space';
import type { Settings } from '../core/settings/settings';
import { deriveSeed } from '../core/random';
import type { Noise } from '../core/text/noise';
import { noisyCopies } from '../core/text/noisy-copies';
import type { Tokenizer } from '../core/text/tokenizer';

/** Every kind that these settings have, or a search among them may try. */
export function noisesOf(settings: readonly Settings[], searched: readonly SearchedSetting[] = []): Noise[] {
  const tried = searched.flatMap((line) => (line.key === 'augmentation' ? line.values : []));
  const all = new Set([...settings.map(({ augmentation }) => augmentation), ...tried]);
  return [...all].filter((kind) => kind !== 'none');
}

/** The rows, with noisy copies of these kinds. */
export function withNoise(
  data: ExperimentData,
  noises: readonly Noise[],
  { seed, maxLength }: Pick<Settings, 'seed' | 'maxLength'>,
  tokenizer: Pick<Tokenizer, 'encode'>,
): ExperimentData {
  if (noises.length === 0) return data;
  const how = { tokenizer, maxLength, seed: deriveSeed(seed, 'augmentation') };
  return { ...data, noisy: Object.fromEntries(noises.map((noise) => [noise, noisyCopies(data, noise, how)])) };
}
