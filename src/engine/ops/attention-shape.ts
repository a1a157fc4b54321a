/** What attention has to know of its rows, made once for all layers of a forward pass. */
import * as tf from '@tensorflow/tfjs-core';

export interface AttentionShape {
  batch: number;
  tokens: number;
  /** Of queries. */
  heads: number;
  /** Heads of keys and values, which as many heads of queries share in equal groups, side by side. */
  keyValueHeads: number;
  headSize: number;
  /** A token sees itself and those before it, not those behind. */
  causal: boolean;
  /** [batch] unpadded tokens of each row, at least 1 */
  lengths: Int32Array;
  /** [batch] the same as a tensor, for a GPU */
  lengthsTensor: tf.Tensor;
}

/** Makes a tensor: call it inside `tf.tidy`. By default every head has keys of its own, and tokens see all others. */
export function attentionShape(
  { batch, tokens, lengths }: Pick<AttentionShape, 'batch' | 'tokens' | 'lengths'>,
  heads: number,
  headSize: number,
  { keyValueHeads = heads, causal = false }: Partial<Pick<AttentionShape, 'keyValueHeads' | 'causal'>> = {},
): AttentionShape {
  const lengthsTensor = tf.tensor1d(lengths, 'int32');
  return { batch, tokens, heads, keyValueHeads, headSize, causal, lengths, lengthsTensor };
}

/** Numbers of a row of query, key and value together. */
export function packedWidth({ heads, keyValueHeads, headSize }: Omit<AttentionShape, 'lengthsTensor'>): number {
  return (heads + 2 * keyValueHeads) * headSize;
}
