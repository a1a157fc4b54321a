import { expect, test, vi } from 'vitest';
import { findAdapter } from '../../../src/engine/device/adapter';

const adapter = {} as GPUAdapter;

/** Answers in turn, and the last for ever. */
function browser(...answers: (GPUAdapter | null)[]) {
  const requestAdapter = vi.fn(() => Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) ?? null));
  return { requestAdapter };
}

test('a browser whose GPU is not up yet is asked again', async () => {
  const gpu = browser(null, null, adapter);
  expect(await findAdapter(gpu, { pauseMs: 0 })).toBe(adapter);
  expect(gpu.requestAdapter).toHaveBeenCalledTimes(3);
});

test('one that has a GPU is asked once, and one without is believed in the end', async () => {
  const ready = browser(adapter);
  expect(await findAdapter(ready)).toBe(adapter);
  expect(ready.requestAdapter).toHaveBeenCalledOnce();
  const none = browser(null);
  expect(await findAdapter(none, { pauseMs: 0 })).toBeNull();
  expect(none.requestAdapter).toHaveBeenCalledTimes(6);
});
