import { expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import type { Device } from '../../src/engine/device/select';
import { onDevice } from '../../src/worker/gpu-loss';

const never = new AbortController().signal;
const description = { backend: 'webgpu', name: 'GPU', software: false } as Device['description'];
const healthy: Device = { description, guard: { check: () => undefined } };
const breakOff = (name: string) => () => Promise.reject(new DOMException('mapAsync failed', name));

test('a read that breaks off is a lost GPU, even where the browser never says so', async () => {
  for (const name of ['AbortError', 'OperationError']) {
    await expect(onDevice(healthy, never, breakOff(name))).rejects.toMatchObject({
      code: 'device-lost',
      cause: { name },
    });
  }
});

test('what the browser says a moment later is what is told', async () => {
  let failure: AppError | null = null;
  const check = (): void => {
    if (failure) throw failure;
  };
  setTimeout(() => (failure = new AppError('out-of-memory', 'Too large.')), 5);
  const work = onDevice({ description, guard: { check } }, never, breakOff('AbortError'));
  await expect(work).rejects.toMatchObject({ code: 'out-of-memory' });
});

test('a cancel, another backend and other faults stay what they are', async () => {
  await expect(onDevice(healthy, AbortSignal.abort(), breakOff('AbortError'))).rejects.toBeInstanceOf(DOMException);
  const wasm: Device = { ...healthy, description: { ...description, backend: 'wasm' } };
  await expect(onDevice(wasm, never, breakOff('AbortError'))).rejects.toBeInstanceOf(DOMException);
  const bad = new AppError('non-finite', 'The loss is NaN.');
  await expect(onDevice(healthy, never, () => Promise.reject(bad))).rejects.toBe(bad);
});
