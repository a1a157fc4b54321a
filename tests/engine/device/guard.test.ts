import { describe, expect, test } from 'vitest';
import { watchDevice } from '../../../src/engine/device/guard';

/** As much of a GPUDevice as is watched. */
function fakeDevice() {
  const target = new EventTarget();
  let lose: (info: { reason: string; message: string }) => void = () => undefined;
  const lost = new Promise<{ reason: string; message: string }>((resolve) => (lose = resolve));
  const device = Object.assign(target, { lost }) as unknown as GPUDevice;
  const report = (error: object) => target.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }));
  return { guard: watchDevice(device), lose, report };
}

class GPUOutOfMemoryError {
  message = 'Allocation failed.';
}

describe('watchDevice', () => {
  test('says nothing while nothing went wrong', () => {
    const { guard } = fakeDevice();
    expect(() => guard.check()).not.toThrow();
  });

  test('a lost device is thrown at the next check, and at every one after', async () => {
    const { guard, lose } = fakeDevice();
    lose({ reason: 'unknown', message: 'reset' });
    await Promise.resolve();
    await Promise.resolve();
    for (let i = 0; i < 2; i++) {
      expect(() => guard.check()).toThrow(
        expect.objectContaining({ code: 'device-lost', details: { reason: 'unknown', message: 'reset' } }),
      );
    }
  });

  test.each([
    ['memory that ran out', new GPUOutOfMemoryError(), 'out-of-memory'],
    ['a buffer over the limit', { message: 'Buffer size (9) exceeds the max buffer size limit (8).' }, 'out-of-memory'],
    ['a failed validation', { message: 'Binding is missing.' }, 'gpu-error'],
  ])('%s is told as such', (_, error, code) => {
    const { guard, report } = fakeDevice();
    report(error);
    expect(() => guard.check()).toThrow(expect.objectContaining({ code }));
  });

  test('the first thing that went wrong is the one that is told', () => {
    const { guard, report } = fakeDevice();
    report({ message: 'Binding is missing.' });
    report(new GPUOutOfMemoryError());
    expect(() => guard.check()).toThrow(expect.objectContaining({ code: 'gpu-error' }));
  });
});
