/**
 * One training step and one forward pass of the built-in model on WebGPU, against the same out of plain tfjs, in one
 * process on one device: dispatches, bytes, and the ratio of their times.
 */
import * as tf from '@tensorflow/tfjs-core';
import { globals } from 'webgpu';
import { stepBytes } from '../src/core/models/counts';
import { DEFAULT_MODEL_ID } from '../src/core/models/registry';
import { GpuLedger } from '../src/engine/bench/gpu-ledger';
import { TOP_LAYERS } from '../src/engine/bench/suite';
import { BENCH_LABELS, BENCH_ROWS, BENCH_TOKENS, evenBatch, forwardOnce, Trial } from '../src/engine/bench/trial';
import { webGpu } from '../src/engine/device/gpu';
import { countsOf } from '../src/engine/models/encoder';
import { startBackend } from '../tests/helpers/tf-node';
import { loadSubject, readPlainModel } from './model';
import { round, timesOf, type Fragment, type PartOptions, type Times } from './part';
import { asShipped, StockModel } from './stock';

/** As the automatic settings train. */
const DROPOUT = 0.1;

interface Measured extends Times {
  dispatches: number;
  peakBytes: number;
}

/** Each engine's turns by the clock; the quickest of them counts. */
const TURNS = 2;

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  Object.assign(globalThis, globals);
  const ledger = new GpuLedger();
  const device = await startBackend('webgpu');
  const tokens = quick ? BENCH_TOKENS / 4 : BENCH_TOKENS;
  const subject = await loadSubject();
  const { config } = subject;
  const batch = evenBatch(config, BENCH_ROWS, tokens);
  const measure = async (what: string, work: () => Promise<unknown>): Promise<Measured> => {
    ledger.reset();
    const { seconds, cpuSeconds } = await timesOf(work);
    const { dispatches, peakBytes } = ledger.counts;
    tell(`${what}: ${dispatches} dispatches, ${seconds.toFixed(2)} s, peak ${(peakBytes / 1e6).toFixed(1)} MB`);
    return { dispatches, seconds, cpuSeconds, peakBytes };
  };

  // First, while nothing else is on the device.
  const layers = Math.min(TOP_LAYERS, config.layers);
  const topTrial = new Trial(subject, { dropout: DROPOUT, seed: 1, layers });
  await topTrial.prepare(batch);
  await measure('our step of the last layers, compiling', () => topTrial.step(batch));
  const top = await measure('our step of the last layers', () => topTrial.step(batch));
  topTrial.dispose();
  webGpu()?.releaseFree();

  const trial = new Trial(subject, { dropout: DROPOUT, seed: 1 });
  // The first of each compiles its programs; in the second everything is there, the moments too.
  await measure('our forward, compiling', () => forwardOnce(subject, batch));
  const first = await measure('our step, compiling', () => trial.step(batch));
  const tensorsBefore = tf.memory().numTensors;
  const step = await measure('our step', () => trial.step(batch));
  const tensorsLeft = tf.memory().numTensors - tensorsBefore;
  const held = ledger.counts.bytes;
  const peakBytes = Math.max(first.peakBytes, step.peakBytes);

  const stock = await asShipped(async () => {
    const model = new StockModel(await readPlainModel(), 1);
    await measure('stock forward, compiling', () => model.forward(batch));
    await measure('stock step, compiling', () => model.step(batch));
    return model;
  });
  const ours: Turns = { forward: [], step: [] };
  const plain: Turns = { forward: [], step: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    await asShipped(async () => {
      plain.step.push(await measure('stock step', () => stock.step(batch)));
      plain.forward.push(await measure('stock forward', () => stock.forward(batch)));
    });
    ours.forward.push(await measure('our forward', () => forwardOnce(subject, batch)));
    ours.step.push(await measure('our step', () => trial.step(batch)));
  }

  const hand = stepBytes(countsOf(subject), { batch: BENCH_ROWS, tokens }, config.layers, BENCH_LABELS);
  return {
    device: { webgpu: { name: device.description.name, software: device.description.software } },
    step: { model: DEFAULT_MODEL_ID, layers: config.layers, rows: BENCH_ROWS, tokens, dropout: DROPOUT },
    dispatches: {
      step: step.dispatches,
      forward: ours.forward[0]?.dispatches ?? null,
      stock_step: plain.step[0]?.dispatches ?? null,
      stock_forward: plain.forward[0]?.dispatches ?? null,
    },
    // What *Top layers* does at each step, on what the frozen layers gave.
    top_layers: { layers, dispatches: top.dispatches, seconds: round(top.seconds), peak_bytes: top.peakBytes },
    bytes: {
      peak_ratio: round(peakBytes / hand.total),
      peak: peakBytes,
      after_step: held,
      tensors_left_by_a_step: tensorsLeft,
      by_hand: { ...hand },
    },
    ratio: {
      software_step: round(least(ours.step, 'seconds') / least(plain.step, 'seconds')),
      software_step_cpu: round(least(ours.step, 'cpuSeconds') / least(plain.step, 'cpuSeconds')),
      software_forward: round(least(ours.forward, 'seconds') / least(plain.forward, 'seconds')),
    },
    seconds: {
      webgpu_step: round(least(ours.step, 'seconds')),
      webgpu_forward: round(least(ours.forward, 'seconds')),
      stock_step: round(least(plain.step, 'seconds')),
      stock_forward: round(least(plain.forward, 'seconds')),
    },
  };
}

interface Turns {
  forward: Measured[];
  step: Measured[];
}

function least(turns: readonly Measured[], key: keyof Times): number {
  return Math.min(...turns.map((turn) => turn[key]));
}
