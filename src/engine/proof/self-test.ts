/**
 * Proof that a device computes what it should, before it is trusted with a run: a small BERT with dropout, its forward
 * pass, the gradient of every parameter, and three steps of AdamW, against stored numbers (self-test-figures.ts).
 * There are phones whose forward pass is right and whose gradients are zero; no exception tells. Every program of a
 * real run is in it, which costs nothing where the run follows: it finds them compiled.
 *
 * Over 300 lines, since the model that is proved and what is asked of it read together.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { createRandom, deriveSeed } from '../../core/random';
import { padBatch, type TokenBatch } from '../../core/text/batches';
import { bert } from '../models/bert/family';
import { encode, type Encoder } from '../models/encoder';
import { parameter, type Weights } from '../models/weights';
import { disposeWeights, readArrays } from '../models/weights';
import { applyHead, createHead, HEAD_NAMES, HEAD_WEIGHT } from '../tasks/classification/head';
import { cosineLoss } from '../ops/cosine-loss';
import { crossEntropy } from '../ops/cross-entropy';
import { applyDropout, type Dropout } from '../ops/dropout';
import { gradientsOf } from '../ops/gradients';
import { linear } from '../ops/linear';
import { withPenalty } from '../ops/penalty';
import { LARGEST_TILE, withTile } from '../ops/webgpu/linear';
import { AdamW } from '../optim/adamw';
import { optimizerStep, type StepResult } from '../fit/step';
import { readValues } from '../device/read';
import { type Figures, mixed } from './figures';
import { generationFigures } from './generation-figures';
import { GENERATION_FIGURES } from './generation-self-test-figures';
import { packedFigures } from './packed-products';
import { SELF_TEST_FIGURES } from './self-test-figures';

export type { Figures };

/** So wide that a step of it takes the same programs as one of a real model: blocks and, but for the largest, tiles go by the sizes. */
const CONFIG = {
  vocabSize: 50,
  hiddenSize: 256,
  layers: 1,
  heads: 8,
  intermediateSize: 512,
  maxPositions: 64,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
};
const CLASSES = 3;
const MANY = [64, 33, 7, 48, 21, 40, 2, 64];
/** Takes the smaller tiles. */
const FEW = [5, 17, 2, 11];
/** Rows and width of a layer whose gradient is a sum so long that it is cut in parts, as those of large batches are. */
const LONG = { rows: 2048, width: 16 };
const DROPOUT = 0.1;
/** Largest difference allowed, as a share of the number and of the largest of its kind: 50 times what was seen. */
const TOLERANCE = 1e-3;

export interface SelfTestResult {
  passed: boolean;
  /** The figure that is furthest off: its name, what it is, and what it should be. */
  worst: { name: string; got: number; expected: number; error: number };
  figures: Figures;
}

/**
 * What the model reads in place of its weights, and what gradients go back through: the weights themselves, but in
 * negative controls, which put a fault there that the test has to find.
 */
export type Reading = (weights: Weights) => Weights;

const AS_THEY_ARE: Reading = (weights) => weights;

/** Runs the test on the current backend; takes a fraction of a second where the device is fast. */
export async function selfTest(
  expected: Figures = SELF_TEST_FIGURES,
  reading: Reading = AS_THEY_ARE,
): Promise<SelfTestResult> {
  return judge(await computeFigures(reading), expected);
}

/** The same for written answers, which take programs of their own: before the first of them on a device. */
export async function generationSelfTest(expected: Figures = GENERATION_FIGURES): Promise<SelfTestResult> {
  return judge(await collected(generationFigures()), expected);
}

/** Throws `device-wrong` with the figures that differ, and what to do instead. */
export function demandPassed(
  { passed, worst }: { passed: boolean; worst: Pick<SelfTestResult['worst'], 'name' | 'got' | 'expected'> },
  deviceName: string,
): void {
  if (passed) return;
  const { name, got, expected } = worst;
  throw new AppError(
    'device-wrong',
    `The GPU «${deviceName}» computes wrongly in this browser, so nothing is trained on it: «${name}» came out as ` +
      `${got.toPrecision(4)}, and ${expected.toPrecision(4)} is right. Choose WebAssembly, which uses the processor, ` +
      'or start on the GPU again after an update of its driver: it is tested anew first.',
    { details: { figure: name, got: String(got), expected } },
  );
}

