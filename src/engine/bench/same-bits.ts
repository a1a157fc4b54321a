/**
 * Whether a training is the same to the bit: twice from one seed, and broken off after each of its steps, kept as
 * plain data, taken up by a new trial and finished. Counts 32-bit words that differ; 0 is the promise.
 */
import type { ModelConfig } from '../../core/models/model-config';
import type { TokenBatch } from '../../core/text/batches';
import { drawnBatch, Trial, type Subject, type TrialState } from './trial';

export interface BitsResult {
  /** Words that differ, and words that were compared, over all repetitions. */
  differing: number;
  words: number;
}

/** A training's end: its weights and moments, and loss and gradient norm of every step. */
interface Trained {
  state: TrialState;
  curve: number[];
}

const SEED = 42;
const DROPOUT = 0.1;
/** Of the rows of a step, in turn: unlike lengths, so that padding and several buckets take part. */
const LENGTHS = [3, 9, 5, 12, 17, 7, 2, 24];

/** Asked before every step; throws to end it. */
export type Turn = () => Promise<void>;

/** Trains twice from the same seed and compares. */
export async function sameSeed(subject: Subject, steps: number, turn: Turn): Promise<BitsResult> {
  const first = await train(subject, steps, turn);
  return compare(first, await train(subject, steps, turn));
}

/** Breaks off after each step from 1 to `steps` − 1, goes on in a new trial, and compares with the unbroken training. */
export async function resumed(subject: Subject, steps: number, turn: Turn): Promise<BitsResult> {
  const whole = await train(subject, steps, turn);
  const total: BitsResult = { differing: 0, words: 0 };
  for (let step = 1; step < steps; step++) {
    const begun = await train(subject, step, turn);
    const ended = await train(subject, steps, turn, begun);
    const { differing, words } = compare(whole, ended);
    total.differing += differing;
    total.words += words;
  }
  return total;
}

async function train(subject: Subject, steps: number, turn: Turn, begun?: Trained): Promise<Trained> {
  const trial = new Trial(subject, { dropout: DROPOUT, seed: SEED });
  const curve = [...(begun?.curve ?? [])];
  try {
    if (begun) trial.restore(begun.state);
    for (let step = curve.length / 2 + 1; step <= steps; step++) {
      await turn();
      const { loss, gradNorm } = await trial.step(batchOf(subject.config, step));
      curve.push(loss, gradNorm);
    }
    return { state: await trial.state(), curve };
  } finally {
    trial.dispose();
  }
}

function batchOf(config: ModelConfig, step: number): TokenBatch {
  const from = step % LENGTHS.length;
  return drawnBatch(config, [...LENGTHS.slice(from), ...LENGTHS.slice(0, from)].slice(0, 4), step);
}

function compare(a: Trained, b: Trained): BitsResult {
  const total: BitsResult = { differing: 0, words: 0 };
  const add = (x: Float32Array | Float64Array, y: Float32Array | Float64Array | undefined): void => {
    const [own, other] = [wordsOf(x), y && wordsOf(y)];
    total.words += own.length;
    own.forEach((word, i) => {
      if (word !== other?.[i]) total.differing++;
    });
  };
  for (const [name, { values }] of a.state.weights) add(values, b.state.weights.get(name)?.values);
  for (const [name, { first, second }] of a.state.optimizer.moments) {
    add(first, b.state.optimizer.moments.get(name)?.first);
    add(second, b.state.optimizer.moments.get(name)?.second);
  }
  add(Float64Array.from(a.curve), Float64Array.from(b.curve));
  return total;
}

function wordsOf(values: Float32Array | Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
}
