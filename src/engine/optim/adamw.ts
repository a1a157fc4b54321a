/**
 * AdamW (Loshchilov & Hutter 2019) with its state keyed by parameter name, so that it can be kept and taken up again
 * to the bit. Decay is decoupled and only on matrices, not on biases and LayerNorms; bias corrections come from the
 * integer step in float64. As PyTorch: w ← w·(1 − lr·λ) − lr·m̂ / (√v̂ + ε).
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { readValues } from '../device/read';
import type { Weights } from '../models/bert/modeling';
import { wasmHeap, type WasmHeap } from '../ops/wasm/heap';
import type { Gradients } from './clip';

export interface AdamWOptions {
  /** λ */
  weightDecay: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/** The whole state as plain data. */
export interface AdamWState {
  step: number;
  moments: Map<string, { first: Float32Array; second: Float32Array }>;
}

interface Moments {
  first: tf.Tensor;
  second: tf.Tensor;
}

export class AdamW {
  readonly #weightDecay: number;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #moments = new Map<string, Moments>();
  #step = 0;

  constructor({ weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamWOptions) {
    this.#weightDecay = weightDecay;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
  }

  /** Updates done so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * One update of every parameter that has a gradient: replaces its tensor in `weights` and disposes the old one.
   * Gradients are multiplied by `scale` (from clipping) and stay the caller's.
   */
  update(
    weights: Weights,
    gradients: Gradients,
    { learningRate, scale }: { learningRate: (name: string) => number; scale: number },
  ): void {
    this.#step++;
    const heap = wasmHeap();
    for (const [name, gradient] of gradients) {
      const weight = weights.get(name);
      if (weight === undefined) throw new AppError('internal', `A gradient came for «${name}», which is no parameter.`);
      const moments = this.#momentsOf(name, weight.shape);
      const rate = learningRate(name);
      const factors = {
        scale,
        beta1: this.#beta1,
        beta2: this.#beta2,
        decay: weight.rank > 1 ? 1 - rate * this.#weightDecay : 1,
        // lr·m̂/(√v̂ + ε) = (lr/c1)·m / (√v/√c2 + ε), with c = 1 − βᵗ
        rate: rate / (1 - this.#beta1 ** this.#step),
        root: 1 / Math.sqrt(1 - this.#beta2 ** this.#step),
        epsilon: this.#epsilon,
      };
      const updated =
        heap === null
          ? updatePortably(weight, gradient, moments, factors)
          : updateInHeap(heap, weight, gradient, moments, factors);
      weight.dispose();
      weights.set(name, updated);
    }
  }

  /** Copies the state out. */
  async state(): Promise<AdamWState> {
    const moments: AdamWState['moments'] = new Map();
    for (const [name, { first, second }] of this.#moments) {
      moments.set(name, { first: await readValues(first), second: await readValues(second) });
    }
    return { step: this.#step, moments };
  }

  /** Takes a state up; parameters get their shapes from `weights`. */
  restore(state: AdamWState, weights: Weights): void {
    this.dispose();
    this.#step = state.step;
    for (const [name, { first, second }] of state.moments) {
      const shape = weights.get(name)?.shape;
      if (shape === undefined)
        throw new AppError('internal', `The optimizer's state names «${name}», which is no parameter.`);
      this.#moments.set(name, { first: tf.tensor(first, shape), second: tf.tensor(second, shape) });
    }
  }

  dispose(): void {
    for (const { first, second } of this.#moments.values()) tf.dispose([first, second]);
    this.#moments.clear();
  }

  #momentsOf(name: string, shape: number[]): Moments {
    let moments = this.#moments.get(name);
    if (moments === undefined) {
      moments = { first: tf.keep(tf.zeros(shape)), second: tf.keep(tf.zeros(shape)) };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}

interface Factors {
  scale: number;
  beta1: number;
  beta2: number;
  decay: number;
  rate: number;
  root: number;
  epsilon: number;
}

/** One pass; the moments are changed in place. The weight is not: XNNPACK keeps a packed copy per tensor. */
function updateInHeap(heap: WasmHeap, weight: tf.Tensor, gradient: tf.Tensor, moments: Moments, factors: Factors) {
  const { scale, beta1, beta2, decay, rate, root, epsilon } = factors;
  const updated = tf.keep(heap.make(weight.shape));
  const [from, g] = [heap.view(weight), heap.view(gradient)];
  const [m, v, to] = [heap.view(moments.first), heap.view(moments.second), heap.view(updated)];
  for (let i = 0; i < to.length; i++) {
    const slope = (g[i] ?? 0) * scale;
    const first = beta1 * (m[i] ?? 0) + (1 - beta1) * slope;
    const second = beta2 * (v[i] ?? 0) + (1 - beta2) * slope * slope;
    m[i] = first;
    v[i] = second;
    to[i] = (from[i] ?? 0) * decay - (rate * first) / (Math.sqrt(second) * root + epsilon);
  }
  return updated;
}

function updatePortably(weight: tf.Tensor, gradient: tf.Tensor, moments: Moments, factors: Factors): tf.Tensor {
  const { scale, beta1, beta2, decay, rate, root, epsilon } = factors;
  const { first, second } = moments;
  const [updated, newFirst, newSecond] = tf.tidy(() => {
    const slope = tf.mul(gradient, scale);
    const m = tf.add(tf.mul(first, beta1), tf.mul(slope, 1 - beta1));
    const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(slope), 1 - beta2));
    const change = tf.div(tf.mul(m, rate), tf.add(tf.mul(tf.sqrt(v), root), epsilon));
    return [tf.sub(tf.mul(weight, decay), change), m, v] as const;
  });
  tf.dispose([first, second]);
  moments.first = tf.keep(newFirst);
  moments.second = tf.keep(newSecond);
  return tf.keep(updated);
}
