/** Mean of the hidden states of each row's own tokens; padding is left out. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, matrixShape } from './differentiable';

export interface PoolShape {
  batch: number;
  tokens: number;
  /** [batch] unpadded tokens of each row, at least 1 */
  lengths: Int32Array;
}

/** hidden: [batch·tokens, width] → [batch, width] */
export function meanPool(hidden: tf.Tensor, shape: PoolShape): tf.Tensor {
  const { batch, tokens } = shape;
  const [, width] = matrixShape(hidden);
  return differentiable(
    [hidden],
    () => ({
      value: tf.sum(tf.reshape(tf.mul(hidden, shares(shape)), [batch, tokens, width]), 1),
      saved: [],
    }),
    (dy) => [
      tf.tidy(() => {
        const spread = tf.mul(tf.reshape(dy, [batch, 1, width]), tf.reshape(shares(shape), [batch, tokens, 1]));
        return tf.reshape(spread, [batch * tokens, width]);
      }),
    ],
  );
}

/** [batch·tokens, 1]: one over the row's length for its tokens, 0 for padding. */
function shares({ batch, tokens, lengths }: PoolShape): tf.Tensor {
  const values = new Float32Array(batch * tokens);
  lengths.forEach((length, row) => values.fill(1 / length, row * tokens, row * tokens + length));
  return tf.tensor2d(values, [batch * tokens, 1]);
}
