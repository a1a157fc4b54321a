/**
 * Dropout whose mask is a function of a seed and the element's place in the step, and of nothing else: the same run
 * draws the same masks again after a pause, on any backend, however a step is cut and padded to fit into memory, and no
 * mask has to be kept for the gradient where we compute it ourselves.
 *
 * Positions are counted as if every text of the step had COUNTED_TOKENS tokens, in a matrix of `width` columns
 *   (text · COUNTED_TOKENS + token) · width + column
 * and among the probabilities of attention
 *   ((text · heads + head) · COUNTED_TOKENS + query) · COUNTED_TOKENS + key
 * modulo 2³²: only beyond 16,384 pairs of text and head does a step meet a position again. Tokens beyond COUNTED_TOKENS
 * are counted in blocks, within each from 0 on; a block after the first, or a pair of a query's block and a key's, has
 * a seed of its own. So texts may be of any length, and short ones have the masks that they always had.
 */
import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed } from '../../core/random';
import type { Gpu, Kernel } from '../device/gpu';
import { differentiable, matrixShape } from './differentiable';
import { BLOCK_SALT, COUNTED_TOKENS, DROPOUT, DROPOUT_ADDED } from '../kernels/dropout';
import { currentPath } from './path';

/** The dropout of a step, for a part of its texts; `seed` from the run's seed and the step. */
export interface Dropout {
  /** Share of elements set to zero, 0 ≤ rate < 1. */
  rate: number;
  seed: number;
  /** How many texts of the step come before these; 0 by default. */
  firstText?: number;
  /** Rows that a text has in matrices; 1 by default. */
  tokens?: number;
}

/** The dropout of one place in a model. */
export type PlaceDropout = Required<Dropout>;

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

/** That of one place in the model («layer 3, attention»), whose seed is its own; the rate is 0 where there is none. */
export function dropoutAt(dropout: Dropout | undefined, ...place: (string | number)[]): PlaceDropout {
  const { rate, seed, firstText = 0, tokens = 1 } = dropout ?? { rate: 0, seed: 0 };
  return { rate, seed: rate === 0 ? 0 : deriveSeed(seed, ...place), firstText, tokens };
}

/** Where a run of elements side by side begins: the seed that they have in common, and the position of the first. */
export interface Start {
  seed: number;
  position: number;
}

/** That of a matrix' row. */
export function rowStart(row: number, width: number, { seed, firstText, tokens }: PlaceDropout): Start {
  const [text, token] = [firstText + Math.floor(row / tokens), row % tokens];
  return {
    seed: blockSeed(seed, Math.floor(token / COUNTED_TOKENS)),
    position: (text * COUNTED_TOKENS + (token % COUNTED_TOKENS)) * width,
  };
}

/**
 * That of a query's probabilities from `key` on, up to the next multiple of COUNTED_TOKENS; `pair` is text · heads + head,
 * counted from the step's first text.
 */
export function probabilityStart(seed: number, pair: number, query: number, key = 0): Start {
  const [queryBlock, keyBlock] = [Math.floor(query / COUNTED_TOKENS), Math.floor(key / COUNTED_TOKENS)];
  return {
    seed: blockSeed(seed, (queryBlock << 16) | keyBlock),
    position: (pair * COUNTED_TOKENS + (query % COUNTED_TOKENS)) * COUNTED_TOKENS + (key % COUNTED_TOKENS),
  };
}

function blockSeed(seed: number, block: number): number {
  return block === 0 ? seed : randomBits(seed ^ BLOCK_SALT, block);
}

/** Zeroes a share of `x` [rows, width] and scales the rest by 1/(1 − rate); without `dropout` gives `x` itself. */
export function applyDropout(x: tf.Tensor, dropout: Dropout | undefined, ...place: (string | number)[]): tf.Tensor {
  if (dropout === undefined || dropout.rate === 0) return x;
  const here = dropoutAt(dropout, ...place);
  if (currentPath().kind === 'portable') {
    return differentiable(
      [x],
      () => {
        const mask = dropoutMask(matrixShape(x), here);
        return { value: tf.mul(x, mask), saved: [mask] };
      },
      (dy, saved) => [tf.mul(dy, saved(0))],
    );
  }
  return differentiable(
    [x],
    () => ({ value: dropped(x, here), saved: [] }),
    (dy) => [dropped(dy, here)],
  );
}

/** The same of a matrix without a gradient; that matrix itself where nothing is dropped. */
export function dropped(x: tf.Tensor, here: PlaceDropout): tf.Tensor {
  if (here.rate === 0) return x;
  const path = currentPath();
  if (path.kind === 'portable') return tf.mul(x, dropoutMask(matrixShape(x), here));
  if (path.kind === 'webgpu') {
    const out = path.gpu.make(x.shape);
    runDropout(path.gpu, DROPOUT, x, out, here, 1);
    return out;
  }
  const out = path.heap.make(x.shape);
  const values = path.heap.view(out);
  values.set(path.heap.view(x));
  dropInPlace(values, matrixShape(x)[1], here);
  return out;
}

/** sum + factor·dropped(x): on WebGPU and WebAssembly in place, so that `sum` is used up. */
export function addDropped(sum: tf.Tensor, x: tf.Tensor, factor: number, here: PlaceDropout): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'portable') return tf.add(sum, tf.mul(dropped(x, here), factor));
  if (path.kind === 'webgpu') {
    runDropout(path.gpu, DROPOUT_ADDED, x, sum, here, factor);
    return sum;
  }
  const more = dropped(x, here);
  const [all, values] = [path.heap.view(sum), path.heap.view(more)];
  for (let i = 0; i < all.length; i++) all[i] = (all[i] ?? 0) + factor * (values[i] ?? 0);
  return sum;
}

function runDropout(gpu: Gpu, kernel: Kernel, x: tf.Tensor, out: tf.Tensor, here: PlaceDropout, factor: number): void {
  const [seed = 0, threshold = 0, scale = 1, ...places] = dropoutUniforms(here);
  gpu.run(kernel, {
    inputs: [x],
    outputs: [out],
    uniforms: [x.size, matrixShape(x)[1], seed, threshold, factor * scale, ...places],
    groups: Math.ceil(x.size / 64),
  });
}

/** Bits below this are dropped. */
export function dropThreshold(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** What kernels over rows of a matrix want: seed, threshold, scale, tokens, firstText. */
export function dropoutUniforms({ rate, seed, firstText, tokens }: PlaceDropout): number[] {
  return [seed, dropThreshold(rate), 1 / (1 - rate), tokens, firstText];
}

/** What to multiply a matrix by: 0 or 1/(1 − rate). */
export function dropoutMask([rows, width]: [rows: number, width: number], dropout: PlaceDropout): tf.Tensor2D {
  const mask = new Float32Array(rows * width).fill(1);
  dropInPlace(mask, width, dropout);
  return tf.tensor2d(mask, [rows, width]);
}

/** Dropout of the rows of a matrix. */
export function dropInPlace(values: Float32Array, width: number, dropout: PlaceDropout): void {
  for (let row = 0; row * width < values.length; row++) {
    dropRun(values.subarray(row * width, (row + 1) * width), rowStart(row, width, dropout), dropout.rate);
  }
}

/** Dropout of elements side by side that begin at `start`. */
export function dropRun(values: Float32Array, { seed, position }: Start, rate: number): void {
  const threshold = dropThreshold(rate);
  const scale = 1 / (1 - rate);
  for (let i = 0; i < values.length; i++) {
    values[i] = randomBits(seed, position + i) < threshold ? 0 : (values[i] ?? 0) * scale;
  }
}
