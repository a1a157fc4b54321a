/** Sums over the rows of a matrix in two fixed stages: kernels add up the rows of each workgroup, here their sums. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import { SUM_COLUMNS, sumParts } from '../../kernels/sum-parts';

/**
 * Enough workgroups to fill a GPU (an H100 takes three times as long with 256), few enough for the second stage to be
 * short.
 */
const MOST_PARTS = 1024;
const MOST_PARTS_IN_SOFTWARE = 256;

/** How many rows each workgroup takes, and how many workgroups that makes. */
export function splitRows({ software }: Gpu, rows: number): { rowsPerGroup: number; groups: number } {
  const rowsPerGroup = Math.max(1, Math.ceil(rows / (software ? MOST_PARTS_IN_SOFTWARE : MOST_PARTS)));
  return { rowsPerGroup, groups: Math.ceil(rows / rowsPerGroup) };
}

/** parts: [count, width] → [width]; one dispatch */
export function sumOfParts(gpu: Gpu, parts: tf.Tensor, width: number): tf.Tensor {
  const sum = gpu.make([width]);
  gpu.run(sumParts(1), {
    inputs: [parts],
    outputs: [sum],
    uniforms: [parts.size / width, width],
    groups: Math.ceil(width / SUM_COLUMNS),
  });
  return sum;
}

/** parts: [count, 2·width] → two sums, [width] each; one dispatch */
export function sumsOfParts(gpu: Gpu, parts: tf.Tensor, width: number): [tf.Tensor, tf.Tensor] {
  const sums: [tf.Tensor, tf.Tensor] = [gpu.make([width]), gpu.make([width])];
  gpu.run(sumParts(2), {
    inputs: [parts],
    outputs: sums,
    uniforms: [parts.size / (2 * width), width],
    groups: Math.ceil((2 * width) / SUM_COLUMNS),
  });
  return sums;
}