/** The largest error of all figures decides. A figure that is missing or no number is infinitely wrong. */
export function judge(figures: Figures, expected: Figures): SelfTestResult {
  const scales = new Map<string, number>();
  for (const [name, value] of Object.entries(expected)) {
    scales.set(kindOf(name), Math.max(scales.get(kindOf(name)) ?? 0, Math.abs(value)));
  }
  let worst: SelfTestResult['worst'] = { name: '', got: 0, expected: 0, error: -1 };
  for (const [name, value] of Object.entries(expected)) {
    const got = figures[name] ?? NaN;
    // A figure near zero is held to a hundredth of the largest of its kind, not to itself.
    const difference = Math.abs(got - value) / Math.max(Math.abs(value), 0.01 * (scales.get(kindOf(name)) ?? 1));
    const error = Number.isNaN(difference) ? Infinity : difference;
    if (error > worst.error) worst = { name, got, expected: value, error };
  }
  return { passed: worst.error <= TOLERANCE, worst, figures };
}

function kindOf(name: string): string {
  return name.slice(0, name.indexOf(' '));
}

/** What the current backend makes of the test. */
export function computeFigures(reading: Reading = AS_THEY_ARE): Promise<Figures> {
  return collected(figuresInTurn(reading));
}

/** All figures of a part; what came after a number that is not finite is missing. */
export async function collected(turns: AsyncIterable<Figures>): Promise<Figures> {
  const figures: Figures = {};
  try {
    for await (const some of turns) Object.assign(figures, some);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'non-finite')) throw error;
  }
  return figures;
}

/** The same, some at a time, what takes longest last: who wants to know that one is wrong need not wait for all. */
export async function* figuresInTurn(reading: Reading = AS_THEY_ARE): AsyncGenerator<Figures> {
  yield await longSums();
  yield await packedFigures(mixed, reading);
  yield* modelFigures(reading);
  yield await largeFigures();
}

/** Of the model as it is, of three steps one after the other, and of what they changed. */
async function* modelFigures(reading: Reading): AsyncGenerator<Figures> {
  const weights = makeWeights();
  const optimizer = new AdamW({ weightDecay: 0.01, epsilon: 1e-3 });
  try {
    const few = batchOf(FEW);
    const logits = tf.tidy(() => {
      const read = reading(weights);
      return applyHead(read, encode(encoderOf(read), few));
    });
    const values = await readValues(logits);
    logits.dispose();
    yield Object.fromEntries(Array.from(values, (value, i) => [`logits ${i}`, value]));

    const all = allNames();
    const before = await readArrays(weights, all);
    const steps: { trainable: string[]; lossOf: (dropout: Dropout) => tf.Tensor }[] = [
      {
        trainable: encoderNames(),
        lossOf: (dropout) => cosineLoss(encode(encoderOf(reading(weights)), few, dropout), Float32Array.of(1, 0)),
      },
      { trainable: all, lossOf: (dropout) => classify(reading(weights), few, dropout) },
      { trainable: all, lossOf: (dropout) => classify(reading(weights), batchOf(MANY), dropout) },
    ];
    for (const [i, { trainable, lossOf }] of steps.entries()) {
      const dropout = dropoutOf(i + 1);
      const learningRate = (): number => 0.01;
      const losses = [() => lossOf(dropout)];
      yield stepFigures(
        String(i + 1),
        await optimizerStep({ weights, trainable, losses, optimizer, learningRate, maxGradNorm: 1 }),
      );
    }
    const moved: Figures = {};
    for (const name of all) {
      const after = await readValues(parameter(weights, name));
      const start = before.get(name)?.values ?? new Float32Array();
      moved[`step ${name}`] = mixed(Float64Array.from(after, (value, i) => value - (start[i] ?? 0)));
    }
    yield moved;
  } finally {
    optimizer.dispose();
    disposeWeights(weights);
  }
}

/** What larger batches take; nothing is moved. */
async function largeFigures(): Promise<Figures> {
  const weights = makeWeights();
  const optimizer = new AdamW({ weightDecay: 0, epsilon: 1e-3 });
  try {
    const result = await withTile(LARGEST_TILE, () =>
      optimizerStep({
        weights,
        trainable: allNames(),
        losses: [() => classify(weights, batchOf(MANY), dropoutOf(1))],
        optimizer,
        learningRate: () => 0,
        maxGradNorm: 1,
      }),
    );
    return stepFigures('large', result);
  } finally {
    optimizer.dispose();
    disposeWeights(weights);
  }
}

