import { expect, test } from 'vitest';
import { Device } from '../../../src/state/device.svelte';

const limits = { tensor: 128, total: Infinity };
const gpu = { backend: 'webgpu', name: 'nvidia turing', software: false } as const;

async function asked(reason: string | null, software = false) {
  const device = new Device({ describe: () => Promise.resolve({ webgpu: { ...gpu, software }, reason, limits }) });
  await expect.poll(() => device.known).toBe(true);
  return device;
}

test('a GPU is taken by itself, but not one in software, nor one that failed its test', async () => {
  expect((await asked(null)).backend).toBe('webgpu');
  expect((await asked(null, true)).backend).toBe('wasm');
  expect((await asked('It computes wrongly.')).backend).toBe('wasm');
});

test('a GPU that failed its test can still be chosen: it is tested again then', async () => {
  const device = await asked('It computes wrongly.');
  expect(device.webgpu?.name).toBe('nvidia turing');
  device.choose('webgpu');
  expect(device.backend).toBe('webgpu');
});

test('how much memory there is follows the device that was chosen', async () => {
  const device = await asked(null);
  expect(device.limits).toEqual(limits);
  device.choose('wasm');
  expect(device.limits).toEqual({ tensor: 2 ** 32, total: 2 ** 32 });
});
