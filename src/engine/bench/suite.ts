/**
 * The bench as a page can run it, on the current backend: one step and one forward pass of the model, their dispatches,
 * times and bytes, the same bits twice, and whether memory grows. A minute on a GPU, some on a processor.
 */
import * as tf from '@tensorflow/tfjs-core';
import { STEP_FACTOR, stepBytes } from '../../core/models/counts';
import type { BenchResult } from '../../core/run/bench';
import type { DeviceDescription } from '../../core/run/record';
import { deviceBytes, webGpu } from '../device/gpu';
import { countsOf } from '../models/encoder';
import { GpuLedger } from './gpu-ledger';
import { growth } from './growth';
import { resumed, sameSeed } from './same-bits';
import { BENCH_LABELS, BENCH_ROWS, BENCH_TOKENS, evenBatch, forwardOnce, Trial, type Subject } from './trial';

export interface SuiteOptions {
  device: DeviceDescription;
  browser: string;
  model: string;
  /** Told what is done next, with all that was measured so far. */
  tell(doing: string, result: BenchResult): void;
  /** Asked between steps; throws to end it. */
  turn(): Promise<void>;
}

const DROPOUT = 0.1;
const TURNS = 3;
/** Trained of the subject's layers, as *Top layers* does by itself. */
export const TOP_LAYERS = 2;
/** Of the trainings that are compared, each repeated from every step. */
const BIT_STEPS = 4;
const GROWTH = { from: 30, steps: 90, tokens: 48 };

/** Runs it all; throws what `turn` throws. */
export async function runSuite(
  subject: Subject,
  { device, browser, model, tell, turn }: SuiteOptions,
): Promise<BenchResult> {
  const { config } = subject;
  const ledger = device.backend === 'webgpu' ? new GpuLedger() : null;
  const batch = evenBatch(config);
  const result: BenchResult = {
    device,
    browser,
    model,
    rows: BENCH_ROWS,
    tokens: BENCH_TOKENS,
    dispatches: { step: null, forward: null },
    seconds: { step: null, forward: null },
    bytes: { peak: null, peak_ratio: null, growth: null },
    top_layers: { layers: Math.min(TOP_LAYERS, config.layers), dispatches: null, seconds: null, peak_bytes: null },
    differing_bits: { same_seed: null, resume: null },
    words_compared: 0,
    gflops: null,
  };
  /** The best of some turns after one that compiles. */
  const measure = async (doing: string, work: () => Promise<unknown>) => {
    let seconds = Infinity;
    for (let i = 0; i <= TURNS; i++) {
      tell(`${doing}, ${i === 0 ? 'compiling' : `${i} of ${TURNS}`}`, result);
      await turn();
      ledger?.reset();
      const startedMs = performance.now();
      await work();
      if (i > 0) seconds = Math.min(seconds, (performance.now() - startedMs) / 1000);
    }
    return { seconds, dispatches: ledger?.counts.dispatches ?? null };
  };
  const measureStep = async (doing: string, layers: number) => {
    const trial = new Trial(subject, { dropout: DROPOUT, seed: 1, layers });
    try {
      await trial.prepare(batch);
      webGpu()?.releaseFree();
      webGpu()?.resetPeak();
      const measured = await measure(doing, () => trial.step(batch));
      return { ...measured, peakBytes: deviceBytes()?.peak ?? null };
    } finally {
      trial.dispose();
    }
  };
  try {
    const forward = await measure('Forward pass', () => forwardOnce(subject, batch));
    result.seconds.forward = forward.seconds;
    result.dispatches.forward = forward.dispatches;
    const step = await measureStep('Training step', config.layers);
    result.seconds.step = step.seconds;
    result.dispatches.step = step.dispatches;
    const shape = { batch: BENCH_ROWS, tokens: BENCH_TOKENS };
    const counts = countsOf(subject);
    result.gflops = (STEP_FACTOR * config.layers * counts.layerFlops(shape)) / step.seconds / 1e9;
    result.bytes.peak = step.peakBytes;
    result.bytes.peak_ratio =
      step.peakBytes && step.peakBytes / stepBytes(counts, shape, config.layers, BENCH_LABELS).total;
    const { seconds, dispatches, peakBytes } = await measureStep('Step of the last layers', result.top_layers.layers);
    Object.assign(result.top_layers, { seconds, dispatches, peak_bytes: peakBytes });
  } finally {
    ledger?.stop();
  }

  tell('The same seed twice', result);
  await turn();
  const same = await sameSeed(subject, BIT_STEPS, turn);
  result.differing_bits.same_seed = same.differing;
  tell('Broken off and gone on with', result);
  const resume = await resumed(subject, BIT_STEPS, turn);
  result.differing_bits.resume = resume.differing;
  result.words_compared = same.words + resume.words;

  // One layer: what grows is the number of sizes, not the model.
  const grown = await growth(
    { ...subject, config: { ...config, layers: 1 } },
    {
      ...GROWTH,
      bytes: () => deviceBytes()?.allocated ?? tf.memory().numBytes,
      async onStep(step) {
        if (step % 10 === 0) tell(`Mixed lengths, step ${step} of ${GROWTH.steps}`, result);
        await turn();
      },
    },
  );
  result.bytes.growth = grown.growth;
  return result;
}
