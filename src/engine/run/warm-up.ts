/**
 * Two or three real passes and steps on this device before a run, on its own rows: a typical batch and the longest.
 * What they take becomes the estimate of the whole plan. The steps change a throw-away copy of the weights, and draw
 * from nothing that the run draws from. The first call of each compiles its programs and is not counted.
 */
import { AppError } from '../../core/errors';
import { deviceBytes, webGpu } from '../device/gpu';
import { wasmMemory } from '../device/wasm-memory';
import { shapeOf } from '../fit/load';
import { processorFactor } from '../fit/processor';
import { optimizerStep } from '../fit/step';
import { batchOf, textBatches } from '../frozen/encode-texts';
import { countsOf, type Encoder } from '../models/encoder';
import { disposeWeights } from '../models/weights';
import { currentPath } from '../ops/path';
import { AdamW } from '../optim/adamw';
import type { Measurable, StepTrial } from '../tasks/classification/method';
import type { FurtherEncoder } from '../tasks/classification/further-encoder';
import { classificationMethod } from '../tasks/classification/registry';
import { forward } from '../threads/forward';
import { PLAIN_CORE, speedOf, type Speed, type Speeds, type Timing } from './estimate';
import { laneCount } from './lanes';
import type { PartLoad } from './workload';

export interface Measured {
  speeds: Speeds;
  /** Of the device, the most that was held. */
  bytes: number;
}

/** Timed turns of a pass: the mean of as many, unless they are long. */
const TURNS = 2;
const LONG_MS = 1000;
/** In a pass this long, what the first call costs more does not count. */
const SLOW_MS = 5000;
/** The same without programs to compile. */
const WARM_MS = 300;

/** Null when stopped. Throws `out-of-memory` where even one row at a time does not fit. */
export async function warmUp(context: Measurable, loads: readonly PartLoad[]): Promise<Measured | null> {
  const { threads } = context;
  webGpu()?.resetPeak();
  const encodes = (number: number): boolean =>
    loads.some(({ forward, encoder }) => encoder === number && forward.passes > 0);
  const { model, place, corpus, pace } = context;
  const forwardSpeed = encodes(0)
    ? await measureForward((await place?.()) ?? model, corpus.distinct.tokenIds, pace)
    : PLAIN_CORE.forward;
  if (!forwardSpeed) return null;
  const further: Speed[] = [];
  for (const [i, other] of context.further.entries()) {
    const speed = encodes(i + 1) ? await measureFurther(other, pace) : PLAIN_CORE.forward;
    if (!speed) return null;
    further.push(speed);
  }
  const trial = classificationMethod(context.settings.method).trial(context);
  const training = trial ? await measureTraining(context, trial) : forwardSpeed;
  if (!training) return null;
  const speeds: Speeds = {
    forward: forwardSpeed,
    further,
    training,
    solvingMs: PLAIN_CORE.solvingMs * processorFactor(),
    threads: currentPath().kind === 'wasm' ? (threads?.count ?? 1) : 1,
    lanes: laneCount(context, loads.filter(({ phase }) => phase === 'fold').length),
  };
  return { speeds, bytes: heldBytes() };
}

async function measureFurther(other: FurtherEncoder, pace: Measurable['pace']): Promise<Speed | null> {
  const encoder = await other.place();
  try {
    return await measureForward(encoder, other.tokenIds, pace);
  } finally {
    disposeWeights(encoder.weights);
  }
}

async function measureForward(
  model: Encoder,
  tokenIds: readonly Int32Array[],
  pace: Measurable['pace'],
): Promise<Speed | null> {
  const lengths = tokenIds.map((ids) => ids.length);
  const counts = countsOf(model);
  const flopsOf = (rows: readonly number[]): number => counts.layers * counts.layerFlops(shapeOf(rows, lengths));
  const time = async (texts: readonly number[]): Promise<Timing | null> => {
    const batch = batchOf(tokenIds, texts);
    const ms = await timed(pace, () => forward(model, batch, 'means'));
    return ms === null ? null : { flops: flopsOf(texts), ms };
  };
  return speedFrom(typicalAndLargest(textBatches(tokenIds), flopsOf), time);
}

async function measureTraining({ settings, pace, guard }: Measurable, trial: StepTrial): Promise<Speed | null> {
  const { weightDecay, maxGradNorm, learningRate } = settings;
  const { fork, parts, flopsOf } = trial;
  const optimizer = new AdamW({ weightDecay });
  const time = async (part: readonly number[]): Promise<Timing | null> => {
    const losses = await trial.losses(part);
    if (!losses) return null;
    const step = () =>
      optimizerStep({
        weights: fork.weights,
        trainable: fork.trainable,
        losses,
        optimizer,
        learningRate: () => learningRate,
        maxGradNorm,
        guard,
      });
    const ms = await timed(pace, step);
    return ms === null ? null : { flops: flopsOf(part), ms };
  };
  try {
    return await speedFrom(typicalAndLargest(parts, flopsOf), time);
  } finally {
    optimizer.dispose();
    fork.dispose();
  }
}

/** The part whose size is next to the mean, and the largest. */
function typicalAndLargest(
  parts: readonly (readonly number[])[],
  flopsOf: (part: readonly number[]) => number,
): [typical: readonly number[], largest: readonly number[]] {
  const sizes = parts.map(flopsOf);
  const mean = sum(sizes) / Math.max(1, sizes.length);
  const least = (of: (size: number) => number): readonly number[] => {
    const values = sizes.map(of);
    return parts[values.indexOf(values.reduce((a, b) => Math.min(a, b), Infinity))] ?? [];
  };
  return [least((size) => Math.abs(size - mean)), least((size) => -size)];
}

async function speedFrom(
  [typical, largest]: [readonly number[], readonly number[]],
  time: (part: readonly number[]) => Promise<Timing | null>,
): Promise<Speed | null> {
  const first = await halving(typical, time);
  // A device on which one pass takes that long is not asked for more of them.
  const second = first && (first.ms > SLOW_MS ? first : await halving(largest, time));
  return second && speedOf(first, second);
}

/** In smaller parts when the memory ran out, as the run does it. */
async function halving(
  part: readonly number[],
  time: (part: readonly number[]) => Promise<Timing | null>,
): Promise<Timing | null> {
  try {
    return await time(part);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'out-of-memory' && part.length > 1)) throw error;
    return halving(part.slice(0, Math.ceil(part.length / 2)), time);
  }
}

/** Milliseconds of `work`, without what its first call compiles. Null when stopped. */
async function timed(pace: Measurable['pace'], work: () => Promise<unknown>): Promise<number | null> {
  const compiles = currentPath().kind === 'webgpu';
  const counted: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    if (!(await pace.goOn())) return null;
    const startedMs = performance.now();
    await work();
    const ms = performance.now() - startedMs;
    if (ms > SLOW_MS) return ms;
    if (turn > 0 || (!compiles && ms > WARM_MS)) counted.push(ms);
    if (sum(counted) > LONG_MS) break;
  }
  return sum(counted) / counted.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function heldBytes(): number {
  // The memory of WebAssembly grows and never shrinks: its size is the most that was needed.
  return deviceBytes()?.peak ?? wasmMemory()?.memory.buffer.byteLength ?? 0;
}
