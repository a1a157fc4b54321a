/**
 * One optimizer step over one or more micro-batches: losses, gradients, their norm, clipping, AdamW.
 * Promise: what is not finite is never applied. When a step throws, weights and optimizer are as before it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { DeviceGuard } from '../device/guard';
import type { Weights } from '../models/bert/modeling';
import { parameter } from '../models/bert/modeling';
import type { AdamW } from '../optim/adamw';
import { clipScale, squaredNorms, type Gradients } from '../optim/clip';

export interface StepPlan {
  /** Changed in place: trained parameters get new tensors. */
  weights: Weights;
  /** Names of the trained parameters; each has to take part in the loss. */
  trainable: readonly string[];
  /**
   * One function per micro-batch, each a scalar; their sum is the loss of the step. They read `weights` when called,
   * and may return what a `tf.tidy` would return.
   */
  losses: readonly (() => tf.Tensor)[];
  optimizer: AdamW;
  /** The rate of this step for a parameter, so that head and encoder can differ. */
  learningRate: (name: string) => number;
  /** Gradients are scaled down to this global norm; 0 = off. */
  maxGradNorm: number;
  guard?: DeviceGuard;
}

export interface StepResult {
  loss: number;
  /** Global norm before clipping. */
  gradNorm: number;
  /** Norm of each trained parameter's gradient, before clipping. */
  gradNorms: Map<string, number>;
}

/** Does one step; throws `non-finite`, or what the guard finds: `device-lost`, `gpu-error`, `out-of-memory`. */
export async function optimizerStep(plan: StepPlan): Promise<StepResult> {
  const { weights, trainable, losses, optimizer, learningRate, maxGradNorm, guard } = plan;
  const names = [...trainable];
  const gradients: Gradients = new Map();
  try {
    let loss = 0;
    for (const lossOf of losses) {
      const parameters = names.map((name) => parameter(weights, name));
      const { value, grads } = tf.engine().gradients(lossOf, parameters);
      addTo(gradients, names, grads);
      try {
        loss += (await value.data<'float32'>())[0] ?? NaN;
      } finally {
        value.dispose();
      }
      guard?.check();
    }
    const squares = await squaredNorms(gradients);
    guard?.check();
    const gradNorm = Math.sqrt(Array.from(squares.values()).reduce((sum, square) => sum + square, 0));
    refuseNonFinite(loss, gradNorm, optimizer.step + 1);
    optimizer.update(weights, gradients, { learningRate, scale: clipScale(gradNorm, maxGradNorm) });
    const gradNorms = new Map(Array.from(squares, ([name, square]) => [name, Math.sqrt(square)]));
    return { loss, gradNorm, gradNorms };
  } finally {
    tf.dispose([...gradients.values()]);
  }
}

function addTo(gradients: Gradients, names: readonly string[], added: readonly tf.Tensor[]): void {
  names.forEach((name, i) => {
    const gradient = added[i];
    if (gradient === undefined) throw new AppError('internal', `«${name}» is to be trained and is not in the loss.`);
    const sum = gradients.get(name);
    gradients.set(name, sum === undefined ? gradient : tf.add(sum, gradient));
    if (sum !== undefined) tf.dispose([sum, gradient]);
  });
}

function refuseNonFinite(loss: number, gradNorm: number, step: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  throw new AppError(
    'non-finite',
    `Training went out of range at step ${step} (loss ${loss}, gradient norm ${gradNorm}). ` +
      'Folds that were finished are kept. Try a smaller learning rate.',
    { details: { step, loss: String(loss), gradNorm: String(gradNorm) } },
  );
}
