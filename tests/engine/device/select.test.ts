/** Bringing up WebGPU on adapters that are not as they should be: a real one (in software) behind changed limits. */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { initBackend } from '../../../src/engine/device/select';
import { startBackend } from '../../helpers/tf-node';

let gpu: GPU;

beforeAll(async () => {
  await startBackend('webgpu');
  gpu = navigator.gpu;
});

afterEach(() => provide(gpu));

function provide(offered: Pick<GPU, 'requestAdapter'> | undefined): void {
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: offered }, configurable: true });
}

/** The real adapter, its limits seen through `change`. */
async function adapterWith(change: Record<string, number>): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('No adapter to change.');
  const limits = new Proxy(adapter.limits, {
    get: (target, name) => change[String(name)] ?? Reflect.get(target, name),
  });
  return new Proxy(adapter, {
    get(target, name) {
      if (name === 'limits') return limits;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Ends the device that runs, so that the next one is asked for anew. */
async function loseDevice(): Promise<void> {
  const backend: unknown = tf.backend();
  if (typeof backend === 'object' && backend !== null && 'device' in backend) {
    const device = backend.device as GPUDevice;
    device.destroy();
    await device.lost;
  }
}

describe('initBackend', () => {
  test('gives the device that runs again, and a new one once it was lost', async () => {
    const first = await initBackend('webgpu');
    expect(await initBackend('webgpu')).toBe(first);
    await loseDevice();
    expect(() => first.guard.check()).toThrow(expect.objectContaining({ code: 'device-lost' }));
    const second = await initBackend('webgpu');
    expect(second).not.toBe(first);
    const sum = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])));
    expect([...(await sum.data())]).toEqual([4, 6]);
    sum.dispose();
    expect(() => second.guard.check()).not.toThrow();
  });

  test('an adapter without a limit we need is refused before a device is asked for', async () => {
    await loseDevice();
    const weak = await adapterWith({ maxComputeWorkgroupStorageSize: 4096 });
    provide({ requestAdapter: () => Promise.resolve(weak) });
    await expect(initBackend('webgpu')).rejects.toMatchObject({
      code: 'no-webgpu',
      details: { limit: 'maxComputeWorkgroupStorageSize', offered: 4096 },
    });
  });

  test('no adapter is told as such, and no other backend is taken', async () => {
    await loseDevice();
    provide({ requestAdapter: () => Promise.resolve(null) });
    await expect(initBackend('webgpu')).rejects.toMatchObject({ code: 'no-webgpu' });
    provide(undefined);
    await expect(initBackend('webgpu')).rejects.toMatchObject({ code: 'no-webgpu' });
  });

  test('WebAssembly without SIMD is refused with advice, before anything is started', async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
    try {
      await expect(initBackend('wasm')).rejects.toMatchObject({ code: 'no-wasm' });
      expect(tf.getBackend()).not.toBe('wasm');
    } finally {
      tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
    }
  });

  test('limits wrapped down to 128 and 256 MiB are kept to: a larger buffer is refused with a typed error', async () => {
    await loseDevice();
    const small = await adapterWith({ maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 });
    provide({ requestAdapter: () => Promise.resolve(small) });
    await initBackend('webgpu');
    const refused = expect.objectContaining({ code: 'out-of-memory' });
    expect(() => tf.tidy(() => tf.fill([2 ** 26 + 1], 1))).toThrow(refused);
  });
});
