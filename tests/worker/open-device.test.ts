import { describe, expect, test, vi } from 'vitest';
import type { SelfTestResult } from '../../src/engine/device/self-test';
import { openDevice, refusal } from '../../src/worker/open-device';
import { freshDatabase } from '../helpers/storage';
import { startBackend } from '../helpers/tf-node';

const worst = { name: 'gradient head.weight', got: 0, expected: 0.5, error: 1 };
const result = (passed: boolean): SelfTestResult => ({ passed, worst, figures: {} });

async function ports(build = 'app-1') {
  await startBackend('webgpu');
  return { database: await freshDatabase(), build, browser: 'Chrome 156, Linux', wasmUrl: null };
}

describe('openDevice', () => {
  test('tests a GPU once per browser and build', async () => {
    const given = await ports();
    const look = vi.fn(() => Promise.resolve(result(true)));
    await openDevice(given, 'webgpu', look);
    await openDevice(given, 'webgpu', look);
    expect(look).toHaveBeenCalledTimes(1);
    await openDevice({ ...given, build: 'app-2' }, 'webgpu', look);
    await openDevice({ ...given, browser: 'Chrome 157, Linux' }, 'webgpu', look);
    expect(look).toHaveBeenCalledTimes(3);
  });

  test('a GPU that failed is refused with its figures, is not tested again, and is not offered any more', async () => {
    const given = await ports();
    const look = vi.fn(() => Promise.resolve(result(false)));
    for (let i = 0; i < 2; i++) {
      await expect(openDevice(given, 'webgpu', look)).rejects.toMatchObject({
        code: 'device-wrong',
        message: expect.stringContaining('gradient head.weight'),
      });
    }
    expect(look).toHaveBeenCalledTimes(1);
    const { description } = await startBackend('webgpu');
    expect(await refusal(given, description)).toMatch(/computes wrongly/);
    expect(await refusal({ ...given, build: 'app-2' }, description)).toBeNull();
  });

  test('a test that broke off is no verdict: it is made again', async () => {
    const given = await ports();
    const broken = vi.fn(() => Promise.reject(new Error('lost')));
    await expect(openDevice(given, 'webgpu', broken)).rejects.toThrow('lost');
    const look = vi.fn(() => Promise.resolve(result(true)));
    await openDevice(given, 'webgpu', look);
    expect(look).toHaveBeenCalledTimes(1);
  });

  test('WebAssembly is not tested', async () => {
    const given = await ports();
    const look = vi.fn(() => Promise.resolve(result(false)));
    const { description } = await openDevice(given, 'wasm', look);
    expect(description.backend).toBe('wasm');
    expect(look).not.toHaveBeenCalled();
  });
});
