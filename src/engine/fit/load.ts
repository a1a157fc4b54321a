/**
 * What is computed, counted before it starts: passes and floating-point operations. Batches are cut by the same functions
 * as in the run.
 */
import { type ModelCounts, STEP_FACTOR } from '../../core/models/counts';
import { createRandom, deriveSeed } from '../../core/random';
import type { Settings } from '../../core/settings/settings';
import { bucketLength, inferenceBatches, trainingBatches } from '../../core/text/batches';
import { FORWARD_TOKENS, STEP_TOKENS } from './budget';
import { cutBatches } from './micro-batches';

/** Passes over a batch, and the operations of all of them together. */
export interface Load {
  passes: number;
  flops: number;
}

/** What one fit computes. */
export interface FitLoad {
  /** Without gradients. */
  forward: Load;
  /** With gradients, and the optimizer's update. */
  training: Load;
  /** Rows · classes · columns of linear classifiers that are solved on the CPU. */
  solving: number;
}

export const NO_LOAD: Load = { passes: 0, flops: 0 };

/** All texts once through some layers. */
export function forwardLoad(lengths: ArrayLike<number>, counts: ModelCounts, layers: number): Load {
  return loadOf(inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS }), lengths, counts, layers);
}

/** All rows once through training, whose operations are `factor` times those of a pass forward; `tokens`: of a micro-batch. */
export function epochLoad(
  lengths: ArrayLike<number>,
  settings: Settings,
  counts: ModelCounts,
  layers: number,
  { factor = STEP_FACTOR, tokens = STEP_TOKENS }: { factor?: number; tokens?: number } = {},
): Load {
  const order = createRandom(deriveSeed(settings.seed, 'estimate'));
  const { parts } = cutBatches(trainingBatches(lengths, settings.batchSize, order), lengths, tokens);
  return timesLoad(loadOf(parts, lengths, counts, layers), 1, factor);
}

/** Batches once through some layers. */
export function loadOf(
  batches: readonly (readonly number[])[],
  lengths: ArrayLike<number>,
  counts: ModelCounts,
  layers: number,
): Load {
  const flops = batches.reduce((total, rows) => total + layers * counts.layerFlops(shapeOf(rows, lengths)), 0);
  return { passes: batches.length, flops };
}

/** The padded shape of some rows. */
export function shapeOf(rows: readonly number[], lengths: ArrayLike<number>): { batch: number; tokens: number } {
  return { batch: rows.length, tokens: bucketLength(Math.max(0, ...rows.map((row) => lengths[row] ?? 0))) };
}

/** `count` times the load, each pass `factor` times as long. */
export function timesLoad({ passes, flops }: Load, count: number, factor = 1): Load {
  return { passes: passes * count, flops: flops * count * factor };
}

/** Both loads together. */
export function sumLoads(a: Load, b: Load): Load {
  return { passes: a.passes + b.passes, flops: a.flops + b.flops };
}
