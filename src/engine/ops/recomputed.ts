/**
 * A part of a model of which nothing is kept for its gradient but what went in (Chen et al. 2016): the gradient computes it
 * again. The same bits, since what is drawn at random is drawn by its place; a third more work, and memory for one part
 * in place of all.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable';
import { gradientsOf } from './gradients';

/**
 * run(x). `parameters` are those of which it may be asked a gradient: they have to live until then, and so has whatever else
 * `run` reads and did not make itself.
 */
export function recomputed(
  x: tf.Tensor,
  parameters: readonly tf.Tensor[],
  run: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return differentiable(
    [x, ...parameters],
    () => ({ value: run(x), saved: [x] }),
    (dy, saved, wanted) => {
      const inputs = [saved(0), ...parameters];
      const asked = inputs.flatMap((_, i) => (wanted(i) ? i : []));
      const { value, gradients } = gradientsOf(
        () => run(saved(0)),
        asked.flatMap((i) => inputs[i] ?? []),
        dy,
      );
      value.dispose();
      const slopes: (tf.Tensor | undefined)[] = [];
      asked.forEach((i, place) => (slopes[i] = gradients[place]));
      return slopes;
    },
  );
}
