/**
 * The memory of an adapter's largest step, before there is one: whether its layers are computed again for their gradient,
 * how many threads may share it, and the refusal of rows that do not fit even so.
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
import { sharedParts } from '../../fit/micro-batches';
import type { Decoder } from '../../models/decoder';
import { limitsOf } from '../../ops/memory-limits';
import { currentPath } from '../../ops/path';

/** What a thread that trains may have: as many as may train at once are counted so (worker/pool.ts). */
const THREAD_BYTES = 2 ** 30;

/** A step that would take more is computed with less: a GPU of a small device has little more beside its screen. */
const EASY_BYTES = { webgpu: 450e6, wasm: THREAD_BYTES, portable: 1.5e9 };

export interface StepMemory {
  recompute: boolean;
  /** On one thread. */
  bytes: number;
  /** Micro-batches of the step, of which one at a time is in memory. */
  parts: number;
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
  const fitting = Math.max(1, Math.min(settings.batchSize, Math.floor(STEP_TOKENS / tokens)));
  const shared = sharesSteps() ? sharedParts(fitting, fitting * tokens) : 1;
  const shape = { batch: Math.ceil(fitting / shared), tokens };
  const plain = adapterStepBytes(sizes, shape, false).total;
  const recompute = plain > Math.min(easy, limits.total);
  return {
    recompute,
    bytes: recompute ? adapterStepBytes(sizes, shape, true).total : plain,
    parts: Math.ceil(settings.batchSize / fitting) * shared * settings.gradientAccumulation,
  };
}

/** Whether a step is cut into micro-batches that threads can share: a GPU wants them whole. */
export function sharesSteps(): boolean {
  return currentPath().kind === 'wasm';
}

/** How many threads share the steps, this one included, where `lanes` may train at once. */
export function stepThreads({ bytes, parts }: StepMemory, lanes: number): number {
  if (!sharesSteps()) return 1;
  return Math.max(1, Math.min(lanes, parts, Math.floor((lanes * THREAD_BYTES) / bytes)));
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
