/**
 * Proof that a device computes what it should, before it is trusted with a run: a tiny BERT with dropout, its forward
 * pass, the gradient of every parameter, and two steps of AdamW, against stored numbers (self-test-figures.ts).
 * There are phones whose forward pass is right and whose gradients are zero; no exception tells.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { BertConfig } from '../../core/models/manifest';
import { createRandom, deriveSeed } from '../../core/random';
import { padBatch } from '../../core/text/batches';
import { allNames, trainableNames } from '../models/bert/config';
import { encode, parameter, type Weights } from '../models/bert/modeling';
import { disposeWeights, readArrays } from '../models/bert/weights';
import { applyHead, createHead, HEAD_NAMES } from '../models/head';
import { crossEntropy } from '../ops/cross-entropy';
import { AdamW } from '../optim/adamw';
import { optimizerStep } from '../train/step';
import { readValues } from './read';
import { SELF_TEST_FIGURES } from './self-test-figures';

/** Figure by name: `logits 0`, `loss 1`, `gradient head.bias`, `step encoder.layer.0.…`. */
export type Figures = Record<string, number>;

const CONFIG: BertConfig = {
  vocabSize: 50,
  hiddenSize: 32,
  layers: 2,
  heads: 2,
  intermediateSize: 64,
  maxPositions: 32,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
};
const CLASSES = 3;
const LENGTHS = [5, 17, 2, 11];
const STEPS = 2;
/** Largest difference allowed, as a share of the number and of the largest of its kind: 50 times what was seen. */
const TOLERANCE = 1e-3;

export interface SelfTestResult {
  passed: boolean;
  /** The figure that is furthest off: its name, what it is, and what it should be. */
  worst: { name: string; got: number; expected: number; error: number };
  figures: Figures;
}

/** Runs the test on the current backend; takes a fraction of a second where the device is fast. */
export async function selfTest(expected: Figures = SELF_TEST_FIGURES): Promise<SelfTestResult> {
  return judge(await computeFigures(), expected);
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
      'or try again after an update of the browser or the driver.',
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
export async function computeFigures(): Promise<Figures> {
  const weights = makeWeights();
  const optimizer = new AdamW({ weightDecay: 0.01, epsilon: 1e-3 });
  const figures: Figures = {};
  try {
    const random = createRandom(deriveSeed(1, 'tokens'));
    const rows = LENGTHS.map((length) =>
      Int32Array.from({ length }, () => 1 + Math.floor(random() * (CONFIG.vocabSize - 1))),
    );
    const batch = padBatch(rows);
    const labels = Int32Array.from(LENGTHS, (_, row) => row % CLASSES);
    const logits = tf.tidy(() => applyHead(weights, encode(CONFIG, weights, batch)));
    (await readValues(logits)).forEach((value, i) => (figures[`logits ${i}`] = value));
    logits.dispose();

    const trainable = [...trainableNames(CONFIG, { layers: CONFIG.layers, embeddings: true }), ...HEAD_NAMES];
    const before = await readArrays(weights, trainable);
    for (let step = 1; step <= STEPS; step++) {
      const { loss, gradNorms } = await optimizerStep({
        weights,
        trainable,
        losses: [
          () => {
            const pooled = encode(CONFIG, weights, batch, { rate: 0.1, seed: deriveSeed(1, 'dropout', step) });
            return crossEntropy(applyHead(weights, pooled), labels);
          },
        ],
        optimizer,
        learningRate: () => 0.01,
        maxGradNorm: 1,
      });
      figures[`loss ${step}`] = loss;
      if (step === 1) for (const [name, norm] of gradNorms) figures[`gradient ${name}`] = norm;
    }
    for (const name of trainable) {
      const after = await readValues(parameter(weights, name));
      const start = before.get(name)?.values ?? new Float32Array();
      // A sum with weights of its own per element: norms would not see signs, nor values in wrong places.
      figures[`step ${name}`] = after.reduce((sum, value, i) => sum + (value - (start[i] ?? 0)) * Math.cos(i + 1), 0);
    }
  } finally {
    optimizer.dispose();
    disposeWeights(weights);
  }
  return figures;
}

function makeWeights(): Weights {
  const weights: Weights = new Map();
  for (const name of allNames(CONFIG)) {
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
