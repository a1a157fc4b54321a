/** The built-in model against the reference numbers: what the tests and `npm run parity` both run. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { learningRateAt } from '../../src/core/settings/schedule';
import { padBatch, type TokenBatch } from '../../src/core/text/batches';
import { embed, encode, type Encoder, pool, runLayers, trainableNames } from '../../src/engine/models/encoder';
import type { Trainable } from '../../src/engine/models/family';
import { disposeWeights } from '../../src/engine/models/weights';
import { loadModel, type Model, placeWeights } from '../../src/engine/models/read-model';
import { applyHead, HEAD_BIAS, HEAD_NAMES, HEAD_WEIGHT } from '../../src/engine/tasks/classification/head';
import { AdamW } from '../../src/engine/optim/adamw';
import { crossEntropy } from '../../src/engine/ops/cross-entropy';
import { optimizerStep } from '../../src/engine/fit/step';
import { builtInModel } from './models';

export interface ForwardExample {
  text: string;
  ids: number[];
  /** [layers + 1][8] */
  hidden_first_token_first8: number[][];
  mean_pooled: number[];
}

interface TrainingMode {
  base_learning_rate: number;
  steps: { step: number; loss: number; grad_norm: number; learning_rate: number }[];
  gradient_norm_by_parameter_step1: Record<string, number>;
  logits_first16_test: number[][];
}

export type ModeName = 'head' | 'top2' | 'full' | 'full_with_embeddings';

const MODES: Record<ModeName, Trainable> = {
  head: { layers: 0, embeddings: false },
  top2: { layers: 2, embeddings: false },
  full: { layers: 6, embeddings: false },
  full_with_embeddings: { layers: 6, embeddings: true },
};

function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')) as T;
}

export const forwardExamples = readFixture<{ examples: ForwardExample[] }>('minilm-forward.json').examples;
const training = readFixture<{ labels: string[]; modes: Record<ModeName, TrainingMode> }>('minilm-training.json');
const trec = readFixture<{ train: [string, string][]; test: [string, string][] }>('trec6-parity.json');

/** Largest difference of an example run alone: hidden values after every layer, and the pooled vector. */
export async function forwardDifference(model: Encoder, example: ForwardExample): Promise<number> {
  const batch = padBatch([Int32Array.from(example.ids)]);
  let largest = 0;
  let hidden = tf.tidy(() => embed(model, batch));
  for (let layer = 0; layer <= model.config.layers; layer++) {
    if (layer > 0) {
      const next = tf.tidy(() => runLayers(model, hidden, batch, layer - 1, layer));
      hidden.dispose();
      hidden = next;
    }
    largest = Math.max(largest, difference(await hidden.data(), example.hidden_first_token_first8[layer] ?? []));
  }
  const pooled = await takeValues(tf.tidy(() => pool(model, hidden, batch)));
  hidden.dispose();
  return Math.max(largest, difference(pooled, example.mean_pooled));
}

/** Largest difference of the pooled vectors when all examples stand in one padded batch. */
export async function paddedDifference(model: Encoder, examples: readonly ForwardExample[]): Promise<number> {
  const batch = padBatch(examples.map(({ ids }) => Int32Array.from(ids)));
  const pooled = await takeValues(tf.tidy(() => encode(model, batch)));
  return Math.max(
    ...examples.map(({ mean_pooled }, row) => difference(pooled.subarray(row * model.config.hiddenSize), mean_pooled)),
  );
}

export interface TrainingDifferences {
  /** Largest relative difference over the steps. */
  loss: number;
  gradNorm: number;
  /** Largest relative difference of the gradient norm of one parameter at step 1. */
  parameterNorms: number;
  /** Largest absolute difference of the logits after all 20 steps; null when fewer were run. */
  logits: number | null;
  tensorsLeft: number;
}

