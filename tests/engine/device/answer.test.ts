import { expect, test, vi } from 'vitest';
import { answered, isSilence } from '../../../src/engine/device/answer';

test('what a browser answers in time is given on, and its refusal too', async () => {
  expect(await answered(Promise.resolve(7))).toBe(7);
  await expect(answered(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

test('a browser that does not answer is a reason in words; a device that comes too late is given back', async () => {
  let give = (_: string): void => undefined;
  const asked = new Promise<string>((resolve) => (give = resolve));
  const late = vi.fn();
  const error: unknown = await answered(asked, { limitMs: 20, late }).catch((fault: unknown) => fault);
  expect(error).toMatchObject({ code: 'no-webgpu', message: expect.stringMatching(/did not answer.*processor/) });
  expect(isSilence(error)).toBe(true);
  expect(isSilence(new Error('another'))).toBe(false);
  give('a device');
  await vi.waitFor(() => expect(late).toHaveBeenCalledWith('a device'), 30_000);
});
