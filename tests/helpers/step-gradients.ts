/** The gradients of one training step, summed over its micro-batches as the step sums them. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../../src/engine/models/weights';
import { AdamW } from '../../src/engine/optim/adamw';
import { optimizerStep } from '../../src/engine/fit/step';

/** By name of the parameter; `weights` are as before. */
export async function stepGradients(
  weights: Weights,
  trainable: readonly string[],
  losses: readonly (() => tf.Tensor)[],
): Promise<Map<string, Float32Array>> {
  const optimizer = new AdamW({ weightDecay: 0 });
  await optimizerStep({ weights, trainable, losses, optimizer, learningRate: () => 0, maxGradNorm: 0 });
  const { moments } = await optimizer.state();
  optimizer.dispose();
  // After one step the first moment is a tenth of the gradient.
  return new Map(Array.from(moments, ([name, { first }]) => [name, first.map((value) => 10 * value)]));
}

/** The largest difference of a parameter's gradients as a share of the largest of its numbers, over all parameters. */
export function gradientDifference(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let most = a.size === b.size ? 0 : NaN;
  for (const [name, values] of a) {
    const others = b.get(name);
    const scale = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const apart = values.reduce((max, value, i) => Math.max(max, Math.abs(value - (others?.[i] ?? NaN))), 0);
    most = Math.max(most, apart / scale);
  }
  return most;
}
