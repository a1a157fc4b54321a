/** Whether a long training of mixed lengths holds more and more: bytes on the device and tensors, step by step. */
import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '../../core/random';
import { drawnBatch, Trial, type Subject } from './trial';

export interface GrowthResult {
  /** The most bytes held at any step after `from`, over the bytes held at it. */
  growth: number;
  bytesAtFrom: number;
  mostBytesAfter: number;
  /** Tensors at the end less those at `from`. */
  moreTensors: number;
  from: number;
  steps: number;
}

export interface GrowthPlan {
  /** By when every length has been seen. */
  from: number;
  steps: number;
  /** Longest row. */
  tokens: number;
  /** Bytes that are held now. */
  bytes(): number;
  /** Told after every step; throws to end it. */
  onStep(step: number): void | Promise<void>;
}

/** Trains on batches of 1 to 8 rows of 1 to `tokens` ids, drawn from a seed. */
export async function growth(
  subject: Subject,
  { from, steps, tokens, bytes, onStep }: GrowthPlan,
): Promise<GrowthResult> {
  const random = createRandom(3);
  const trial = new Trial(subject, { dropout: 0.1, seed: 3 });
  const result: GrowthResult = { growth: NaN, bytesAtFrom: 0, mostBytesAfter: 0, moreTensors: 0, from, steps: 0 };
  let tensorsAtFrom = 0;
  try {
    for (let step = 1; step <= steps; step++) {
      const longest = 1 + Math.floor(random() * tokens);
      const lengths = Array.from({ length: 1 + Math.floor(random() * 8) }, () => 1 + Math.floor(random() * longest));
      await trial.step(drawnBatch(subject.config, lengths, step));
      result.steps = step;
      if (step === from) {
        result.bytesAtFrom = bytes();
        tensorsAtFrom = tf.memory().numTensors;
      }
      if (step > from) result.mostBytesAfter = Math.max(result.mostBytesAfter, bytes());
      await onStep(step);
    }
    result.moreTensors = tf.memory().numTensors - tensorsAtFrom;
    result.growth = result.mostBytesAfter / result.bytesAtFrom;
    return result;
  } finally {
    trial.dispose();
  }
}
