/** What attention has to know of its rows, made once for all layers of a forward pass. */
import * as tf from '@tensorflow/tfjs-core';

export interface AttentionShape {
  batch: number;
  tokens: number;
  heads: number;
  headSize: number;
  /** [batch] unpadded tokens of each row, at least 1 */
  lengths: Int32Array;
  /** [batch] the same as a tensor, for a GPU */
  lengthsTensor: tf.Tensor;
}

/** Makes a tensor: call it inside `tf.tidy`. */
export function attentionShape(
  { batch, tokens, lengths }: Pick<AttentionShape, 'batch' | 'tokens' | 'lengths'>,
  heads: number,
  headSize: number,
): AttentionShape {
  return { batch, tokens, heads, headSize, lengths, lengthsTensor: tf.tensor1d(lengths, 'int32') };
}
