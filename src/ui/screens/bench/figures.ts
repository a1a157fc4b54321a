/** The bench's figures in words, one line each: what was measured, and on which device. */
import { formatBytes, formatCount } from '../../../core/words/numbers';
import type { BenchResult } from '../../../core/run/bench';
import type { Backend } from '../../../core/settings/settings';

export interface BenchLine {
  name: string;
  /** What it means and what is good. */
  about: string;
  /** Null where it was not measured. */
  value(result: BenchResult): string | null;
}

export const BENCH_LINES: readonly BenchLine[] = [
  {
    name: 'Training step',
    about: '16 texts of 64 tokens, all six layers, AdamW. The best of three.',
    value: ({ seconds }) => secondsOf(seconds.step),
  },
  {
    name: 'Forward pass',
    about: 'The same texts, without learning.',
    value: ({ seconds }) => secondsOf(seconds.forward),
  },
  {
    name: 'Step of the last layers',
    about: 'As *Top layers* trains: two layers of them, on what the frozen ones gave.',
    value: ({ top_layers }) => secondsOf(top_layers.seconds),
  },
  {
    name: 'Speed of the step',
    about: 'Billions of operations a second, by a count of its products.',
    value: ({ gflops }) => (gflops === null ? null : `${formatCount(Number(gflops.toPrecision(3)))} GFLOP/s`),
  },
  {
    name: 'Dispatches in a step',
    about: 'Programs the GPU is asked to run. Each costs time, whatever it computes.',
    value: (result) => onGpu(result, result.dispatches.step),
  },
  {
    name: 'Dispatches in a pass',
    about: 'The same, forward only.',
    value: (result) => onGpu(result, result.dispatches.forward),
  },
  {
    name: 'Memory at the most',
    about: 'Held on the GPU during a step, and that over a count by hand of what it needs.',
    value: (result) => {
      const { peak, peak_ratio } = result.bytes;
      if (result.device.backend === 'wasm') return 'not on a GPU';
      return peak === null || peak_ratio === null ? null : `${formatBytes(peak)}, ${peak_ratio.toFixed(2)} ×`;
    },
  },
  {
    name: 'Growth of memory',
    about: 'Over many steps of mixed lengths; 1.00 is none.',
    value: ({ bytes }) => (bytes.growth === null ? null : `${bytes.growth.toFixed(2)} ×`),
  },
  {
    name: 'Bits that differ, same seed',
    about: 'Two trainings from one seed, every weight and moment compared. 0 is right.',
    value: ({ differing_bits }) => countOf(differing_bits.same_seed),
  },
  {
    name: 'Bits that differ, gone on with',
    about: 'Broken off at every step, kept, and taken up again. 0 is right.',
    value: ({ differing_bits }) => countOf(differing_bits.resume),
  },
];

/** A figure in words: one that is missing is still to come while its device is measured, and was not measured else. */
export function figureOf({ value }: BenchLine, result: BenchResult, measuring: Backend | null): string {
  return value(result) ?? (result.device.backend === measuring ? '…' : 'not measured');
}

/** All results as JSON, to be sent to somebody. */
export function benchJson(results: Partial<Record<string, BenchResult>>): string {
  return JSON.stringify(Object.values(results), null, 2);
}

function secondsOf(seconds: number | null): string | null {
  if (seconds === null) return null;
  return seconds < 1 ? `${(1000 * seconds).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}

function onGpu({ device }: BenchResult, count: number | null): string | null {
  return device.backend === 'wasm' ? 'not on a GPU' : countOf(count);
}

function countOf(count: number | null): string | null {
  return count === null ? null : formatCount(count);
}
