/** WebGPU in Node through Dawn, on a software driver: slow, so only what no other backend can show. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { deviceKey, type Device } from '../../../src/engine/device/select';
import { readNorms } from '../../../src/engine/optim/clip';
import { softmax } from '../../../src/engine/ops/softmax';
import { takeValues } from '../../helpers/minilm-parity';
import { startBackend } from '../../helpers/tf-node';
import { compareRuns, trainTiny, type TinyRun } from '../../helpers/tiny-training';

let device: Device;
let onWasm: TinyRun;
let run: TinyRun;
beforeAll(async () => {
  await startBackend('wasm');
  onWasm = await trainTiny(3);
  device = await startBackend('webgpu');
  run = await trainTiny(3);
});

describe('WebGPU', () => {
  test('is what these tests run on', () => {
    expect(tf.getBackend()).toBe('webgpu');
    expect(device.description.backend).toBe('webgpu');
    expect(device.description.name).not.toBe('');
  });

  test('what is kept of it between runs is not taken for what another GPU computed', () => {
    expect(deviceKey()).toBe(`webgpu ${device.description.name}`);
  });

  test('trains a tiny BERT as WebAssembly does, embeddings and dropout included', () => {
    const { loss, gradNorm, weights } = compareRuns(run, onWasm);
    expect(loss).toBeLessThan(1e-3);
    expect(gradNorm).toBeLessThan(1e-3);
    expect(weights).toBeLessThan(1e-4);
  });

  test('gives the same weights to the bit when run again, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    expect(await trainTiny(3)).toEqual(run);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('softmax is right beyond 65,535 rows', async () => {
    const values = await takeValues(tf.tidy(() => softmax(tf.tile(tf.tensor2d([[0, Math.log(3)]]), [70_000, 1]))));
    expect(values.find((value, i) => Math.abs(value - (i % 2 === 0 ? 0.25 : 0.75)) > 1e-6)).toBeUndefined();
  });

  test('norms of more gradients than a shader has bindings are read at once', async () => {
    const gradients = new Map(Array.from({ length: 100 }, (_, i) => [`g${i}`, tf.fill([3], i)]));
    const { squares: norms } = await readNorms(gradients);
    for (let i = 0; i < 100; i++) expect(norms.get(`g${i}`)).toBe(3 * i * i);
    tf.dispose([...gradients.values()]);
  });
});

// Last: it breaks the device on purpose.
test('a buffer over the limit, which gives zeros and no exception, is noticed by the guard', async () => {
  device.guard.check();
  const backend: unknown = tf.backend();
  const gpu = (backend as { device: GPUDevice }).device;
  gpu.createBuffer({ size: gpu.limits.maxBufferSize + 4, usage: GPUBufferUsage.STORAGE });
  await takeValues(tf.tidy(() => tf.add(tf.ones([2]), 1)));
  expect(() => device.guard.check()).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
});
