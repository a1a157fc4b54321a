/**
 * The memory of an adapter's largest step, before there is one: whether its layers are computed again for their gradient,
 * and the refusal of rows that do not fit even so.
 */
import { AppError } from '../../../core/errors';
import { type AdapterModel, adapterStepBytes } from '../../../core/models/adapter-step';
import { loraConfigOf } from '../../../core/models/lora';
import type { GenerationData } from '../../../core/run/generation';
import type { Settings } from '../../../core/settings/settings';
import { bucketLength } from '../../../core/text/batches';
import { formatBytes } from '../../../core/words/numbers';
import { adapterSize } from '../../adapters/adapter';
import { STEP_TOKENS } from '../../fit/budget';
import type { Decoder } from '../../models/decoder';
import { CHUNK_ELEMENTS } from '../../ops/chunked-cross-entropy';
import { limitsOf, type MemoryLimits } from '../../ops/memory-limits';
import { currentPath } from '../../ops/path';

/** A step that would take more is computed with less: a GPU of a small device has little more beside its screen. */
const EASY_BYTES = { webgpu: 450e6, wasm: 1.5e9, portable: 1.5e9 };
/** Limits of a row that are offered, longest first. */
const LENGTHS = [4096, 2048, 1024, 512, 256, 128, 64];

export interface StepMemory {
  recompute: boolean;
  bytes: number;
}

/** Of a run; throws `plan-too-large` with what would fit. */
export function stepMemory(
  model: Decoder,
  data: Pick<GenerationData, 'examples'>,
  settings: Settings,
  limits: MemoryLimits = limitsOf(currentPath()),
  easy = EASY_BYTES[currentPath().kind],
): StepMemory {
  const sizes = sizesOf(model, settings);
  const longest = data.examples.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  refuseTooLong(sizes, longest, limits);
  const tokens = bucketLength(longest);
  const batch = Math.max(1, Math.min(settings.batchSize, Math.floor(STEP_TOKENS / tokens)));
  const plain = adapterStepBytes(sizes, { batch, tokens }, false).total;
  const recompute = plain > Math.min(easy, limits.total);
  return { recompute, bytes: recompute ? adapterStepBytes(sizes, { batch, tokens }, true).total : plain };
}

/** One row at a time is the least that a step takes. */
function refuseTooLong(sizes: AdapterModel, longest: number, limits: MemoryLimits): void {
  const needs = (length: number) => adapterStepBytes(sizes, { batch: 1, tokens: bucketLength(length) }, true);
  const fits = (length: number): boolean => {
    const { total, tensor } = needs(length);
    return total <= limits.total && tensor <= limits.tensor;
  };
  if (fits(longest)) return;
  const { total, tensor } = needs(longest);
  const [what, most] =
    total > limits.total
      ? [`at least ${formatBytes(total)}`, limits.total]
      : [`${formatBytes(tensor)} in one piece`, limits.tensor];
  const shorter = LENGTHS.find((length) => length < longest && fits(length));
  const advice =
    shorter === undefined
      ? 'No shorter limit fits: choose a smaller model, or another device.'
      : `Rows of at most ${shorter.toLocaleString('en')} tokens would fit: set the limit to that.`;
  throw new AppError(
    'plan-too-large',
    `The longest row has ${longest.toLocaleString('en')} tokens, and a step with it alone needs ${what} of this device's ` +
      `memory, which gives about ${formatBytes(most)}. ${advice}`,
    { details: { needed: total, given: Number.isFinite(most) ? most : 0 } },
  );
}

function sizesOf({ family, config, weights }: Decoder, settings: Settings): AdapterModel {
  const { rank, alpha, loraDropout: dropout, targetModules: targets, rankStabilized } = settings;
  const lora = loraConfigOf({ rank, alpha, dropout, targets, rankStabilized }, family.id);
  return {
    counts: family.counts(config),
    vocabSize: config.vocabSize,
    weightBytes: weightBytes(weights),
    adapterValues: adapterSize(family.linearModules(config), lora),
    logitsAtOnce: CHUNK_ELEMENTS,
  };
}

/** Of the weights as they are on the device: blocks where they stay packed. */
function weightBytes(weights: Decoder['weights']): number {
  return [...weights.values()].reduce(
    (sum, weight) => sum + 4 * ('words' in weight ? weight.words.size : weight.size),
    0,
  );
}
