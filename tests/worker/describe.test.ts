import { afterEach, expect, test, vi } from 'vitest';
import { describeWebGpu } from '../../src/worker/describe';

afterEach(() => vi.unstubAllGlobals());

const limits = { maxStorageBufferBindingSize: 128, maxBufferSize: 256 };
const info = { vendor: 'nvidia', architecture: 'turing', device: '', description: '', isFallbackAdapter: false };

test('a GPU is named, and one imitated in software is told as such', async () => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve({ info, limits }) } });
  expect(await describeWebGpu()).toEqual({
    webgpu: { backend: 'webgpu', name: 'nvidia turing', software: false },
    reason: null,
    limits: { tensor: 128, total: Infinity },
  });
  const software = { ...info, vendor: 'google', architecture: 'swiftshader' };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve({ info: software, limits }) } });
  expect((await describeWebGpu()).webgpu?.software).toBe(true);
});

test('a GPU that failed its test is named with the reason, so that it can be chosen and tested again', async () => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve({ info, limits }) } });
  const { webgpu, reason } = await describeWebGpu(() => Promise.resolve('It computes wrongly.'));
  expect([webgpu?.name, reason]).toEqual(['nvidia turing', 'It computes wrongly.']);
});

test('no WebGPU, no adapter, and a fault are three reasons in words', async () => {
  vi.stubGlobal('navigator', {});
  expect((await describeWebGpu()).reason).toContain('has no WebGPU');
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(null) } });
  expect((await describeWebGpu(undefined, { pauseMs: 0 })).reason).toContain('no GPU');
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.reject(new Error('driver')) } });
  expect(await describeWebGpu()).toEqual({
    ...{ webgpu: null, limits: null },
    reason: expect.stringContaining('driver'),
  });
});

test('a browser that never answers for its GPU is given up, with the reason', async () => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => new Promise(() => undefined) } });
  const { webgpu, reason } = await describeWebGpu(() => Promise.resolve(null), { limitMs: 20 });
  expect(webgpu).toBeNull();
  expect(reason).toMatch(/did not answer/);
});
