/**
 * One optimizer step over one or more micro-batches: losses, gradients, their norm, clipping, AdamW.
 * Promise: what is not finite is never applied. When a step throws, weights and optimizer are as before it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { withErrorScopes } from '../device/error-scopes';
import { webGpu } from '../device/gpu';
import type { DeviceGuard } from '../device/guard';
import { readValues } from '../device/read';
import { parameter, type Weights } from '../models/weights';
import { gradientsOf } from '../ops/gradients';
import type { AdamW } from '../optim/adamw';
import { clipScale, readNorms, type Gradients } from '../optim/clip';
import { addGradients, computeShared, type SharedPlan, type SharedStep } from './shared-step';

export interface StepPlan {
  /** Trained parameters get new values, in place (in new tensors on the portable way). */
  weights: Weights;
  /** Names of the trained parameters; each has to take part in the loss. */
  trainable: readonly string[];
  /** One function per micro-batch, each a scalar; their sum is the loss of the step. They read `weights` when called. */
  losses: readonly (() => tf.Tensor)[];
  /** Where other threads compute some of them. */
  shared?: SharedStep | undefined;
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

/**
 * Does one step; throws `non-finite`, `out-of-memory` (half the tokens in each micro-batch may fit), or what else the
 * guard finds: `device-lost`, `gpu-error`.
 */
export async function optimizerStep(plan: StepPlan): Promise<StepResult> {
  const { weights, trainable, optimizer, learningRate, maxGradNorm, guard } = plan;
  const gradients: Gradients = new Map();
  let unused: string[] = [];
  try {
    const { loss, squares } = await withErrorScopes(() => {
      // Before the update, so that there is nothing in it for which memory could run out.
      unused = optimizer.prepare(weights, trainable);
      const { shared } = plan;
      return shared === undefined ? computeGradients(plan, gradients) : computeBeside({ ...plan, shared }, gradients);
    });
    guard?.check();
    const gradNorm = Math.sqrt(Array.from(squares.values()).reduce((sum, square) => sum + square, 0));
    refuseNonFinite(loss, gradNorm, optimizer.step + 1);
    optimizer.update(weights, gradients, { learningRate, scale: clipScale(gradNorm, maxGradNorm) });
    unused = [];
    return { loss, gradNorm, gradNorms: new Map(Array.from(squares, ([name, square]) => [name, Math.sqrt(square)])) };
  } catch (error) {
    optimizer.forget(unused);
    tf.dispose([...gradients.values()]);
    // A buffer that was made when there was no memory is none: it must not be taken again.
    if (error instanceof AppError && error.code === 'out-of-memory') webGpu()?.releaseFree();
    throw error;
  } finally {
    tf.dispose([...gradients.values()]);
  }
}

/** Fills `gradients` with the sums over the micro-batches. */
async function computeGradients({ weights, trainable, losses, guard }: StepPlan, gradients: Gradients) {
  const parameters = trainable.map((name) => parameter(weights, name));
  let loss = 0;
  let last: tf.Tensor | undefined;
  try {
    for (const lossOf of losses) {
      if (last) {
        // Waiting for the one before keeps the queue of the GPU short.
        loss += (await readValues(last))[0] ?? NaN;
        last.dispose();
        guard?.check();
      }
      const { value, gradients: added } = gradientsOf(lossOf, parameters);
      last = value;
      addGradients(gradients, trainable, added);
    }
    const { squares, scalars } = await readNorms(gradients, last ? [last] : []);
    return { loss: loss + (scalars[0] ?? 0), squares };
  } finally {
    last?.dispose();
  }
}

/** The same with other threads. */
async function computeBeside(plan: SharedPlan, gradients: Gradients) {
  const loss = await computeShared(plan, gradients);
  const { squares } = await readNorms(gradients);
  return { loss, squares };
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
