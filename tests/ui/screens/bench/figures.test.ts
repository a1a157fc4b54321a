import { expect, test } from 'vitest';
import type { BenchResult } from '../../../../src/core/run/bench';
import { BENCH_LINES, benchJson, figureOf } from '../../../../src/ui/screens/bench/figures';

const RESULT: BenchResult = {
  device: { backend: 'webgpu', name: 'a gpu', software: false },
  browser: 'Chrome 146, Linux',
  model: 'all-MiniLM-L6-v2',
  rows: 16,
  tokens: 64,
  dispatches: { step: 203, forward: 44 },
  seconds: { step: 0.0214, forward: 1.5 },
  bytes: { peak: 310e6, peak_ratio: 1.193, growth: 1 },
  top_layers: { layers: 2, dispatches: 73, seconds: 0.0123, peak_bytes: 210e6 },
  differing_bits: { same_seed: 0, resume: null },
  words_compared: 1,
  gflops: 1234.56,
};

test('every figure is told in its unit, and one that is still to come as such', () => {
  expect(BENCH_LINES.map((line) => figureOf(line, RESULT, 'webgpu'))).toEqual([
    '21.4 ms',
    '1.50 s',
    '12.3 ms',
    '1,230 GFLOP/s',
    '203',
    '44',
    '310 MB, 1.19 ×',
    '1.00 ×',
    '0',
    '…',
  ]);
});

test('what a stop or a fault left out is not waited for any more', () => {
  for (const measuring of [null, 'wasm'] as const) {
    expect(BENCH_LINES.map((line) => figureOf(line, RESULT, measuring)).at(-1)).toBe('not measured');
  }
});

test('a processor has no dispatches and no memory of a GPU', () => {
  const onProcessor = { ...RESULT, device: { ...RESULT.device, backend: 'wasm' as const } };
  expect(BENCH_LINES.map(({ value }) => value(onProcessor)).filter((text) => text === 'not on a GPU')).toHaveLength(3);
});

test('what is copied names the device and the browser of every figure', () => {
  expect(JSON.parse(benchJson({ webgpu: RESULT }))).toEqual([RESULT]);
});
