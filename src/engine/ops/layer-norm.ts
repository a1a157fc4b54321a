/**
 * LayerNorm over the last axis of a sum of two matrices (Ba et al. 2016), with the dropout of one of them:
 * for z = dropout(a) + b, x̂ = (z − mean)·r, r = 1/√(variance + ε):  y = γ·x̂ + β, and back, with g = dy·γ,
 *   dz = r·(g − mean(g) − x̂·mean(g·x̂))    da = dropout(dz)    db = dz    dγ = Σ dy·x̂    dβ = Σ dy
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { SUM_SOURCE } from '../kernels/layer-norm';
import { differentiable, matrixShape } from './differentiable';
import { dropInPlace, dropoutAt, dropoutMask, type Dropout, type PlaceDropout } from './dropout';
import { currentPath } from './path';
import type { WasmHeap } from './wasm/heap';
import { layerNormGradientInto, normaliseInPlace } from './wasm/layer-norm';
import { gpuLayerNorm, gpuLayerNormGradient, type GpuNorm } from './webgpu/layer-norm';

interface Norm {
  gamma: tf.Tensor;
  beta: tf.Tensor;
  epsilon: number;
  /** Of the branch. */
  dropout: PlaceDropout;
}

/**
 * y = γ·normalised(dropout(a) + b) + β; a, b: [rows, width], gamma, beta: [width] → [rows, width]. `place` names the
 * branch for its dropout.
 */
export function addLayerNorm(
  a: tf.Tensor,
  b: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
  dropout?: Dropout,
  place: (string | number)[] = [],
): tf.Tensor {
  const norm = { gamma, beta, epsilon, dropout: dropoutAt(dropout, ...place) };
  const path = currentPath();
  switch (path.kind) {
    case 'webgpu':
      return onGpu(path.gpu, a, b, norm);
    case 'wasm':
      return onWasm(path.heap, a, b, norm);
    case 'portable':
      return portable(a, b, norm);
    default:
      return path satisfies never;
  }
}

function onGpu(gpu: Gpu, a: tf.Tensor, b: tf.Tensor, norm: Norm): tf.Tensor {
  const [rows] = matrixShape(a);
  const onRows: GpuNorm = { ...norm, rows, source: SUM_SOURCE, dropped: 'branch' };
  return differentiable(
    [a, b, norm.gamma, norm.beta],
    () => ({ value: gpuLayerNorm(gpu, [a, b], onRows), saved: [a, b] }),
    (dy, saved, wanted) => {
      const affine = wanted(2) || wanted(3);
      const { dz, da, dGamma, dBeta } = gpuLayerNormGradient(gpu, [saved(0), saved(1)], dy, onRows, affine);
      return [da ?? dz, dz, dGamma, dBeta];
    },
  );
}

function onWasm(heap: WasmHeap, a: tf.Tensor, b: tf.Tensor, { gamma, beta, epsilon, dropout }: Norm): tf.Tensor {
  const [rows, width] = matrixShape(a);
  return differentiable(
    [a, b, gamma, beta],
    () => {
      const [value, hat, scales] = [heap.make([rows, width]), heap.make([rows, width]), heap.make([rows])];
      const z = heap.view(hat);
      const added = heap.view(b);
      z.set(heap.view(a));
      if (dropout.rate > 0) dropInPlace(z, width, dropout);
      for (let i = 0; i < z.length; i++) z[i] = (z[i] ?? 0) + (added[i] ?? 0);
      const affine = { gamma: heap.view(gamma), beta: heap.view(beta), epsilon };
      normaliseInPlace(z, heap.view(scales), heap.view(value), affine);
      return { value, saved: [hat, scales] };
    },
    (dy, saved, wanted) => {
      const dz = heap.make([rows, width]);
      const [dGamma, dBeta] = wanted(2) || wanted(3) ? [heap.make([width]), heap.make([width])] : [];
      layerNormGradientInto(
        heap.view(dy),
        { hat: heap.view(saved(0)), scales: heap.view(saved(1)), gamma: heap.view(gamma) },
        heap.view(dz),
        dGamma && dBeta && { dGamma: heap.view(dGamma), dBeta: heap.view(dBeta) },
      );
      if (dropout.rate === 0 || !wanted(0)) return [dz, dz, dGamma, dBeta];
      const da = tf.clone(dz); // on this backend a copy
      dropInPlace(heap.view(da), width, dropout);
      return [da, dz, dGamma, dBeta];
    },
  );
}

function portable(a: tf.Tensor, b: tf.Tensor, { gamma, beta, epsilon, dropout }: Norm): tf.Tensor {
  return differentiable(
    [a, b, gamma, beta],
    () => {
      const mask = dropout.rate > 0 ? [dropoutMask(matrixShape(a), dropout)] : [];
      const z = tf.add(mask[0] === undefined ? a : tf.mul(a, mask[0]), b);
      const centred = tf.sub(z, tf.mean(z, 1, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon)); // [rows, 1]
      const hat = tf.mul(centred, scale);
      return { value: tf.add(tf.mul(hat, gamma), beta), saved: [hat, scale, ...mask] };
    },
    (dy, saved, wanted) =>
      tf.tidy(() => {
        const [hat, scale] = [saved(0), saved(1)];
        const g = tf.mul(dy, gamma);
        const along = tf.mul(hat, tf.mean(tf.mul(g, hat), 1, true));
        const dz = tf.mul(tf.sub(tf.sub(g, tf.mean(g, 1, true)), along), scale);
        const da = dropout.rate > 0 ? tf.mul(dz, saved(2)) : dz;
        return [da, dz, wanted(2) ? tf.sum(tf.mul(dy, hat), 0) : undefined, wanted(3) ? tf.sum(dy, 0) : undefined];
      }),
  );
}
