/**
 * Cross-entropy of hidden·weightᵀ over a large vocabulary, without ever keeping all logits: [tokens, 49,152] would pass
 * the buffer limit of weak GPUs at 683 tokens. Tokens go through in chunks. The gradient by `hidden` of a loss of 1 is taken
 * with each chunk's logits at hand and kept in their place (as Liger Kernel does: Hsu et al. 2024); the loss's own gradient, a
 * number, comes to it later.
 */
import * as tf from '@tensorflow/tfjs-core';
import { LOGITS_AT_ONCE } from '../../core/models/adapter-step';
import { crossEntropyWay } from './cross-entropy';
import { differentiable, matrixShape } from './differentiable';
import { isRecording, product, trainable } from './linear';
import { type Matrix, PackedMatrix, unpackedOnly } from './packed-matrix';
import { currentPath, type Path } from './path';
import { weighTargets, type Targets } from './targets';
import { gpuLinear, gpuLinearInputGradient, gpuWeightGradient } from './webgpu/linear';

export interface ChunkedOptions {
  /** [tokens]; 0 leaves a token out, as those of the prompt. */
  rowWeights?: Float32Array;
  /** What the weighted sum is divided by; by default the sum of the weights. See `TargetWeights`. */
  normalizer?: number;
  /** Tokens that go through at once. */
  chunkRows?: number;
}

/**
 * hidden: [tokens, width], weight: [vocabulary, width], labels: [tokens] → scalar. A weight in blocks, whose lines are the
 * vocabulary's, is frozen. Throws `internal` for a label outside the vocabulary.
 */
export function chunkedCrossEntropy(
  hidden: tf.Tensor,
  weight: Matrix,
  labels: Int32Array,
  { rowWeights, normalizer, chunkRows }: ChunkedOptions = {},
): tf.Tensor {
  const [rows] = matrixShape(hidden);
  const vocabulary = vocabularyOf(weight);
  const weights = { ...(rowWeights && { rowWeights }), ...(normalizer !== undefined && { normalizer }) };
  const targets = weighTargets(labels, vocabulary, weights);
  const chunks = chunksOf(rows, targets, chunkRows ?? Math.max(1, Math.floor(LOGITS_AT_ONCE / vocabulary)));
  const way = crossEntropyWay();
  const products = productsOf(currentPath());

  const recording = isRecording();

  return differentiable(
    [hidden, trainable(weight)],
    () =>
      tf.tidy(() => {
        const one = tf.scalar(1);
        const results = chunks.map((chunk) =>
          tf.tidy(() => {
            const logits = products.logits(rowsOf(hidden, chunk), weight);
            const { losses, logSums } = way.forward(logits, chunk.targets);
            if (!recording) return { losses, logSums };
            const slopes = products.dHidden(way.backward(logits, chunk.targets, logSums, one), weight);
            return { losses, logSums, slopes };
          }),
        );
        const losses = results.map((result) => result.losses);
        const value = way.total(together(losses, [0]));
        if (!recording) return { value, saved: [] };
        const slopes = results.flatMap((result) => result.slopes ?? []);
        return { value, saved: [together(slopes, hidden.shape), hidden, ...results.map(({ logSums }) => logSums)] };
      }),
    (dy, saved, wanted) => [
      wanted(0) ? tf.tidy(() => tf.mul(saved(0), dy)) : undefined,
      wanted(1) ? weightGradient(dy, saved) : undefined,
    ],
  );

  /** The logits of each chunk once more: a table that is trained is rare, and keeping them would take the memory. */
  function weightGradient(dy: tf.Tensor, saved: (position: number) => tf.Tensor): tf.Tensor {
    let sum: tf.Tensor | undefined;
    chunks.forEach((chunk, i) => {
      const before = sum;
      sum = tf.tidy(() => {
        const x = rowsOf(saved(1), chunk);
        const own = products.dWeight(way.backward(products.logits(x, weight), chunk.targets, saved(2 + i), dy), x);
        return before === undefined ? own : tf.add(before, own);
      });
      before?.dispose();
    });
    return sum ?? tf.zeros(weight.shape);
  }
}

function vocabularyOf(weight: Matrix): number {
  return matrixShape(weight)[weight instanceof PackedMatrix ? 1 : 0];
}

interface Chunk {
  start: number;
  count: number;
  targets: Targets;
}

function chunksOf(rows: number, { labels, shares }: Targets, chunkRows: number): Chunk[] {
  return Array.from({ length: Math.ceil(rows / chunkRows) }, (_, i) => {
    const start = i * chunkRows;
    const end = Math.min(rows, start + chunkRows);
    return {
      start,
      count: end - start,
      targets: { labels: labels.subarray(start, end), shares: shares.subarray(start, end) },
    };
  });
}

function rowsOf(matrix: tf.Tensor, { start, count }: Chunk): tf.Tensor {
  return tf.slice(matrix, [start, 0], [count, -1]);
}

/** The parts one below the other; `none` is the shape where there are none. */
function together(parts: tf.Tensor[], none: number[]): tf.Tensor {
  const [first] = parts;
  if (first === undefined) return tf.zeros(none);
  return parts.length === 1 ? first : tf.concat(parts, 0);
}

/** The products of a chunk, without gradients of their own. x: [rows, width], weight: [vocabulary, width]. */
interface Products {
  /** x·weightᵀ */
  logits(x: tf.Tensor, weight: Matrix): tf.Tensor;
  /** dLogits·weight */
  dHidden(dLogits: tf.Tensor, weight: Matrix): tf.Tensor;
  /** dLogitsᵀ·x */
  dWeight(dLogits: tf.Tensor, x: tf.Tensor): tf.Tensor;
}

/** A weight in blocks is the other way round: [width, vocabulary], as that of a layer. */
function productsOf(path: Path): Products {
  switch (path.kind) {
    case 'webgpu': {
      const { gpu } = path;
      const layer = (x: tf.Tensor, weight: Matrix) => gpuLinear(gpu, x, { weight }, undefined, false).value;
      const back = (x: tf.Tensor, weight: Matrix) => gpuLinearInputGradient(gpu, x, weight);
      return {
        logits: (x, weight) => (weight instanceof PackedMatrix ? layer(x, weight) : back(x, weight)),
        dHidden: (dLogits, weight) => (weight instanceof PackedMatrix ? back(dLogits, weight) : layer(dLogits, weight)),
        dWeight: (dLogits, x) => gpuWeightGradient(gpu, dLogits, x).dWeight,
      };
    }
    case 'wasm':
      return {
        logits: (x, weight) => product(x, weight, { transposeB: !(weight instanceof PackedMatrix) }),
        dHidden: (dLogits, weight) => product(dLogits, weight, { transposeB: weight instanceof PackedMatrix }),
        dWeight: (dLogits, x) => product(dLogits, x, { transposeA: true }),
      };
    case 'portable':
      return {
        logits: (x, weight) => tf.matMul(x, unpackedOnly(weight), false, true),
        dHidden: (dLogits, weight) => tf.matMul(dLogits, unpackedOnly(weight)),
        dWeight: (dLogits, x) => tf.matMul(dLogits, x, true, false),
      };
    default:
      return path satisfies never;
  }
}

/** hidden·weightᵀ, [rows, vocabulary], for a few rows. Without a gradient. */
export function logitsOf(hidden: tf.Tensor, weight: Matrix): tf.Tensor {
  return productsOf(currentPath()).logits(hidden, weight);
}
