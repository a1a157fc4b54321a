/**
 * Dropout whose mask is a function of a seed and the element's position, and of nothing else: the same run draws the
 * same masks again after a pause, on any backend, and no mask has to be kept for the gradient where we compute it ourselves.
 */
import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed } from '../../core/random';
import { differentiable } from './differentiable';
import { DROPOUT } from '../kernels/dropout';
import { currentPath } from './path';

/** One forward pass worth of dropout: `seed` from the run's seed, the step and the micro-step. */
export interface Dropout {
  /** Share of elements set to zero, 0 ≤ rate < 1. */
  rate: number;
  seed: number;
}

/**
 * 32 random bits for a position: the «lowbias32» mix of Chris Wellons over a Weyl sequence from the seed.
 * Plain 32-bit arithmetic, so that a shader can draw the same numbers.
 */
export function randomBits(seed: number, position: number): number {
  let x = (seed + Math.imul(position, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** The seed of one place in the model («layer 3, attention»), so that places draw different masks. */
export function dropoutSeed(dropout: Dropout, ...place: (string | number)[]): number {
  return deriveSeed(dropout.seed, ...place);
}

/** Zeroes a share of `x` and scales the rest by 1/(1 − rate); without `dropout` gives `x` itself. */
export function applyDropout(x: tf.Tensor, dropout: Dropout | undefined, ...place: (string | number)[]): tf.Tensor {
  if (dropout === undefined || dropout.rate === 0) return x;
  const { rate } = dropout;
  const seed = dropoutSeed(dropout, ...place);
  const path = currentPath();
  if (path.kind === 'portable') {
    return differentiable(
      [x],
      () => {
        const mask = dropoutMask(x.shape, rate, seed);
        return { value: tf.mul(x, mask), saved: [mask] };
      },
      (dy, saved) => [tf.mul(dy, saved(0))],
    );
  }
  const masked = (from: tf.Tensor): tf.Tensor => {
    if (path.kind === 'webgpu') {
      const out = path.gpu.make(from.shape);
      path.gpu.run(DROPOUT, {
        inputs: [from],
        outputs: [out],
        uniforms: [from.size, seed, dropThreshold(rate), 1 / (1 - rate)],
        groups: Math.ceil(from.size / 64),
      });
      return out;
    }
    const out = path.heap.make(from.shape);
    const values = path.heap.view(out);
    values.set(path.heap.view(from));
    dropInPlace(values, rate, seed);
    return out;
  };
  return differentiable(
    [x],
    () => ({ value: masked(x), saved: [] }),
    (dy) => [masked(dy)],
  );
}

/** Bits below this are dropped. */
export function dropThreshold(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** What to multiply by: 0 or 1/(1 − rate). */
export function dropoutMask(shape: number[], rate: number, seed: number): tf.Tensor {
  const mask = new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(1);
  dropInPlace(mask, rate, seed);
  return tf.tensor(mask, shape);
}

export function dropInPlace(values: Float32Array, rate: number, seed: number): void {
  const threshold = dropThreshold(rate);
  const scale = 1 / (1 - rate);
  for (let i = 0; i < values.length; i++) values[i] = randomBits(seed, i) < threshold ? 0 : (values[i] ?? 0) * scale;
}
