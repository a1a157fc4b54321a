/**
 * The memory of an adapter's largest step, before there is one: whether its layers are computed again for their gradient,
 * and the refusal of rows that do not fit even so.
 */
import { AppError } from '../../../core/errors';
import { type AdapterModel, adapterStepBytes } from '../../../core/models/adapter-step';
import { loraConfigOf } from '../../../core/models/lora';
import type { MemoryLimits } from '../../../core/models/memory-limits';
import type { GenerationData } from '../../../core/run/generation';
import { roomFault } from '../../../core/run/step-room';
import type { Settings } from '../../../core/settings/settings';
import { bucketLength } from '../../../core/text/batches';
import { adapterSize } from '../../adapters/adapter';
import { STEP_TOKENS } from '../../fit/budget';
import type { Decoder } from '../../models/decoder';
import { limitsOf } from '../../ops/memory-limits';
import { currentPath } from '../../ops/path';

/** A step that would take more is computed with less: a GPU of a small device has little more beside its screen. */
const EASY_BYTES = { webgpu: 450e6, wasm: 1.5e9, portable: 1.5e9 };

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

function refuseTooLong(sizes: AdapterModel, longest: number, limits: MemoryLimits): void {
  const fault = roomFault(sizes, longest, limits);
  if (fault === null) return;
  const { message, needed, given } = fault;
  throw new AppError('plan-too-large', message, { details: { needed, given } });
}

function sizesOf({ family, config, weights }: Decoder, settings: Settings): AdapterModel {
  const { rank, alpha, loraDropout: dropout, targetModules: targets, rankStabilized } = settings;
  const lora = loraConfigOf({ rank, alpha, dropout, targets, rankStabilized }, family.id);
  return {
    counts: family.counts(config),
    vocabSize: config.vocabSize,
    weightBytes: weightBytes(weights),
    adapterValues: adapterSize(family.linearModules(config), lora),
  };
}

/** Of the weights as they are on the device: blocks where they stay packed. */
function weightBytes(weights: Decoder['weights']): number {
  return [...weights.values()].reduce(
    (sum, weight) => sum + 4 * ('words' in weight ? weight.words.size : weight.size),
    0,
  );
}