/** Trains as the reference did, for `steps` of its 20 steps. */
export async function trainingDifferences(mode: ModeName, steps: number): Promise<TrainingDifferences> {
  const reference = training.modes[mode];
  const tensorsBefore = tf.memory().numTensors;
  const model = await loadModel(builtInModel());
  const { config, weights } = model;
  addHead(model);
  const trainable = MODES[mode];
  const frozen = trainable.embeddings ? 0 : config.layers - trainable.layers;
  const optimizer = new AdamW({ weightDecay: 0.01 });
  const largest = { loss: 0, gradNorm: 0, parameterNorms: 0 };

  for (const { step, loss, grad_norm, learning_rate } of reference.steps.slice(0, steps)) {
    const rows = trec.train.slice((step - 1) * 16, step * 16);
    const batch = tokens(model, rows);
    const labels = Int32Array.from(rows, ([, label]) => training.labels.indexOf(label));
    const prefix = (): tf.Tensor => runLayers(model, embed(model, batch), batch, 0, frozen);
    const kept = trainable.embeddings ? undefined : tf.tidy(prefix);
    const rate = learningRateAt(step, {
      base: reference.base_learning_rate,
      warmupSteps: 2,
      totalSteps: 20,
      schedule: 'linear',
    });
    const result = await optimizerStep({
      weights,
      trainable: [...trainableNames(model, trainable), ...HEAD_NAMES],
      losses: [
        () => {
          const last = runLayers(model, kept ?? prefix(), batch, frozen, config.layers);
          return crossEntropy(applyHead(weights, pool(model, last, batch)), labels);
        },
      ],
      optimizer,
      learningRate: () => rate,
      maxGradNorm: 1,
    });
    kept?.dispose();
    largest.loss = Math.max(largest.loss, relative(result.loss, loss), relative(rate, learning_rate));
    largest.gradNorm = Math.max(largest.gradNorm, relative(result.gradNorm, grad_norm));
    if (step === 1) largest.parameterNorms = normDifference(result.gradNorms, reference);
  }

  let logits: number | null = null;
  if (steps === reference.steps.length) {
    const batch = tokens(model, trec.test);
    const values = await takeValues(tf.tidy(() => applyHead(weights, encode(model, batch))));
    logits = difference(values, reference.logits_first16_test.flat());
  }
  optimizer.dispose();
  disposeWeights(weights);
  return { ...largest, logits, tensorsLeft: tf.memory().numTensors - tensorsBefore };
}

/** The reference's head: weight[c][j] = 0.02·sin(1 + c·384 + j), no bias. */
function addHead({ family, config, weights }: Model): void {
  const classes = training.labels.length;
  const values = Float32Array.from({ length: classes * config.hiddenSize }, (_, i) => 0.02 * Math.sin(1 + i));
  const head = placeWeights(family.fromFiles([{ name: HEAD_WEIGHT, shape: [classes, config.hiddenSize], values }]));
  for (const [name, tensor] of head) weights.set(name, tensor);
  weights.set(HEAD_BIAS, tf.zeros([classes]));
}

function tokens({ tokenizer }: Model, rows: [text: string, label: string][]): TokenBatch {
  return padBatch(rows.map(([text]) => tokenizer.encode(text, 64)));
}

/**
 * Ours of query, key and value together is the root of the sum of the reference's squares. Norms below 1e-7 are zero but
 * for rounding, here and there, and taken for equal.
 */
function normDifference(
  norms: Map<string, number>,
  { gradient_norm_by_parameter_step1: expected }: TrainingMode,
): number {
  const squares = new Map<string, number>();
  for (const [name, norm] of Object.entries(expected)) {
    const own = name.replace(/^encoder\./, '').replace(/\.self\.(query|key|value)\./, '.self.qkv.');
    squares.set(own, (squares.get(own) ?? 0) + norm ** 2);
  }
  if (squares.size !== norms.size) return Infinity;
  return Math.max(
    ...Array.from(squares, ([name, square]) => {
      const [ours, norm] = [norms.get(name) ?? Infinity, Math.sqrt(square)];
      return Math.max(ours, norm) < 1e-7 ? 0 : relative(ours, norm);
    }),
  );
}

/** Reads and disposes. */
export async function takeValues(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** Largest absolute difference over the values that the reference gives. */
export function difference(ours: ArrayLike<number>, reference: readonly number[]): number {
  return reference.reduce((largest, value, i) => Math.max(largest, Math.abs((ours[i] ?? NaN) - value)), 0);
}

function relative(ours: number, reference: number): number {
  return Math.abs(ours - reference) / Math.abs(reference);
}
