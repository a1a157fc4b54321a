/**
 * RMSNorm over the last axis (Zhang & Sennrich 2019), of x or of x + residual:
 * for z the sum, r = 1/√(mean(z²) + ε), x̂ = z·r:  y = γ·x̂, and back, with g = dy·γ,
 *   dz = r·(g − x̂·mean(g·x̂))    dγ = Σ dy·x̂
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { rmsNormBackward, rmsNormForward } from '../kernels/rms-norm';
import { differentiable, matrixShape } from './differentiable';
import { currentPath } from './path';
import type { WasmHeap } from './wasm/heap';
import { rmsNormGradientInto, rmsNormInto } from './wasm/rms-norm';
import { splitRows, sumOfParts } from './webgpu/row-parts';

/**
 * x and residual: [rows, width], gamma: [width] → [rows, width]. A shorter γ norms each part of a row of its length by
 * itself, as the heads of query and key in Qwen3.
 */
export function rmsNorm(x: tf.Tensor, gamma: tf.Tensor, epsilon: number, residual?: tf.Tensor): tf.Tensor {
  const parts = residual === undefined ? [x] : [x, residual];
  const path = currentPath();
  const way = path.kind === 'webgpu' ? gpuWay(path.gpu) : path.kind === 'wasm' ? wasmWay(path.heap) : PORTABLE_WAY;
  return differentiable(
    [...parts, gamma],
    () => ({ value: way.forward(parts, gamma, epsilon), saved: parts }),
    (dy, saved, wanted) => {
      const kept = parts.map((_, i) => saved(i));
      const { dz, dGamma } = way.backward(kept, { gamma, epsilon, trained: wanted(parts.length) }, dy);
      return [...parts.map(() => dz), dGamma];
    },
  );
}

/** parts: x alone or x and residual */
interface Way {
  forward(parts: readonly tf.Tensor[], gamma: tf.Tensor, epsilon: number): tf.Tensor;
  /** dγ where γ is `trained`. */
  backward(
    parts: readonly tf.Tensor[],
    norm: { gamma: tf.Tensor; epsilon: number; trained: boolean },
    dy: tf.Tensor,
  ): { dz: tf.Tensor; dGamma?: tf.Tensor };
}

/** One dispatch forward, two backward, one where γ is frozen. */
function gpuWay(gpu: Gpu): Way {
  return {
    forward(parts, gamma, epsilon) {
      const [rows, width] = sizesOf(parts, gamma);
      const out = gpu.make(shapeOf(parts));
      gpu.run(rmsNormForward(parts.length > 1), {
        inputs: [...parts, gamma],
        outputs: [out],
        uniforms: [rows, width, epsilon],
        groups: rows,
      });
      return out;
    },
    backward(parts, { gamma, epsilon, trained }, dy) {
      const [rows, width] = sizesOf(parts, gamma);
      const { rowsPerGroup, groups } = splitRows(gpu, rows);
      const dz = gpu.make(dy.shape);
      const sums = trained ? gpu.make([groups, width]) : null;
      gpu.run(rmsNormBackward(parts.length > 1, trained), {
        inputs: [...parts, gamma, dy],
        outputs: sums === null ? [dz] : [dz, sums],
        uniforms: [rows, width, epsilon, rowsPerGroup],
        groups,
      });
      if (sums === null) return { dz };
      const dGamma = sumOfParts(gpu, sums, width);
      sums.dispose();
      return { dz, dGamma };
    },
  };
}

function wasmWay(heap: WasmHeap): Way {
  return {
    forward(parts, gamma, epsilon) {
      const out = heap.make(shapeOf(parts));
      rmsNormInto(
        parts.map((part) => heap.view(part)),
        heap.view(gamma),
        epsilon,
        heap.view(out),
      );
      return out;
    },
    backward(parts, { gamma, epsilon, trained }, dy) {
      const dz = heap.make(dy.shape);
      const dGamma = trained ? heap.make(gamma.shape) : undefined;
      rmsNormGradientInto(
        parts.map((part) => heap.view(part)),
        { gamma: heap.view(gamma), epsilon, dy: heap.view(dy) },
        heap.view(dz),
        dGamma && heap.view(dGamma),
      );
      return { dz, ...(dGamma && { dGamma }) };
    },
  };
}

const PORTABLE_WAY: Way = {
  forward: (parts, gamma, epsilon) => {
    const { hat } = normalised(parts, gamma, epsilon);
    return tf.reshape(tf.mul(hat, gamma), shapeOf(parts));
  },
  backward: (parts, { gamma, epsilon, trained }, dy) =>
    tf.tidy(() => {
      const { hat, scale } = normalised(parts, gamma, epsilon);
      const slopes = tf.reshape(dy, hat.shape);
      const g = tf.mul(slopes, gamma);
      const along = tf.mul(hat, tf.mean(tf.mul(g, hat), 1, true));
      const dz = tf.reshape(tf.mul(tf.sub(g, along), scale), dy.shape);
      return trained ? { dz, dGamma: tf.sum(tf.mul(slopes, hat), 0) } : { dz };
    }),
};

function normalised(parts: readonly tf.Tensor[], gamma: tf.Tensor, epsilon: number) {
  const z = tf.reshape(
    parts.reduce((a, b) => tf.add(a, b)),
    sizesOf(parts, gamma),
  );
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(z), 1, true), epsilon)); // [rows, 1]
  return { hat: tf.mul(z, scale), scale };
}

function shapeOf(parts: readonly tf.Tensor[]): [rows: number, width: number] {
  const [first] = parts.map(matrixShape);
  return first ?? [0, 0];
}

/** What is normalised by itself: how often, and how long. */
function sizesOf(parts: readonly tf.Tensor[], { size: width }: tf.Tensor): [rows: number, width: number] {
  const [rows, whole] = shapeOf(parts);
  return [(rows * whole) / width, width];
}
