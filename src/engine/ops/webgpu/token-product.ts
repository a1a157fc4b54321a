/**
 * Products of a decoder's single tokens on WebGPU, one dispatch for all matrices that read the same: see
 * kernels/token-product.ts. What stands beside the matrices is laid together once for many tokens. Without gradients.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import { TOKEN_COLUMNS, TOKEN_ENDINGS, type TokenMatrixLayout, tokenProduct } from '../../kernels/token-product';
import { matrixShape } from '../differentiable';
import { type Matrix, PackedMatrix } from '../packed-matrix';

/** A matrix of a layer and what is added to its product. */
export interface TokenPart {
  /** [inputs, outputs]; a table that is no packed one has its outputs first. */
  weight: Matrix;
  outputsFirst?: boolean;
  /** [outputs] */
  bias?: tf.Tensor | undefined;
  /** [inputs, rank] and [rank, outputs] */
  adapter?: { a: tf.Tensor; b: tf.Tensor; scaling: number } | undefined;
}

/** One to three matrices that read the same, ready for many tokens. */
export interface TokenProduct {
  weights: readonly tf.Tensor[];
  layouts: readonly TokenMatrixLayout[];
  /** As the kernel has them. */
  before: tf.Tensor;
  after: tf.Tensor;
  inputs: number;
  columns: readonly number[];
  fours: readonly number[];
  /** Of the norm that x passes through first, if any. */
  epsilon: number | undefined;
}

/** Lays together what stands beside the matrices, whose widths are multiples of four; `before` and `after` are kept also inside `tf.tidy`, the caller's. */
export function prepareTokenProduct(
  parts: readonly TokenPart[],
  norm?: { gamma: tf.Tensor; epsilon: number },
): TokenProduct {
  const shapes = parts.map(({ weight, outputsFirst }): [inputs: number, columns: number] => {
    const [first, second] = matrixShape(weight);
    return outputsFirst === true && !(weight instanceof PackedMatrix) ? [second, first] : [first, second];
  });
  const inputs = shapes[0]?.[0] ?? 0;
  const columns = shapes.map(([, count]) => count);
  const fours = parts.map(({ adapter }) => (adapter ? upToFour(matrixShape(adapter.a)[1]) / 4 : 0));
  return {
    weights: parts.map(({ weight }) => (weight instanceof PackedMatrix ? weight.words : weight)),
    layouts: parts.map(({ weight, outputsFirst }) =>
      weight instanceof PackedMatrix ? weight.type : outputsFirst === true ? 'outputs first' : 'inputs first',
    ),
    before: joined(() => [
      ...(norm ? [norm.gamma] : []),
      ...parts.flatMap(({ adapter }) => (adapter ? [filled(adapter.a)] : [])),
    ]),
    after: joined(() => parts.flatMap((part, i) => addedLines(part, columns[i] ?? 0))),
    inputs,
    columns,
    fours,
    epsilon: norm?.epsilon,
  };
}

/** Gives back what was laid together. */
export function disposeTokenProduct({ before, after }: TokenProduct): void {
  tf.dispose([before, after]);
}

/**
 * x [rows, inputs] → [rows, all columns], one matrix's beside the other's; with `swiGlu` silu of the first's times the
 * second's; with a residual that and the sum.
 */
export function gpuTokenProduct(
  gpu: Gpu,
  x: tf.Tensor,
  { weights, layouts, before, after, inputs, columns, fours, epsilon }: TokenProduct,
  { swiGlu = false, residual }: { swiGlu?: boolean; residual?: tf.Tensor } = {},
): tf.Tensor {
  const [rows] = matrixShape(x);
  const ending = swiGlu ? TOKEN_ENDINGS.swiGlu : residual ? TOKEN_ENDINGS.residual : TOKEN_ENDINGS.plain;
  const beside = swiGlu ? columns.slice(0, 1) : columns;
  const out = gpu.make([rows, beside.reduce((a, b) => a + b, 0)]);
  const [ofColumns, ofFours] = [three(columns, 0), three(fours, 0)];
  // What a place has no matrix or no residual for is bound and not read.
  const [first = before] = weights;
  gpu.run(tokenProduct(three(layouts, layouts[0] ?? 'inputs first')), {
    inputs: [x, before, after, ...three(weights, first), residual ?? x],
    outputs: [out],
    uniforms: [rows, inputs, epsilon ?? 0, epsilon === undefined ? 0 : 1, ending, ...ofColumns, ...ofFours],
    groups: rows * beside.reduce((sum, count) => sum + Math.ceil(count / TOKEN_COLUMNS), 0),
  });
  return out;
}

function three<T>(values: readonly T[], missing: T): [T, T, T] {
  const [first = missing, second = missing, third = missing] = values;
  return [first, second, third];
}

/** A line of biases and those of scaling·B. */
function addedLines({ bias, adapter }: TokenPart, columns: number): tf.Tensor[] {
  const first = bias ?? tf.zeros([columns]);
  if (!adapter) return [first];
  const [rank] = matrixShape(adapter.b);
  const lines = tf.pad(tf.mul(adapter.b, adapter.scaling), [
    [0, upToFour(rank) - rank],
    [0, 0],
  ]);
  return [first, lines];
}

/** Lines of a rank filled up to fours with zeros. */
function filled(lines: tf.Tensor): tf.Tensor {
  const [, width] = matrixShape(lines);
  return tf.pad(lines, [
    [0, 0],
    [0, upToFour(width) - width],
  ]);
}

function joined(make: () => readonly tf.Tensor[]): tf.Tensor {
  return tf.keep(
    tf.tidy(() => {
      const parts = make().map((part) => tf.reshape(part, [-1]));
      // A clone has a life of its own and no memory; of one part `concat` gives that part again.
      return parts.length === 0 ? tf.zeros([4]) : tf.clone(tf.concat(parts));
    }),
  );
}

function upToFour(count: number): number {
  return 4 * Math.ceil(count / 4);
}
