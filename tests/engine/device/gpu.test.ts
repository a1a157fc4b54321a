import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { webGpu, type Gpu, type Kernel } from '../../../src/engine/device/gpu';
import { readValues } from '../../../src/engine/device/read';
import { AdamW } from '../../../src/engine/optim/adamw';
import { startBackend } from '../../helpers/tf-node';

let gpu: Gpu;
beforeAll(async () => {
  await startBackend('webgpu');
  const found = webGpu();
  if (!found) throw new Error('This test needs WebGPU.');
  gpu = found;
});

/** out[i] = x[i]·factor + shift, one workgroup of one thread for each. */
const SCALE: Kernel = {
  name: 'test-scale',
  inputs: ['x: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'factor: f32', 'shift: i32'],
  code: `
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flatGroup(group, groups);
  if (i < uniforms.size) { out[i] = x[i] * uniforms.factor + f32(uniforms.shift); }
}`,
};

function scale(x: tf.Tensor, factor: number, shift: number): tf.Tensor {
  const out = gpu.make(x.shape);
  gpu.run(SCALE, { inputs: [x], outputs: [out], uniforms: [x.size, factor, shift], groups: x.size });
  return out;
}

test('each of many dispatches in one submit has its own uniforms', async () => {
  const batch = tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE');
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 10_000);
  try {
    const x = tf.tensor1d([1, 2]);
    const outs = Array.from({ length: 400 }, (_, i) => scale(x, i, -i));
    for (const [i, out] of outs.entries()) expect([...(await readValues(out))]).toEqual([0, i].map((v) => v + 0));
    tf.dispose([x, ...outs]);
  } finally {
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', batch);
  }
});

test('more workgroups than one dimension has are spread over two', async () => {
  const size = 65_537;
  const x = tf.ones([size]);
  const out = scale(x, 3, 1);
  expect((await readValues(out)).every((value) => value === 4)).toBe(true);
  tf.dispose([x, out]);
});

test('an empty tensor is left alone', async () => {
  const x = tf.zeros([0]);
  const out = scale(x, 2, 1);
  expect(await readValues(out)).toHaveLength(0);
  tf.dispose([x, out]);
});

test('two kernels of one name are refused', () => {
  const x = tf.ones([1]);
  const out = scale(x, 1, 0);
  const other: Kernel = { ...SCALE, code: SCALE.code.replace('+', '-') };
  expect(() => gpu.run(other, { inputs: [x], outputs: [out], uniforms: [1, 1, 1], groups: 1 })).toThrow('test-scale');
  tf.dispose([x, out]);
});

test('a copy has the same bits and stays when the original is changed', async () => {
  const original = tf.tensor1d([1e-40, -0, 3]);
  const copy = gpu.copy(original);
  expect(await readValues(copy)).toEqual(Float32Array.of(1e-40, -0, 3));
  const optimizer = new AdamW({ weightDecay: 0 });
  const gradient = tf.ones([3]);
  optimizer.update(new Map([['x', original]]), new Map([['x', gradient]]), { learningRate: () => 1, scale: 1 });
  expect((await readValues(original))[2]).toBeCloseTo(2, 5);
  expect((await readValues(copy))[2]).toBe(3);
  optimizer.dispose();
  tf.dispose([original, copy, gradient]);
});

test('buffers of tensors that were disposed between two submits are taken again at once', async () => {
  const before = gpu.bytes();
  let x = gpu.copy(tf.ones([100_000]));
  for (let i = 0; i < 10; i++) {
    const next = gpu.copy(x);
    x.dispose();
    x = next;
  }
  expect(gpu.bytes().allocated - before.allocated).toBeLessThan(4 * 400_000 * 1.13);
  expect((await readValues(x)).every((value) => value === 1)).toBe(true);
  x.dispose();
});
