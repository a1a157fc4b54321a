import { describe, expect, test, vi } from 'vitest';
import type { SelfTestResult } from '../../src/engine/proof/self-test';
import { needsNudges, openDevice, proveWriting, refusal } from '../../src/worker/open-device';
import { failDisk } from '../helpers/failing-disk';
import { freshDatabase } from '../helpers/storage';
import { startBackend } from '../helpers/tf-node';

const worst = { name: 'gradient head.weight', got: 0, expected: 0.5, error: 1 };
const result = (passed: boolean): SelfTestResult => ({ passed, worst, figures: {} });

async function ports(build = 'app-1') {
  await startBackend('webgpu');
  return { database: await freshDatabase(), build, browser: 'Chrome 156, Linux', wasmUrl: null };
}

describe('proveWriting', () => {
  test('tests a GPU once for written answers, whatever it is known for; that it failed does not keep it from other runs', async () => {
    const given = await ports();
    const device = await openDevice(given, 'webgpu', () => Promise.resolve(result(true)));
    const failed = vi.fn(() => Promise.resolve(result(false)));
    await expect(proveWriting(given, device, failed)).rejects.toMatchObject({ code: 'device-wrong' });
    expect(await refusal(given, device.description)).toBeNull();
    const look = vi.fn(() => Promise.resolve(result(true)));
    await proveWriting(given, device, look);
    await proveWriting(given, device, look);
    expect([failed, look].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  test('is nothing on WebAssembly', async () => {
    const given = await ports();
    const device = await openDevice(given, 'wasm');
    const look = vi.fn(() => Promise.resolve(result(false)));
    await proveWriting(given, device, look);
    expect(look).not.toHaveBeenCalled();
  });
});

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

  test('a GPU that failed is refused with its figures, and that is known before it is asked for again', async () => {
    const given = await ports();
    const look = vi.fn(() => Promise.resolve(result(false)));
    await expect(openDevice(given, 'webgpu', look)).rejects.toMatchObject({
      code: 'device-wrong',
      message: expect.stringContaining('gradient head.weight'),
    });
    const { description } = await startBackend('webgpu');
    expect(await refusal(given, description)).toMatch(/computes wrongly/);
    expect(await refusal({ ...given, build: 'app-2' }, description)).toBeNull();
  });

  test('a failure does not bind: with another driver, which nothing tells of, the same GPU is tested again', async () => {
    const given = await ports();
    const failed = openDevice(given, 'webgpu', () => Promise.resolve(result(false)));
    await expect(failed).rejects.toMatchObject({ code: 'device-wrong' });
    const { description } = await openDevice(given, 'webgpu', () => Promise.resolve(result(true)));
    expect(await refusal(given, description)).toBeNull();
  });

  test('a GPU that goes away at a read of its test is lost, so that a run is taken up again', async () => {
    const given = await ports();
    const broken = (): Promise<SelfTestResult> => Promise.reject(new DOMException('mapAsync failed', 'AbortError'));
    await expect(openDevice(given, 'webgpu', broken)).rejects.toMatchObject({ code: 'device-lost' });
    const { description } = await startBackend('webgpu');
    expect(await refusal(given, description)).toBeNull();
  });

  test('a test that broke off is no verdict: it is made again', async () => {
    const given = await ports();
    const broken = vi.fn(() => Promise.reject(new Error('lost')));
    await expect(openDevice(given, 'webgpu', broken)).rejects.toThrow('lost');
    const look = vi.fn(() => Promise.resolve(result(true)));
    await openDevice(given, 'webgpu', look);
    expect(look).toHaveBeenCalledTimes(1);
  });

  test('a passed test that there is no room to note is made again next time, and the device is taken', async () => {
    const given = await ports();
    const disk = failDisk({ at: 1, kind: 'full', fromThenOn: true });
    const look = vi.fn(() => Promise.resolve(result(true)));
    await openDevice(given, 'webgpu', look);
    disk.remove();
    await openDevice(given, 'webgpu', look);
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('WebAssembly is not tested', async () => {
    const given = await ports();
    const look = vi.fn(() => Promise.resolve(result(false)));
    const { description } = await openDevice(given, 'wasm', look);
    expect(description.backend).toBe('wasm');
    expect(look).not.toHaveBeenCalled();
  });
});

test('Firefox alone is nudged: every other browser tells by itself when its GPU is done', () => {
  expect(['Firefox 153, Linux', 'Chrome 156, Linux', 'Safari 26, macOS', 'Edge 140, Windows'].map(needsNudges)).toEqual(
    [true, false, false, false],
  );
});
