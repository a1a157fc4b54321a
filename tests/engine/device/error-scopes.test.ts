import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { withErrorScopes } from '../../../src/engine/device/error-scopes';
import { webGpu } from '../../../src/engine/device/gpu';
import { startBackend } from '../../helpers/tf-node';

function makeBuffer(size: number, usage: number): void {
  webGpu()?.device.createBuffer({ size, usage });
}

test('WebGPU: what was reported on the side is thrown, and the guard of the device hears nothing of it', async () => {
  const { guard } = await startBackend('webgpu');
  const tooLarge = (webGpu()?.device.limits.maxBufferSize ?? 0) + 4;
  const large = withErrorScopes(async () => makeBuffer(tooLarge, GPUBufferUsage.STORAGE));
  await expect(large).rejects.toMatchObject({ code: 'out-of-memory' });
  const wrong = withErrorScopes(async () => makeBuffer(4, GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE));
  await expect(wrong).rejects.toMatchObject({ code: 'gpu-error' });
  expect(await withErrorScopes(async () => 7)).toBe(7);
  guard.check();
});

test('WebGPU: what was reported goes before what followed from it', async () => {
  await startBackend('webgpu');
  const work = async () => {
    makeBuffer(4, GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE);
    throw new AppError('non-finite', 'NaN');
  };
  await expect(withErrorScopes(work)).rejects.toMatchObject({ code: 'gpu-error' });
});

test('WebGPU: where work throws, what it had recorded breaks nothing later', async () => {
  const { guard } = await startBackend('webgpu');
  const gpu = webGpu();
  if (!gpu) throw new Error('This test needs WebGPU.');
  const { device } = gpu;
  const create = device.createBuffer.bind(device);
  const failing = withErrorScopes(async () => {
    device.createBuffer = (made) => create({ ...made, size: device.limits.maxBufferSize + 4 });
    try {
      // Larger than any buffer that might be taken again.
      tf.tidy(() => tf.neg(tf.fill([1 << 20], 1)));
    } finally {
      device.createBuffer = create;
    }
    throw new AppError('non-finite', 'NaN');
  });
  await expect(failing).rejects.toMatchObject({ code: 'out-of-memory' });
  gpu.releaseFree();
  await device.queue.onSubmittedWorkDone();
  guard.check();
});

test('WebGPU: a second thing at the same time is refused, and takes nothing of the first', async () => {
  await startBackend('webgpu');
  let finish = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (finish = resolve));
  const first = withErrorScopes(async () => {
    await waiting;
    makeBuffer(4, GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE);
  });
  await expect(withErrorScopes(async () => 7)).rejects.toMatchObject({ code: 'internal' });
  finish();
  await expect(first).rejects.toMatchObject({ code: 'gpu-error' });
  expect(await withErrorScopes(async () => 7)).toBe(7);
});

test.each(['wasm', 'webgpu'] as const)(
  '%s: an error of the work itself comes through, and no scope stays open',
  async (backend) => {
    await startBackend(backend);
    const work = async () => {
      throw new AppError('non-finite', 'NaN');
    };
    await expect(withErrorScopes(work)).rejects.toMatchObject({ code: 'non-finite' });
    const device = webGpu()?.device;
    if (device) await expect(device.popErrorScope()).rejects.toThrow();
  },
);
