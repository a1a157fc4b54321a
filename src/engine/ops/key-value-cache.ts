/** The keys and values of the tokens so far, which a decoder keeps for the ones to come. */
import * as tf from '@tensorflow/tfjs-core';

export interface KeyValueSizes {
  batch: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  /** Tokens of a text at most. */
  capacity: number;
}

/** Of one layer: [batch, keyValueHeads, capacity, headSize] each, values maybe turned. */
export class KeyValues {
  readonly sizes: KeyValueSizes;
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;

  /** `capacity` is rounded up to what four lanes take. */
  constructor(sizes: KeyValueSizes) {
    const capacity = 4 * Math.ceil(sizes.capacity / 4);
    this.sizes = { ...sizes, capacity };
    const shape = [sizes.batch, sizes.keyValueHeads, capacity, sizes.headSize];
    this.keys = tf.keep(tf.zeros(shape));
    this.values = tf.keep(tf.zeros(shape));
  }

  dispose(): void {
    tf.dispose([this.keys, this.values]);
  }
}
