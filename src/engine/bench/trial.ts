/**
 * The training step that is measured: a classifier over the whole encoder, every layer trained, embeddings frozen,
 * AdamW and a clipped gradient: what *Everything* does at each step, on rows of token ids that are drawn here. Or of
 * the last layers alone, as *Top layers* does it: what the frozen ones give is computed once and sent with each step.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../../core/models/model-config';
import { createRandom, deriveSeed } from '../../core/random';
import { padBatch, type TokenBatch } from '../../core/text/batches';
import { readValues } from '../device/read';
import { embed, encode, type Encoder, pool, runLayers, trainableNames, withWeights } from '../models/encoder';
import type { Dropout } from '../ops/dropout';
import type { Weights } from '../models/weights';
import type { WeightArrays } from '../models/weights';
import { applyHead, createHead } from '../tasks/classification/head';
import { crossEntropy } from '../ops/cross-entropy';
import { applyDropout } from '../ops/dropout';
import { AdamW, type AdamWState } from '../optim/adamw';
import { Fork } from '../fit/fork';
import { optimizerStep, type StepResult } from '../fit/step';

/** A model that is on the device. */
export type Subject = Encoder;

/** The shape that all engines are measured with. */
export const BENCH_ROWS = 16;
export const BENCH_TOKENS = 64;
export const BENCH_LABELS = 6;
export const LEARNING_RATE = 2e-5;
export const WEIGHT_DECAY = 0.01;
export const MAX_GRAD_NORM = 1;

/** Rows of token ids of the given lengths, drawn from a seed. */
export function drawnBatch(config: ModelConfig, lengths: readonly number[], seed: number): TokenBatch {
  const random = createRandom(seed);
  const id = (): number => 1 + Math.floor(random() * (config.vocabSize - 1));
  return padBatch(lengths.map((length) => Int32Array.from({ length }, id)));
}

/** `rows` rows of exactly `tokens` ids, without padding. */
export function evenBatch(config: ModelConfig, rows = BENCH_ROWS, tokens = BENCH_TOKENS, seed = 1): TokenBatch {
  return drawnBatch(
    config,
    Array.from({ length: rows }, () => tokens),
    seed,
  );
}

/** One forward pass without gradients, read back so that it was done. */
export async function forwardOnce(subject: Subject, batch: TokenBatch): Promise<Float32Array> {
  const pooled = tf.tidy(() => encode(subject, batch));
  try {
    return Float32Array.from(await pooled.data<'float32'>());
  } finally {
    pooled.dispose();
  }
}

/** Weights and moments after a number of steps. */
export interface TrialState {
  weights: WeightArrays;
  optimizer: AdamWState;
}

export interface TrialOptions {
  dropout: number;
  seed: number;
  /** How many of the last layers are trained; by default all. */
  layers?: number;
}

/** A training of some steps on a copy of the subject's weights. Dispose when done. */
export class Trial {
  readonly #subject: Subject;
  readonly #fork: Fork;
  readonly #optimizer = new AdamW({ weightDecay: WEIGHT_DECAY });
  readonly #dropout: number;
  readonly #seed: number;
  /** The first layer that is trained. */
  readonly #from: number;
  /** What the frozen layers make of a batch, once they were run. */
  readonly #frozen = new WeakMap<TokenBatch, Float32Array>();
  #step = 0;

  constructor(subject: Subject, { dropout, seed, layers = subject.config.layers }: TrialOptions) {
    const { config, weights } = subject;
    this.#from = config.layers - layers;
    const names = trainableNames(subject, { layers, embeddings: false });
    const head = createHead(config.hiddenSize, BENCH_LABELS, createRandom(deriveSeed(seed, 'head')));
    this.#subject = subject;
    this.#fork = new Fork(weights, names, head);
    this.#dropout = dropout;
    this.#seed = seed;
  }

  get trainedParameters(): number {
    return this.#fork.parameterCount;
  }

  /** Runs the frozen layers of a batch, which its first step does else. */
  async prepare(batch: TokenBatch): Promise<void> {
    if (this.#from > 0) await this.#frozenStates(batch);
  }

  /** Row i of the batch has label i mod the number of labels. */
  async step(batch: TokenBatch): Promise<StepResult> {
    this.#step++;
    const { weights } = this.#fork;
    const frozen = this.#from === 0 ? null : await this.#frozenStates(batch);
    const rate = this.#dropout;
    const dropout = rate > 0 ? { rate, seed: deriveSeed(this.#seed, 'dropout', this.#step) } : undefined;
    const labels = Int32Array.from({ length: batch.batch }, (_, row) => row % BENCH_LABELS);
    return optimizerStep({
      weights,
      trainable: this.#fork.trainable,
      losses: [
        () => {
          const pooled = this.#pooled(weights, batch, frozen, dropout);
          return crossEntropy(applyHead(weights, applyDropout(pooled, dropout, 'pooled')), labels);
        },
      ],
      optimizer: this.#optimizer,
      learningRate: () => LEARNING_RATE,
      maxGradNorm: MAX_GRAD_NORM,
    });
  }

  #pooled(weights: Weights, batch: TokenBatch, frozen: Float32Array | null, dropout?: Dropout): tf.Tensor {
    const model = withWeights(this.#subject, weights);
    if (frozen === null) return encode(model, batch, dropout);
    const { hiddenSize, layers } = model.config;
    const hidden = tf.tensor2d(frozen, [batch.batch * batch.tokens, hiddenSize]);
    return pool(model, runLayers(model, hidden, batch, this.#from, layers, dropout), batch);
  }

  async #frozenStates(batch: TokenBatch): Promise<Float32Array> {
    const known = this.#frozen.get(batch);
    if (known !== undefined) return known;
    const model = this.#subject;
    const states = tf.tidy(() => runLayers(model, embed(model, batch), batch, 0, this.#from));
    try {
      const values = await readValues(states);
      this.#frozen.set(batch, values);
      return values;
    } finally {
      states.dispose();
    }
  }

  /** Everything the next step depends on, as a checkpoint keeps it. */
  async state(): Promise<TrialState> {
    return { weights: await this.#fork.read(), optimizer: await this.#optimizer.state() };
  }

  /** Goes on from a state of a trial with the same seed and dropout. */
  restore({ weights, optimizer }: TrialState): void {
    this.#fork.restore(weights);
    this.#optimizer.restore(optimizer, this.#fork.weights);
    this.#step = optimizer.step;
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.#fork.dispose();
  }
}
