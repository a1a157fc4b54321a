/** A decoder as plain data, for a thread of its own: its frozen matrices as they lie in the memory of WebAssembly. */
import type { ModelConfig } from '../../core/models/model-config';
import { placed } from '../device/placed';
import type { Decoder } from '../models/decoder';
import { findDecoderFamily } from '../models/registry';
import type { BlockTypeId } from '../kernels/packed-blocks';
import { PackedMatrix } from '../ops/packed-matrix';
import type { WasmHeap } from '../ops/wasm/heap';

/** A matrix in blocks, or plain values. */
type MatrixCopy =
  | { shape: number[]; values: Float32Array<ArrayBuffer> }
  | { shape: [inputs: number, outputs: number]; type: BlockTypeId; words: Int32Array<ArrayBuffer> };

/** A decoder without adapters. */
export interface DecoderCopy {
  /** The family's id. */
  family: string;
  config: ModelConfig;
  weights: Map<string, MatrixCopy>;
}

/** Values of the caller's own, that are to be handed over with their buffers. */
export function copyDecoder(
  { family, config, weights }: Decoder,
  heap: WasmHeap,
): { decoder: DecoderCopy; buffers: ArrayBuffer[] } {
  const copies = Array.from(weights, ([name, matrix]): [string, MatrixCopy] => {
    if (!(matrix instanceof PackedMatrix)) {
      return [name, { shape: matrix.shape.slice(), values: Float32Array.from(heap.view(matrix)) }];
    }
    const { type, shape, words } = matrix;
    // Not by way of floats, of which some are no numbers.
    const { buffer, byteOffset, length } = heap.view(words);
    return [name, { shape, type, words: new Int32Array(buffer, byteOffset, length).slice() }];
  });
  return {
    decoder: { family: family.id, config, weights: new Map(copies) },
    buffers: copies.map(([, copy]) => ('words' in copy ? copy.words.buffer : copy.values.buffer)),
  };
}

/** The same on this thread's device. Its weights are the caller's. */
export function placeDecoderCopy({ family: id, config, weights }: DecoderCopy): Decoder {
  const family = findDecoderFamily(id);
  return {
    family,
    config: family.parseConfig(config),
    weights: new Map(
      Array.from(weights, ([name, copy]) => [
        name,
        'words' in copy
          ? new PackedMatrix(copy.type, copy.words, [copy.shape[1], copy.shape[0]])
          : placed(copy.values, [...copy.shape]),
      ]),
    ),
  };
}
