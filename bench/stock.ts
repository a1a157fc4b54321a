/**
 * The same model and the same training step out of plain tfjs: its layers' operations (`matMul`, `softmax`, `moments`,
 * `erf`), its gradients, its Adam. What the engine is measured against; nothing of the engine's operations is used.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { createHead } from '../src/engine/tasks/classification/head';
import { createRandom, deriveSeed } from '../src/core/random';
import type { TokenBatch } from '../src/core/text/batches';
import { BENCH_LABELS, LEARNING_RATE } from '../src/engine/bench/trial';
import type { PlainModel } from './model';

/** What tfjs comes with; the engine sets these flags otherwise. */
const STOCK_FLAGS = { WEBGPU_CPU_FORWARD: true, WEBGPU_MATMUL_PROGRAM_TYPE: -1 };

/** Runs `work` with tfjs's flags as they come. */
export async function asShipped<T>(work: () => Promise<T>): Promise<T> {
  const flags = Object.keys(STOCK_FLAGS);
  const before = flags.map((flag) => tf.env().get(flag));
  Object.entries(STOCK_FLAGS).forEach(([flag, value]) => tf.env().set(flag, value));
  try {
    return await work();
  } finally {
    flags.forEach((flag, i) => tf.env().set(flag, before[i] ?? 0));
  }
}

export class StockModel {
  readonly #model: PlainModel;
  /** Frozen tables as tensors, everything else as variables; linear weights [inputs, outputs]. */
  readonly #parameters = new Map<string, tf.Tensor | tf.Variable>();
  readonly #trained: tf.Variable[] = [];
  readonly #optimizer = tf.train.adam(LEARNING_RATE);

  constructor(model: PlainModel, seed: number) {
    this.#model = model;
    for (const [name, { shape, values }] of model.arrays) {
      const frozen = name.startsWith('embeddings.');
      const turned = shape.length === 2 && !frozen;
      const tensor = tf.tensor(values, shape);
      const laidOut = turned ? tf.transpose(tensor) : tensor;
      if (turned) tensor.dispose();
      this.#add(name, laidOut, frozen);
    }
    const head = createHead(model.config.hiddenSize, BENCH_LABELS, createRandom(deriveSeed(seed, 'head')));
    for (const [name, tensor] of head) this.#add(name, tensor, false);
  }

  /** [batch, hidden], read back. */
  async forward(batch: TokenBatch): Promise<Float32Array> {
    const pooled = tf.tidy(() => this.#encode(batch));
    try {
      return Float32Array.from(await pooled.data<'float32'>());
    } finally {
      pooled.dispose();
    }
  }

  /** One step of Adam; gives the loss before it. */
  async step(batch: TokenBatch): Promise<number> {
    const labels = Int32Array.from({ length: batch.batch }, (_, row) => row % BENCH_LABELS);
    const loss = this.#optimizer.minimize(() => this.#loss(batch, labels), true, this.#trained);
    if (loss === null) throw new Error('tfjs gave no loss.');
    try {
      return (await loss.data<'float32'>())[0] ?? NaN;
    } finally {
      loss.dispose();
    }
  }

  dispose(): void {
    this.#optimizer.dispose();
    for (const tensor of this.#parameters.values()) tensor.dispose();
  }

  #add(name: string, tensor: tf.Tensor, frozen: boolean): void {
    if (frozen) {
      this.#parameters.set(name, tensor);
      return;
    }
    const variable = tf.variable(tensor, true);
    tensor.dispose();
    this.#parameters.set(name, variable);
    this.#trained.push(variable);
  }

  #loss(batch: TokenBatch, labels: Int32Array): tf.Scalar {
    const logits = this.#dense(this.#encode(batch), 'head');
    const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), BENCH_LABELS);
    return tf.reshape<tf.Rank.R0>(tf.losses.softmaxCrossEntropy(oneHot, logits), []);
  }

  #encode({ batch, tokens, ids, lengths }: TokenBatch): tf.Tensor {
    const { config } = this.#model;
    const places = Int32Array.from(ids, (_, i) => i % tokens);
    const real = Float32Array.from(ids, (_, i) => (i % tokens < (lengths[Math.floor(i / tokens)] ?? 0) ? 1 : 0));
    const mask = tf.tensor(real, [batch, tokens]);
    const words = tf.gather(this.#parameter('embeddings.word_embeddings.weight'), tf.tensor1d(ids, 'int32'));
    const positions = tf.gather(this.#parameter('embeddings.position_embeddings.weight'), tf.tensor1d(places, 'int32'));
    const segments = tf.gather(
      this.#parameter('embeddings.token_type_embeddings.weight'),
      tf.zeros([ids.length], 'int32'),
    );
    let hidden = this.#norm(tf.add(tf.add(words, positions), segments), 'embeddings');
    const bias = tf.reshape(tf.mul(tf.sub(mask, 1), 1e9), [batch, 1, 1, tokens]);
    for (let layer = 0; layer < config.layers; layer++) hidden = this.#layer(hidden, bias, batch, tokens, layer);
    const states = tf.reshape(hidden, [batch, tokens, config.hiddenSize]);
    const weights = tf.expandDims(mask, 2);
    return tf.div(tf.sum(tf.mul(states, weights), 1), tf.sum(weights, 1));
  }

  #layer(hidden: tf.Tensor, bias: tf.Tensor, batch: number, tokens: number, layer: number): tf.Tensor {
    const { heads, hiddenSize } = this.#model.config;
    const size = hiddenSize / heads;
    const prefix = `encoder.layer.${layer}`;
    const split = (part: string): tf.Tensor => {
      const x = this.#dense(hidden, `${prefix}.attention.self.${part}`);
      return tf.transpose(tf.reshape(x, [batch, tokens, heads, size]), [0, 2, 1, 3]);
    };
    const scores = tf.div(tf.matMul(split('query'), split('key'), false, true), Math.sqrt(size));
    const mixed = tf.matMul(tf.softmax(tf.add(scores, bias)), split('value'));
    const merged = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * tokens, hiddenSize]);
    const attended = this.#dense(merged, `${prefix}.attention.output.dense`);
    const middle = this.#norm(tf.add(attended, hidden), `${prefix}.attention.output`);
    const inner = this.#dense(middle, `${prefix}.intermediate.dense`);
    const active = tf.mul(tf.mul(inner, 0.5), tf.add(tf.erf(tf.div(inner, Math.SQRT2)), 1));
    return this.#norm(tf.add(this.#dense(active, `${prefix}.output.dense`), middle), `${prefix}.output`);
  }

  #dense(x: tf.Tensor, part: string): tf.Tensor {
    return tf.add(tf.matMul(x, this.#parameter(`${part}.weight`)), this.#parameter(`${part}.bias`));
  }

  #norm(x: tf.Tensor, part: string): tf.Tensor {
    const { mean, variance } = tf.moments(x, -1, true);
    const normed = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, this.#model.config.layerNormEps)));
    return tf.add(
      tf.mul(normed, this.#parameter(`${part}.LayerNorm.weight`)),
      this.#parameter(`${part}.LayerNorm.bias`),
    );
  }

  #parameter(name: string): tf.Tensor {
    const found = this.#parameters.get(name);
    if (!found) throw new Error(`The model has no ${name}.`);
    return found;
  }
}
