/**
 * Reading with a model of multilingual-e5-small's shape: the weights of its layers in 4-bit blocks, and the same values in
 * float32. Both have to give the same vectors.
 */
import { evenBatch, forwardOnce } from '../../src/engine/bench/trial';
import { deviceBytes } from '../../src/engine/device/gpu';
import type { BertConfig } from '../../src/engine/models/bert/config';
import { disposeWeights } from '../../src/engine/models/weights';
import { blockEncoder } from '../../tests/helpers/packed-blocks';
import { kernelTimes, type KernelTimes } from './kernel-times';

const SHAPES = [
  [16, 64],
  [32, 128],
] as const;
const TOLERANCE = 1e-5;

interface Reading {
  rows: number;
  tokens: number;
  packed: unknown;
  float32: unknown;
  /** Between the two. */
  largestDifference: number;
  /** Between two passes of the packed one. */
  differingValues: number;
  kernels: KernelTimes | null;
}

/** Bytes of each way's weights, and the times of a pass by `time`. Throws where the two ways do not agree. */
export async function* reading(
  config: BertConfig,
  time: (work: () => Promise<unknown>) => Promise<unknown>,
): AsyncGenerator<Reading | { weightBytes: { packed: number; float32: number } }> {
  const used = (): number => deviceBytes()?.used ?? NaN;
  const before = used();
  const packed = blockEncoder(7, config, true);
  const between = used();
  const plain = blockEncoder(7, config, false);
  yield { weightBytes: { packed: between - before, float32: used() - between } };
  for (const [rows, tokens] of SHAPES) {
    const batch = evenBatch(config, rows, tokens);
    const [ours, again] = [await forwardOnce(packed, batch), await forwardOnce(packed, batch)];
    const theirs = await forwardOnce(plain, batch);
    const largestDifference = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs[i] ?? NaN))), 0);
    if (!(largestDifference <= TOLERANCE)) throw new Error(`Packed and float32 differ by ${largestDifference}.`);
    yield {
      rows,
      tokens,
      packed: await time(() => forwardOnce(packed, batch)),
      float32: await time(() => forwardOnce(plain, batch)),
      largestDifference,
      differingValues: ours.filter((value, i) => !Object.is(value, again[i])).length,
      kernels: await kernelTimes(() => forwardOnce(packed, batch)),
    };
  }
  disposeWeights(packed.weights);
  disposeWeights(plain.weights);
}
