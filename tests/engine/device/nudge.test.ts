import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { webGpu } from '../../../src/engine/device/gpu';
import { nudged } from '../../../src/engine/device/nudge';
import { readAll } from '../../../src/engine/device/read';
import { initBackend } from '../../../src/engine/device/select';
import { startBackend } from '../../helpers/tf-node';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A queue that notes what it is given, and a wait that ends when it is told to. */
function waiting() {
  const submitted: GPUCommandBuffer[][] = [];
  const queue = { submit: (buffers: Iterable<GPUCommandBuffer>) => void submitted.push([...buffers]) };
  let end: { resolve(value: string): void; reject(error: Error): void } | undefined;
  const pending = new Promise<string>((resolve, reject) => (end = { resolve, reject }));
  if (end === undefined) throw new Error('A promise calls at once.');
  return { submitted, queue, pending, ...end };
}

describe('nudged', () => {
  test('submits nothing at all, again and again, for as long as it waits', async () => {
    vi.useFakeTimers();
    const { submitted, queue, pending, resolve } = waiting();
    const value = nudged(queue, pending);
    expect(submitted).toHaveLength(0);
    vi.advanceTimersByTime(20);
    expect(submitted.length).toBeGreaterThanOrEqual(5);
    expect(submitted.flat()).toEqual([]);
    resolve('mapped');
    expect(await value).toBe('mapped');
    const count = submitted.length;
    vi.advanceTimersByTime(1000);
    expect(submitted).toHaveLength(count);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends with the fault of what it waits for', async () => {
    vi.useFakeTimers();
    const { queue, pending, reject } = waiting();
    const value = nudged(queue, pending);
    reject(new Error('The device was lost.'));
    await expect(value).rejects.toThrow('lost');
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** How many submits without a buffer a read-back makes that takes a while, and what it reads. */
async function readBack(nudges: boolean) {
  await startBackend('webgpu');
  // The options are those of a new device.
  webGpu()?.device.destroy();
  await webGpu()?.device.lost;
  await initBackend('webgpu', { nudges });
  const device = webGpu()?.device;
  if (!device) throw new Error('This test needs WebGPU.');
  let empty = 0;
  const submit = device.queue.submit.bind(device.queue);
  vi.spyOn(device.queue, 'submit').mockImplementation((buffers) => {
    const all = [...buffers];
    if (all.length === 0) empty++;
    submit(all);
  });
  const product = tf.tidy(() => {
    const x = tf.fill([256, 256], 0.5);
    return tf.matMul(tf.matMul(x, x), x);
  });
  const [values] = await readAll([product]);
  product.dispose();
  return { empty, values };
}

test('a read-back nudges a browser that needs it, and no other, with the same bits', async () => {
  const [plain, nudging] = [await readBack(false), await readBack(true)];
  expect(plain.empty).toBe(0);
  expect(nudging.empty).toBeGreaterThan(0);
  expect(nudging.values).toEqual(plain.values);
});
