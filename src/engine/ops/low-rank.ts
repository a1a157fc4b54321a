/**
 * A linear layer and products of low rank beside it, each for some of its columns:
 *   y = x·W + b, and in the columns of each branch + scaling·(dropout(x)·A)·B
 * With H = dropout(x)·A and dH = dY·Bᵀ of a branch's columns of dY:
 *   dB = scaling·Hᵀ·dY    dA = scaling·dropout(x)ᵀ·dH    dX = dY·Wᵀ + Σ dropout(scaling·dH·Aᵀ)
 * What is added is added in place, and what dropout leaves of x is drawn again for the gradient: no more is kept of a
 * branch than H.
 */
import * as tf from '@tensorflow/tfjs-core';
import { columnSums } from './column-sums';
import { differentiable, matrixShape } from './differentiable';
import { addDropped, dropped, type PlaceDropout } from './dropout';
import { type Dense, product, trainable } from './linear';
import { currentPath } from './path';
import {
  gpuAddProduct,
  gpuLinear,
  gpuLinearGradients,
  gpuLinearInputGradient,
  gpuWeightGradient,
} from './webgpu/linear';

export interface LowRankBranch {
  /** [inputs, rank] and [rank, columns] */
  a: tf.Tensor;
  b: tf.Tensor;
  /** Its first column among the layer's. */
  start: number;
  scaling: number;
  /** Of what goes into `a`; its rate is 0 where there is none. */
  dropout: PlaceDropout;
}

/** x: [rows, inputs] → [rows, outputs] */
export function lowRankLinear(x: tf.Tensor, dense: Dense, branches: readonly LowRankBranch[]): tf.Tensor {
  const { weight, bias } = dense;
  return differentiable(
    [x, trainable(weight), bias, ...branches.flatMap(({ a, b }) => [a, b])],
    () => {
      const inner = branches.map(({ a, dropout }) => times(dropped(x, dropout), a));
      const value = branches.reduce(
        (sum, { b, start, scaling }, i) => addProduct(sum, inner[i] ?? x, b, { factor: scaling, start }),
        layer(x, dense),
      );
      return { value, saved: [x, ...inner] };
    },
    (dy, saved, wanted) => {
      const input = saved(0);
      let dx = wanted(0) ? inputGradient(dy, dense) : undefined;
      const slopes: (tf.Tensor | undefined)[] = [];
      branches.forEach(({ a, b, start, scaling, dropout }, i) => {
        const [rows, columns] = [matrixShape(dy)[0], matrixShape(b)[1]];
        const own = columns === matrixShape(dy)[1] ? dy : tf.slice(dy, [0, start], [rows, columns]);
        const [ofA, ofB] = [wanted(3 + 2 * i), wanted(4 + 2 * i)];
        const dInner = ofA || dx ? times(own, b, true) : undefined;
        const dA = ofA && dInner ? weightGradient(dropped(input, dropout), dInner, scaling) : undefined;
        const dB = ofB ? weightGradient(saved(1 + i), own, scaling) : undefined;
        if (dx && dInner) dx = plusDropped(dx, dInner, a, scaling, dropout);
        slopes.push(dA, dB);
      });
      const ofLayer = parameterGradients(input, dy, { weight: wanted(1), bias: wanted(2) });
      return [dx, ofLayer.dWeight, ofLayer.dBias, ...slopes];
    },
  );
}

function layer(x: tf.Tensor, dense: Dense): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') return gpuLinear(path.gpu, x, dense, undefined, false).value;
  return product(x, dense.weight, dense.bias && { bias: dense.bias });
}

function inputGradient(dy: tf.Tensor, { weight }: Dense): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') return gpuLinearInputGradient(path.gpu, dy, weight);
  return product(dy, weight, { transposeB: true });
}

function parameterGradients(x: tf.Tensor, dy: tf.Tensor, wanted: { weight: boolean; bias: boolean }) {
  const path = currentPath();
  if (path.kind === 'webgpu') return gpuLinearGradients(path.gpu, x, dy, wanted);
  return {
    dWeight: wanted.weight ? product(x, dy, { transposeA: true }) : undefined,
    dBias: wanted.bias ? columnSums(dy) : undefined,
  };
}

/** a·b, or a·bᵀ. */
function times(a: tf.Tensor, b: tf.Tensor, transposeB = false): tf.Tensor {
  const path = currentPath();
  if (path.kind !== 'webgpu') return product(a, b, { transposeB });
  return transposeB
    ? gpuLinearInputGradient(path.gpu, a, b)
    : gpuLinear(path.gpu, a, { weight: b }, undefined, false).value;
}

/** factor·xᵀ·dy */
function weightGradient(x: tf.Tensor, dy: tf.Tensor, factor: number): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') return gpuWeightGradient(path.gpu, x, dy, { factor }).dWeight;
  return tf.mul(product(x, dy, { transposeA: true }), factor);
}

/**
 * `sum` and factor·a·b in its columns from `start` on: in place where that can be, so that `sum` is used up. Without a
 * gradient.
 */
export function addProduct(
  sum: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  { factor, start = 0, transposeB = false }: { factor: number; start?: number; transposeB?: boolean },
): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') {
    gpuAddProduct(path.gpu, sum, a, b, { factor, start, transposeB });
    return sum;
  }
  // Of the two sides the narrow one.
  const scaled = factor === 1 ? a : tf.mul(a, factor);
  if (path.kind === 'wasm') {
    path.heap.addProduct(sum, scaled, b, { transposeB, start });
    return sum;
  }
  const more = product(scaled, b, { transposeB });
  const after = matrixShape(sum)[1] - start - matrixShape(more)[1];
  const wide = tf.pad(more, [
    [0, 0],
    [start, after],
  ]);
  return tf.add(sum, wide);
}

/** `sum` and dropout(factor·a·bᵀ); `sum` is used up. */
function plusDropped(sum: tf.Tensor, a: tf.Tensor, b: tf.Tensor, factor: number, dropout: PlaceDropout): tf.Tensor {
  if (dropout.rate === 0) return addProduct(sum, a, b, { factor, transposeB: true });
  return addDropped(sum, times(a, b, true), factor, dropout);
}
