/**
 * Two readings of each row, under other dropout, pulled together (R-Drop, Liang et al. 2021): half the sum of both
 * Kullback-Leibler divergences between their softmaxes p and q. With d = log p − log q,
 *   loss = ½ Σ (p − q)·d
 *   dlogits of p = ½ (p·(d − Σ p·d) + p − q)    and of q the same with both exchanged.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { differentiable, matrixShape } from './differentiable';

export interface Agreement {
  /** What the divergence counts for, next to the loss. */
  strength: number;
  /** [rows] what a row counts for. */
  weights: Float32Array;
  /** What the sum over rows is divided by: their weights in the whole step. */
  normalizer: number;
}

/**
 * loss + strength · Σ w·divergence / normalizer; loss: scalar, logits: [2·rows, classes], rows 2·i and 2·i + 1 are the
 * readings of one → scalar. A classifier's logits are few: plain operations do on every backend. Throws `internal` for an
 * odd number of readings.
 */
export function withAgreement(loss: tf.Tensor, logits: tf.Tensor, agreement: Agreement): tf.Tensor {
  const [readings, classes] = matrixShape(logits);
  const rows = readings / 2;
  if (rows !== agreement.weights.length) {
    throw new AppError('internal', `Expected two readings of ${agreement.weights.length} rows, got ${readings}.`);
  }
  const scale = agreement.weights.map((weight) => (agreement.strength * weight) / (2 * agreement.normalizer));
  const shape: [number, number, number] = [rows, 2, classes];
  return differentiable(
    [loss, logits],
    () => {
      const value = tf.tidy(() => {
        const { p, q, apart } = readingsOf(logits, shape);
        return tf.add(loss, tf.sum(tf.mul(tf.mul(tf.sub(p, q), apart), tf.tensor3d(scale, [rows, 1, 1]))));
      });
      return { value, saved: [logits] };
    },
    (dy, saved, wanted) => [
      dy,
      wanted(1)
        ? tf.tidy(() => {
            const { p, q, apart } = readingsOf(saved(0), shape);
            const [toP, toQ] = [slope(p, q, apart), slope(q, p, tf.neg(apart))];
            const both = tf.mul(tf.concat([toP, toQ], 1), tf.tensor3d(scale, [rows, 1, 1]));
            return tf.reshape(tf.mul(both, dy), [readings, classes]);
          })
        : undefined,
    ],
  );
}

/** Softmaxes of the first and the second readings, [rows, 1, classes], and how far apart their logarithms are. */
function readingsOf(
  logits: tf.Tensor,
  shape: [number, number, number],
): { p: tf.Tensor; q: tf.Tensor; apart: tf.Tensor } {
  const [rows, , classes] = shape;
  const logs = tf.logSoftmax(tf.reshape(logits, shape));
  const [first, second] = [0, 1].map((reading) => tf.slice(logs, [0, reading, 0], [rows, 1, classes]));
  if (!first || !second) throw new AppError('internal', 'There are two readings.');
  return { p: tf.exp(first), q: tf.exp(second), apart: tf.sub(first, second) };
}

function slope(own: tf.Tensor, other: tf.Tensor, apart: tf.Tensor): tf.Tensor {
  const mean = tf.sum(tf.mul(own, apart), -1, true);
  return tf.add(tf.mul(own, tf.sub(apart, mean)), tf.sub(own, other));
}
