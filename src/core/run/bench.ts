/** What the bench measures on one device, as plain values: shown on its page, copied as JSON. */
import type { DeviceDescription } from './record';

/** Null where a figure is not measured (yet), or has no meaning on the device. */
export interface BenchResult {
  device: DeviceDescription;
  browser: string;
  model: string;
  /** Of every timed step: rows of so many tokens. */
  rows: number;
  tokens: number;
  /** Calls of a GPU's programs. */
  dispatches: { step: number | null; forward: number | null };
  /** The best of a few turns. */
  seconds: { step: number | null; forward: number | null };
  bytes: {
    /** Held at the most in a step, and that over weights, gradients, moments and activations counted by hand. */
    peak: number | null;
    peak_ratio: number | null;
    /** Held at the most over many steps of mixed lengths, over what was held after the first third of them. */
    growth: number | null;
  };
  /** A step that trains the last layers alone, on what the frozen ones gave: how many of them, and its figures. */
  top_layers: { layers: number; dispatches: number | null; seconds: number | null; peak_bytes: number | null };
  /** 32-bit words that differ: trained twice from one seed; broken off, kept, and gone on with. */
  differing_bits: { same_seed: number | null; resume: number | null };
  words_compared: number;
  /** Billions of floating-point operations a second in the step. */
  gflops: number | null;
}
