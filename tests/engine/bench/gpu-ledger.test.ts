import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { GpuLedger } from '../../../src/engine/bench/gpu-ledger';
import { webGpu } from '../../../src/engine/device/gpu';
import { startBackend } from '../../helpers/tf-node';

beforeAll(() => startBackend('webgpu'));

test('dispatches and bytes are counted while it watches and not after', async () => {
  const ledger = new GpuLedger();
  const device = webGpu()?.device;
  const buffer = device?.createBuffer({ size: 4096, usage: GPUBufferUsage.STORAGE });
  expect(ledger.counts.bytes).toBe(4096);
  buffer?.destroy();
  expect(ledger.counts).toMatchObject({ bytes: 0, peakBytes: 4096 });

  ledger.reset();
  const sum = tf.tidy(() => tf.add(tf.fill([4000], 1), tf.fill([4000], 2)));
  expect((await sum.data())[7]).toBe(3);
  // Two fills and an addition.
  expect(ledger.counts.dispatches).toBe(3);
  ledger.stop();
  await tf.add(sum, 1).data();
  expect(ledger.counts.dispatches).toBe(3);
});
