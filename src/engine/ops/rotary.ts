/**
 * Rotary position embedding (Su et al. 2021) of the heads of query and key, as Hugging Face lays it out: number i of a
 * head turns with number i + headSize/2, by the angle position·theta^(−2i/headSize). Query, turned, key, turned, and
 * value come out side by side in one matrix, as attention reads them, so that no projection is copied besides.
 * The gradient is the turn back.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { ROTARY_BACKWARD, ROTARY_FORWARD, ROTARY_GROUP } from '../kernels/rotary';
import { differentiable, matrixShape } from './differentiable';
import { currentPath } from './path';
import type { RotarySizes } from './rotary-sizes';
import { turnBackInto, turnInto } from './wasm/rotary';
import type { WasmHeap } from './wasm/heap';

/** What a layer's projections give; each may be a product of its own, with an adapter on it. */
export interface QueryKeyValue {
  /** [rows, heads·headSize] */
  query: tf.Tensor;
  /** [rows, keyValueHeads·headSize] */
  key: tf.Tensor;
  /** [rows, keyValueHeads·headSize] */
  value: tf.Tensor;
}

/** The cosines and sines of some positions, side by side: [positions, headSize]. Made once for all layers. */
export function rotaryTable(positions: Int32Array, headSize: number, theta: number): tf.Tensor {
  const half = headSize / 2;
  const values = new Float32Array(positions.length * headSize);
  // In float32 as the models were trained with; the position is exact.
  const frequencies = Float32Array.from({ length: half }, (_, i) => 1 / theta ** ((2 * i) / headSize));
  positions.forEach((position, row) => {
    frequencies.forEach((frequency, i) => {
      const angle = Math.fround(position * frequency);
      values[row * headSize + i] = Math.cos(angle);
      values[row * headSize + half + i] = Math.sin(angle);
    });
  });
  return tf.tensor2d(values, [positions.length, headSize]);
}

/**
 * → [rows, (heads + 2·keyValueHeads)·headSize]. Row r stands at the position of row r % positions of `table`, so that one
 * table serves all texts of a batch.
 */
export function rotary({ query, key, value }: QueryKeyValue, table: tf.Tensor): tf.Tensor {
  const [positions, headSize] = matrixShape(table);
  const [[rows, queryWidth], [, keyWidth]] = [matrixShape(query), matrixShape(key)];
  const sizes: RotarySizes = { rows, queryWidth, keyWidth, headSize, positions };
  const path = currentPath();
  const way = path.kind === 'webgpu' ? gpuWay(path.gpu) : path.kind === 'wasm' ? wasmWay(path.heap) : PORTABLE_WAY;
  return differentiable(
    [query, key, value],
    () => ({ value: way.forward([query, key, value], table, sizes), saved: [table] }),
    (dy, saved) => way.backward(dy, saved(0), sizes),
  );
}

interface Way {
  forward(parts: readonly [tf.Tensor, tf.Tensor, tf.Tensor], table: tf.Tensor, sizes: RotarySizes): tf.Tensor;
  /** Of query, key and value. */
  backward(dy: tf.Tensor, table: tf.Tensor, sizes: RotarySizes): tf.Tensor[];
}

/** One dispatch each way. */
function gpuWay(gpu: Gpu): Way {
  const uniforms = ({ rows, queryWidth, keyWidth, headSize, positions }: RotarySizes) => [
    ...[rows, queryWidth / headSize, keyWidth / headSize, headSize, positions],
  ];
  const groups = ({ rows, queryWidth, keyWidth }: RotarySizes) =>
    Math.ceil((rows * (queryWidth + 2 * keyWidth)) / 2 / ROTARY_GROUP);
  return {
    forward(parts, table, sizes) {
      const out = gpu.make([sizes.rows, sizes.queryWidth + 2 * sizes.keyWidth]);
      gpu.run(ROTARY_FORWARD, {
        inputs: [...parts, table],
        outputs: [out],
        uniforms: uniforms(sizes),
        groups: groups(sizes),
      });
      return out;
    },
    backward(dy, table, sizes) {
      const { rows, queryWidth, keyWidth } = sizes;
      const outputs = [queryWidth, keyWidth, keyWidth].map((width) => gpu.make([rows, width]));
      gpu.run(ROTARY_BACKWARD, { inputs: [dy, table], outputs, uniforms: uniforms(sizes), groups: groups(sizes) });
      return outputs;
    },
  };
}

function wasmWay(heap: WasmHeap): Way {
  return {
    forward(parts, table, sizes) {
      const out = heap.make([sizes.rows, sizes.queryWidth + 2 * sizes.keyWidth]);
      const [query, key, value] = parts;
      turnInto([heap.view(query), heap.view(key), heap.view(value)], heap.view(table), sizes, heap.view(out));
      return out;
    },
    backward(dy, table, sizes) {
      const { rows, queryWidth, keyWidth } = sizes;
      const [query, key, value] = [
        heap.make([rows, queryWidth]),
        heap.make([rows, keyWidth]),
        heap.make([rows, keyWidth]),
      ];
      turnBackInto(heap.view(dy), heap.view(table), sizes, [heap.view(query), heap.view(key), heap.view(value)]);
      return [query, key, value];
    },
  };
}

const PORTABLE_WAY: Way = {
  forward: ([query, key, value], table, sizes) =>
    tf.tidy(() => tf.concat([turned(query, table, sizes, 1), turned(key, table, sizes, 1), value], 1)),
  backward: (dy, table, sizes) => {
    const { rows, queryWidth, keyWidth } = sizes;
    const [query, key, value] = tf.split(dy, [queryWidth, keyWidth, keyWidth], 1);
    if (!query || !key || !value) return [];
    return rows === 0 ? [query, key, value] : [turned(query, table, sizes, -1), turned(key, table, sizes, -1), value];
  },
};

/** x with its heads turned, forward or back. */
function turned(x: tf.Tensor, table: tf.Tensor, { rows, headSize, positions }: RotarySizes, sign: 1 | -1): tf.Tensor {
  const [, width] = matrixShape(x);
  const half = headSize / 2;
  const pairs = tf.reshape(x, [rows / positions, positions, width / headSize, 2, half]);
  const angles = tf.reshape(table, [1, positions, 1, 2, half]);
  const part = (of: tf.Tensor, i: number) => tf.gather(of, [i], 3);
  const [a, b, cos, sin] = [part(pairs, 0), part(pairs, 1), part(angles, 0), tf.mul(part(angles, 1), sign)];
  const both = [tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))];
  return tf.reshape(tf.concat(both, 3), [rows, width]);
}
