/** Whether a device has room for a step that trains an adapter: one row at a time is the least that a step takes. */
import { type AdapterModel, adapterStepBytes } from '../models/adapter-step';
import type { ModelEntry } from '../models/card';
import { decoderCounts } from '../models/decoder-counts';
import { adapterParameters, type LoraChoice } from '../models/lora';
import type { MemoryLimits } from '../models/memory-limits';
import { bucketLength } from '../text/batches';
import { formatBytes, formatCount } from '../words/numbers';

/** Limits of a row that are offered, longest first. */
const LENGTHS = [4096, 2048, 1024, 512, 256, 128, 64];

export interface RoomFault {
  /** In words, with what would fit. */
  message: string;
  /** The longest row that would fit, of those that are offered; null where none would. */
  fits: number | null;
  needed: number;
  given: number;
}

/** What is in the way of a step with the longest row alone, all of it computed again; null where it fits. */
export function roomFault(sizes: AdapterModel, longest: number, limits: MemoryLimits): RoomFault | null {
  const needs = (length: number) => adapterStepBytes(sizes, { batch: 1, tokens: bucketLength(length) }, true);
  const fitting = (length: number): boolean => {
    const { total, tensor } = needs(length);
    return total <= limits.total && tensor <= limits.tensor;
  };
  if (fitting(longest)) return null;
  const { total, tensor } = needs(longest);
  const [what, most] =
    total > limits.total
      ? [`at least ${formatBytes(total)}`, limits.total]
      : [`${formatBytes(tensor)} in one piece`, limits.tensor];
  const fits = LENGTHS.find((length) => length < longest && fitting(length)) ?? null;
  const advice =
    fits === null
      ? 'No shorter limit fits: choose a smaller model, or another device.'
      : `Rows of at most ${formatCount(fits)} tokens would fit: set the limit to that.`;
  const message =
    `The longest row has ${formatCount(longest)} tokens, and a step with it alone needs ${what} of this device's ` +
    `memory, which gives about ${formatBytes(most)}. ${advice}`;
  return { message, fits, needed: total, given: Number.isFinite(most) ? most : 0 };
}

/** What a step is counted from where nothing of the model is loaded yet; null for one that does not write. */
export function sizesOfEntry(
  { decoder, shape }: Pick<ModelEntry, 'decoder' | 'shape'>,
  lora: Pick<LoraChoice, 'rank' | 'targets'>,
): AdapterModel | null {
  if (decoder === undefined) return null;
  const { config, deviceBytes } = decoder;
  return {
    counts: decoderCounts(config),
    vocabSize: config.vocabSize,
    weightBytes: deviceBytes,
    adapterValues: adapterParameters(shape, lora),
  };
}
