import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { BenchResult } from '../../../src/core/run/bench';
import { Bench } from '../../../src/state/bench.svelte';

const RESULT: BenchResult = {
  device: { backend: 'wasm', name: 'a processor', software: false },
  browser: '',
  model: '',
  rows: 16,
  tokens: 64,
  dispatches: { step: null, forward: null },
  seconds: { step: null, forward: 0.5 },
  bytes: { peak: null, peak_ratio: null, growth: null },
  top_layers: { layers: 2, dispatches: null, seconds: null, peak_bytes: null },
  differing_bits: { same_seed: null, resume: null },
  words_compared: 0,
  gflops: null,
};

test('figures are there as they come, and stay when it is stopped', async () => {
  let fail: (error: AppError) => void = () => undefined;
  const bench = new Bench({
    bench: (_, { signal, onProgress } = {}) => {
      onProgress?.('Training step', RESULT);
      return new Promise((_resolve, reject) => {
        fail = reject;
        signal?.addEventListener('abort', () => reject(new AppError('cancelled', 'Stopped.')));
      });
    },
  });
  const running = bench.run('wasm');
  expect([bench.doing, bench.backend]).toEqual(['Training step', 'wasm']);
  expect(bench.results.wasm).toEqual(RESULT);
  bench.stop();
  await running;
  expect([bench.doing, bench.backend, bench.error, bench.results.wasm]).toEqual([null, null, null, RESULT]);

  const again = bench.run('wasm');
  fail(new AppError('device-lost', 'Gone.'));
  await again;
  expect(bench.error?.code).toBe('device-lost');
});
