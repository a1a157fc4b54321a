/**
 * A matrix that stays in blocks on the device: a frozen weight of a linear layer, whose products unpack it as they read it,
 * or a table of which rows are looked up. It is no tensor, so that no other operation can take it for one; where it is trained, `cloneWeights` makes it one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { placed } from '../device/placed';
import { type BlockTypeId, packedWords } from '../kernels/packed-blocks';
import { heapWords } from './wasm/block-words';

export class PackedMatrix {
  readonly type: BlockTypeId;
  /** As of any other weight: [inputs, outputs]. */
  readonly shape: [inputs: number, outputs: number];
  /** On a GPU as kernels/packed-blocks.ts says, for WebAssembly as wasm/packed-heap.ts does. */
  readonly words: tf.Tensor;

  /** From the bytes of a file, which has [outputs, inputs]; or from the words of another such matrix. */
  constructor(
    type: BlockTypeId,
    from: Uint8Array | Int32Array,
    [outputs, inputs]: readonly [outputs: number, inputs: number],
  ) {
    this.type = type;
    this.shape = [inputs, outputs];
    const words = from instanceof Int32Array ? from : wordsOf(type, from, outputs, inputs);
    this.words = placed(words, [words.length]);
  }

  dispose(): void {
    this.words.dispose();
  }
}

function wordsOf(type: BlockTypeId, bytes: Uint8Array, outputs: number, inputs: number): Int32Array {
  if (tf.getBackend() === 'wasm') return heapWords(type, bytes, outputs * inputs);
  return packedWords(type, bytes, outputs, inputs);
}

/** What a product takes as its weight, [inputs, outputs]. */
export type Matrix = tf.Tensor | PackedMatrix;

/** The tensor of a matrix on a backend where none is packed. */
export function unpackedOnly(matrix: Matrix): tf.Tensor {
  if (!(matrix instanceof PackedMatrix)) return matrix;
  throw new AppError('internal', 'A packed matrix came to a backend that has no product for it.');
}
