/**
 * A step whose micro-batches several threads compute. Every micro-batch is the same arithmetic wherever it is computed, and
 * their gradients are added in the order of the micro-batches, whoever is ready first: the number of threads changes no bit.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { readValues } from '../device/read';
import { parameter, type Weights } from '../models/weights';
import { gradientsOf } from '../ops/gradients';
import type { Gradients } from '../optim/clip';
import { nextTurn } from './pace';

/** What another thread computed of a micro-batch. */
export interface ComputedPart {
  /** Which micro-batch. */
  place: number;
  loss: number;
  /** Gradients of all trained parameters, one behind the other in their order. */
  values: Float32Array;
}

/** The micro-batches of one step, by their places, dealt among threads. */
export interface SharedStep {
  /** Hands out the parameters as they are now, and most micro-batches. */
  begin(): void;
  /** A micro-batch that is to be computed here; null where others have all that are left. */
  take(): number | null;
  /** What came since the last look. */
  collect(): ComputedPart[];
  /** Resolves when something came, or when a thread failed. */
  news(): Promise<void>;
  /** What comes later is of no step any more. */
  end(): void;
}

export interface SharedPlan {
  weights: Weights;
  trainable: readonly string[];
  /** One for each micro-batch. */
  losses: readonly (() => tf.Tensor)[];
  shared: SharedStep;
}

/** Adds the gradients of all micro-batches to `gradients`; gives their losses' sum. */
export async function computeShared(
  { weights, trainable, losses, shared }: SharedPlan,
  gradients: Gradients,
): Promise<number> {
  const parameters = trainable.map((name) => parameter(weights, name));
  const waiting = new Map<number, { loss: number; added: (tf.Tensor | undefined)[] }>();
  let next = 0;
  let total = 0;
  // One that was taken over comes twice.
  const isMissing = (place: number): boolean => place >= next && !waiting.has(place);
  const put = (place: number, loss: number, added: (tf.Tensor | undefined)[]): void => {
    waiting.set(place, { loss, added });
    for (let part = waiting.get(next); part !== undefined; part = waiting.get(next)) {
      waiting.delete(next++);
      addGradients(gradients, trainable, part.added);
      total += part.loss;
    }
  };
  shared.begin();
  try {
    while (next < losses.length) {
      // Lets in what was answered while this thread computed.
      await nextTurn();
      for (const { place, loss, values } of shared.collect()) {
        if (isMissing(place)) put(place, loss, apart(values, parameters));
      }
      const place = next < losses.length ? shared.take() : null;
      const lossOf = losses[place ?? -1];
      if (place !== null && lossOf !== undefined) {
        const { value, gradients: added } = gradientsOf(lossOf, parameters);
        const loss = await numberOf(value);
        put(place, loss, added);
      } else if (next < losses.length) await shared.news();
    }
    return total;
  } finally {
    shared.end();
    tf.dispose([...waiting.values()].flatMap(({ added }) => added.flatMap((gradient) => gradient ?? [])));
  }
}

/** The value of a scalar, which is used up. */
async function numberOf(scalar: tf.Tensor): Promise<number> {
  const [value = NaN] = await readValues(scalar);
  scalar.dispose();
  return value;
}

/** Takes over what is `added`; disposes it when it throws. */
export function addGradients(
  gradients: Gradients,
  names: readonly string[],
  added: readonly (tf.Tensor | undefined)[],
): void {
  try {
    names.forEach((name, i) => {
      const gradient = added[i];
      if (gradient === undefined) throw new AppError('internal', `«${name}» is to be trained and is not in the loss.`);
      const sum = gradients.get(name);
      gradients.set(name, sum === undefined ? gradient : tf.add(sum, gradient));
      if (sum !== undefined) tf.dispose([sum, gradient]);
    });
  } catch (error) {
    tf.dispose(added.flatMap((gradient) => gradient ?? []));
    throw error;
  }
}

/** Values one behind the other as tensors of the parameters' shapes. */
function apart(values: Float32Array, parameters: readonly tf.Tensor[]): tf.Tensor[] {
  let at = 0;
  return tf.tidy(() => parameters.map(({ shape, size }) => tf.tensor(values.subarray(at, (at += size)), shape)));
}
