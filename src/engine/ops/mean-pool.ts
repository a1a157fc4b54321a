/** Mean of the hidden states of each row's own tokens; padding is left out. */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu, Kernel } from '../device/gpu';
import { MEAN_POOL, MEAN_POOL_BACKWARD } from '../kernels/mean-pool';
import { differentiable, matrixShape } from './differentiable';
import { currentPath } from './path';
import type { WasmHeap } from './wasm/heap';

export interface PoolShape {
  batch: number;
  tokens: number;
  /** [batch] unpadded tokens of each row, at least 1 */
  lengths: Int32Array;
}

/** hidden: [batch·tokens, width] → [batch, width] */
export function meanPool(hidden: tf.Tensor, shape: PoolShape): tf.Tensor {
  const [, width] = matrixShape(hidden);
  const { forward, backward } = wayOf(shape, width);
  return differentiable(
    [hidden],
    () => ({ value: forward(hidden), saved: [] }),
    (dy) => [backward(dy)],
  );
}

interface Way {
  forward(hidden: tf.Tensor): tf.Tensor;
  backward(dy: tf.Tensor): tf.Tensor;
}

function wayOf(shape: PoolShape, width: number): Way {
  const path = currentPath();
  switch (path.kind) {
    case 'webgpu':
      return gpuWay(path.gpu, shape, width);
    case 'wasm':
      return wasmWay(path.heap, shape, width);
    case 'portable':
      return portableWay(shape, width);
    default:
      return path satisfies never;
  }
}

function gpuWay(gpu: Gpu, { batch, tokens, lengths }: PoolShape, width: number): Way {
  const run = (kernel: Kernel, from: tf.Tensor, rows: number): tf.Tensor => {
    const out = gpu.make([rows, width]);
    const counts = tf.tensor1d(lengths, 'int32');
    gpu.run(kernel, {
      inputs: [from, counts],
      outputs: [out],
      uniforms: [out.size, tokens, width],
      groups: Math.ceil(out.size / 64),
    });
    counts.dispose();
    return out;
  };
  return {
    forward: (hidden) => run(MEAN_POOL, hidden, batch),
    backward: (dy) => run(MEAN_POOL_BACKWARD, dy, batch * tokens),
  };
}

function wasmWay(heap: WasmHeap, { batch, tokens, lengths }: PoolShape, width: number): Way {
  return {
    forward(hidden) {
      const pooled = heap.make([batch, width]);
      const [from, to] = [heap.view(hidden), heap.view(pooled)];
      const sums = new Float64Array(width);
      lengths.forEach((length, row) => {
        sums.fill(0);
        for (let token = 0, i = row * tokens * width; token < length; token++) {
          for (let j = 0; j < width; j++, i++) sums[j] = (sums[j] ?? 0) + (from[i] ?? 0);
        }
        for (let j = 0; j < width; j++) to[row * width + j] = (sums[j] ?? 0) / length;
      });
      return pooled;
    },
    backward(dy) {
      const spread = heap.make([batch * tokens, width]);
      const [from, to] = [heap.view(dy), heap.view(spread)];
      lengths.forEach((length, row) => {
        const start = row * tokens * width;
        for (let j = 0; j < width; j++) to[start + j] = (from[row * width + j] ?? 0) / length;
        for (let token = 1; token < length; token++) to.copyWithin(start + token * width, start, start + width);
        to.fill(0, start + length * width, start + tokens * width);
      });
      return spread;
    },
  };
}

function portableWay(shape: PoolShape, width: number): Way {
  const { batch, tokens } = shape;
  return {
    forward: (hidden) => tf.sum(tf.reshape(tf.mul(hidden, shares(shape)), [batch, tokens, width]), 1),
    backward: (dy) =>
      tf.tidy(() => {
        const spread = tf.mul(tf.reshape(dy, [batch, 1, width]), tf.reshape(shares(shape), [batch, tokens, 1]));
        return tf.reshape(spread, [batch * tokens, width]);
      }),
  };
}

/** [batch·tokens, 1]: one over the row's length for its tokens, 0 for padding. */
function shares({ batch, tokens, lengths }: PoolShape): tf.Tensor {
  const values = new Float32Array(batch * tokens);
  lengths.forEach((length, row) => values.fill(1 / length, row * tokens, row * tokens + length));
  return tf.tensor2d(values, [batch * tokens, 1]);
}
