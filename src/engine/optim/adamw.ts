/**
 * AdamW (Loshchilov & Hutter 2019) with its state keyed by parameter name, so that it can be kept and taken up again
 * to the bit. Decay is decoupled and only on matrices, not on biases and LayerNorms; bias corrections come from the
 * integer step in float64. As PyTorch: w ← w·(1 − lr·λ) − lr·m̂ / (√v̂ + ε).
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { Gpu } from '../device/gpu';
import { placed } from '../device/placed';
import { copyOut } from '../device/read';
import { adamw, ADAMW_GROUP, ADAMW_PARAMETERS } from '../kernels/adamw';
import { parameter, type Weights } from '../models/weights';
import { currentPath } from '../ops/path';
import type { WasmHeap } from '../ops/wasm/heap';
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
   * Makes the moments of the named parameters where they are missing, so that `update` needs no memory; returns the names
   * for which it made some.
   */
  prepare(weights: Weights, names: readonly string[]): string[] {
    const missing = names.filter((name) => !this.#moments.has(name));
    for (const name of missing) {
      const { shape } = parameter(weights, name);
      this.#moments.set(name, { first: tf.keep(tf.fill(shape, 0)), second: tf.keep(tf.fill(shape, 0)) });
    }
    return missing;
  }

  /** Takes `prepare` back: only before an update. */
  forget(names: Iterable<string>): void {
    for (const name of names) {
      const moments = this.#moments.get(name);
      if (moments) tf.dispose([moments.first, moments.second]);
      this.#moments.delete(name);
    }
  }

  /**
   * One update of every parameter that has a gradient. The parameters' tensors are changed in place, which asks for no
   * memory that could run out in the middle of it; on the portable way each is replaced in `weights` and the old one
   * disposed. Gradients are multiplied by `scale` (from clipping) and stay the caller's.
   */
  update(
    weights: Weights,
    gradients: Gradients,
    { learningRate, scale }: { learningRate: (name: string) => number; scale: number },
  ): void {
    const stray = [...gradients.keys()].find((name) => !weights.has(name));
    if (stray !== undefined) throw new AppError('internal', `A gradient came for «${stray}», which is no parameter.`);
    this.prepare(weights, [...gradients.keys()]);
    const updates = Array.from(gradients, ([name, gradient]): Update => {
      const moments = this.#moments.get(name);
      if (moments === undefined) throw new AppError('internal', `«${name}» has no moments.`);
      return { name, weight: parameter(weights, name), gradient, ...moments };
    });
    this.#step++;
    const path = currentPath();
    const factorsOf = ({ name, weight }: Update): Factors => {
      const rate = learningRate(name);
      return {
        scale,
        beta1: this.#beta1,
        beta2: this.#beta2,
        decay: weight.rank > 1 ? rate * this.#weightDecay : 0,
        // lr·m̂/(√v̂ + ε) = (lr/c1)·m / (√v/√c2 + ε), with c = 1 − βᵗ
        rate: rate / (1 - this.#beta1 ** this.#step),
        root: 1 / Math.sqrt(1 - this.#beta2 ** this.#step),
        epsilon: this.#epsilon,
      };
    };
    if (path.kind === 'webgpu') return updateOnGpu(path.gpu, updates, factorsOf);
    for (const update of updates) {
      const { name, weight } = update;
      const factors = factorsOf(update);
      if (path.kind === 'wasm') {
        updateInHeap(path.heap, update, factors);
        continue;
      }
      const { updated, first, second } = updatePortably(update, factors);
      weights.set(name, updated);
      tf.dispose([weight, update.first, update.second]);
      this.#moments.set(name, { first, second });
    }
  }

  /** Copies the state out. */
  async state(): Promise<AdamWState> {
    const values = await copyOut([...this.#moments.values()].flatMap(({ first, second }) => [first, second]));
    const moments: AdamWState['moments'] = new Map();
    [...this.#moments.keys()].forEach((name, i) => {
      const [first, second] = [values[2 * i], values[2 * i + 1]];
      if (first && second) moments.set(name, { first, second });
    });
    return { step: this.#step, moments };
  }

  /** Takes a state up; parameters get their shapes from `weights`. */
  restore(state: AdamWState, weights: Weights): void {
    this.dispose();
    this.#step = state.step;
    // All are looked at before the first tensor is made: what throws leaves none behind.
    const shapes = new Map(Array.from(state.moments.keys(), (name) => [name, weights.get(name)?.shape]));
    const stray = [...shapes].find(([, shape]) => shape === undefined)?.[0];
    if (stray !== undefined)
      throw new AppError('internal', `The optimizer's state names «${stray}», which is no parameter.`);
    for (const [name, { first, second }] of state.moments) {
      const shape = shapes.get(name) ?? [];
      this.#moments.set(name, { first: tf.keep(placed(first, shape)), second: tf.keep(placed(second, shape)) });
    }
  }

  dispose(): void {
    for (const { first, second } of this.#moments.values()) tf.dispose([first, second]);
    this.#moments.clear();
  }
}

/** One parameter of an update. */
interface Update extends Moments {
  name: string;
  weight: tf.Tensor;
  gradient: tf.Tensor;
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

function updateOnGpu(gpu: Gpu, updates: readonly Update[], factorsOf: (update: Update) => Factors): void {
  for (let i = 0; i < updates.length; i += ADAMW_PARAMETERS) {
    const together = updates.slice(i, i + ADAMW_PARAMETERS).map((update) => ({ update, factors: factorsOf(update) }));
    const shared = together[0]?.factors;
    if (shared === undefined) return;
    const { scale, beta1, beta2, root, epsilon } = shared;
    gpu.run(adamw(together.length), {
      inputs: together.map(({ update }) => update.gradient),
      outputs: together.flatMap(({ update }) => [update.weight, update.first, update.second]),
      uniforms: [
        ...[scale, beta1, 1 - beta1, beta2, 1 - beta2, root, epsilon],
        ...together.flatMap(({ update, factors }) => [update.weight.size, factors.rate, factors.decay]),
      ],
      groups: together.reduce((sum, { update }) => sum + Math.ceil(update.weight.size / ADAMW_GROUP), 0),
    });
  }
}

/**
 * One pass, in place. So no parameter may be the right side of a product of tfjs's, whose XNNPACK keeps a packed copy
 * of it for each tensor: all products are those of the heap.
 */
function updateInHeap(heap: WasmHeap, { weight, gradient, first, second }: Update, factors: Factors): void {
  const { scale, beta1, beta2, decay, rate, root, epsilon } = factors;
  const [w, g] = [heap.view(weight), heap.view(gradient)];
  const [m, v] = [heap.view(first), heap.view(second)];
  for (let i = 0; i < w.length; i++) {
    const slope = (g[i] ?? 0) * scale;
    const newFirst = beta1 * (m[i] ?? 0) + (1 - beta1) * slope;
    const newSecond = beta2 * (v[i] ?? 0) + (1 - beta2) * slope * slope;
    m[i] = newFirst;
    v[i] = newSecond;
    w[i] = (w[i] ?? 0) * (1 - decay) - (rate * newFirst) / (Math.sqrt(newSecond) * root + epsilon);
  }
}

function updatePortably({ weight, gradient, first, second }: Update, factors: Factors) {
  const { scale, beta1, beta2, decay, rate, root, epsilon } = factors;
  const made = tf.tidy(() => {
    const slope = tf.mul(gradient, scale);
    const m = tf.add(tf.mul(first, beta1), tf.mul(slope, 1 - beta1));
    const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(slope), 1 - beta2));
    const change = tf.div(tf.mul(m, rate), tf.add(tf.mul(tf.sqrt(v), root), epsilon));
    return { updated: tf.sub(tf.mul(weight, 1 - decay), change), first: m, second: v };
  });
  for (const tensor of Object.values(made)) tf.keep(tensor);
  return made;
}