function encoderNames(): string[] {
  return bert.trainableNames(CONFIG, { layers: CONFIG.layers, embeddings: true });
}

function allNames(): string[] {
  return [...encoderNames(), ...HEAD_NAMES];
}

function stepFigures(step: string, { loss, gradNorms }: StepResult): Figures {
  const figures: Figures = { [`loss ${step}`]: loss };
  for (const [name, norm] of gradNorms) figures[`gradient ${step} ${name}`] = norm;
  return figures;
}

/** Masks of a step's own. */
function dropoutOf(step: number): Dropout {
  return { rate: DROPOUT, seed: deriveSeed(1, 'dropout', step) };
}

/** Of one layer's gradients by weight and bias. */
async function longSums(): Promise<Figures> {
  const { rows, width } = LONG;
  const random = createRandom(deriveSeed(1, 'long'));
  const drawn = (...shape: number[]): tf.Tensor => {
    const size = shape.reduce((product, side) => product * side, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => random() - 0.4),
      shape,
    );
  };
  const [x, dy, weight, bias] = [drawn(rows, width), drawn(rows, width), drawn(width, width), drawn(width)];
  const { value, gradients } = gradientsOf(() => linear(x, { weight, bias }), [weight, bias], dy);
  try {
    const [dWeight, dBias] = await Promise.all(gradients.map((one) => (one ? readValues(one) : new Float32Array())));
    return {
      'long weight': mixed(dWeight ?? new Float32Array()),
      'long bias': mixed(dBias ?? new Float32Array()),
    };
  } finally {
    tf.dispose([x, dy, weight, bias, value, ...gradients.flatMap((one) => one ?? [])]);
  }
}

/** Texts of these lengths. */
function batchOf(lengths: readonly number[]): TokenBatch {
  const random = createRandom(deriveSeed(1, 'tokens'));
  const token = (): number => 1 + Math.floor(random() * (CONFIG.vocabSize - 1));
  return padBatch(lengths.map((length) => Int32Array.from({ length }, token)));
}

/** The loss of a classifier, with all that one may have in it. */
function classify(weights: Weights, batch: TokenBatch, dropout: Dropout): tf.Tensor {
  const labels = Int32Array.from({ length: batch.batch }, (_, row) => row % CLASSES);
  const pooled = applyDropout(encode(encoderOf(weights), batch, dropout), dropout, 'pooled');
  const loss = crossEntropy(applyHead(weights, pooled), labels);
  return withPenalty(loss, parameter(weights, HEAD_WEIGHT), { l1: 0.01, l2: 0.01 });
}

function encoderOf(weights: Weights): Encoder {
  return { family: bert, config: CONFIG, weights };
}

function makeWeights(): Weights {
  const weights: Weights = new Map();
  for (const name of bert.allNames(CONFIG)) {
    const shape = shapeOf(name);
    const random = createRandom(deriveSeed(1, name));
    const centre = name.endsWith('LayerNorm.weight') ? 1 : 0;
    const size = shape.reduce((product, side) => product * side, 1);
    weights.set(
      name,
      tf.tensor(
        Float32Array.from({ length: size }, () => centre + (random() - 0.5) * 0.4),
        shape,
      ),
    );
  }
  for (const [name, tensor] of createHead(CONFIG.hiddenSize, CLASSES, createRandom(1))) weights.set(name, tensor);
  return weights;
}

/** Shapes in the engine's layout. */
function shapeOf(name: string): number[] {
  const { vocabSize, maxPositions, typeVocabSize, hiddenSize, intermediateSize } = CONFIG;
  if (name.includes('word_embeddings')) return [vocabSize, hiddenSize];
  if (name.includes('position_embeddings')) return [maxPositions, hiddenSize];
  if (name.includes('token_type_embeddings')) return [typeVocabSize, hiddenSize];
  if (name.includes('qkv')) return name.endsWith('weight') ? [hiddenSize, 3 * hiddenSize] : [3 * hiddenSize];
  if (name.endsWith('intermediate.dense.weight')) return [hiddenSize, intermediateSize];
  if (name.endsWith('intermediate.dense.bias')) return [intermediateSize];
  if (/layer\.\d+\.output\.dense\.weight$/.test(name)) return [intermediateSize, hiddenSize];
  return name.endsWith('dense.weight') ? [hiddenSize, hiddenSize] : [hiddenSize];
}
