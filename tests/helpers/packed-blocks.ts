/** Random matrices in blocks, as a model's files have them, and a BERT of them. */
import { floatToHalf } from '../../src/core/formats/float16';
import { unpackValues } from '../../src/core/formats/tensor-types';
import { createRandom, deriveSeed } from '../../src/core/random';
import type { BlockTypeId } from '../../src/engine/kernels/packed-blocks';
import { type BertConfig, isLinearWeight } from '../../src/engine/models/bert/config';
import { bert } from '../../src/engine/models/bert/family';
import type { Encoder } from '../../src/engine/models/encoder';
import { placeWeights } from '../../src/engine/models/read-model';
import { isPacked, type NamedArray, type NamedBlocks, unpackBlocks } from '../../src/engine/models/weights';
import { tinyArrays, tinyEncoder } from './tiny-bert';

/** Bytes of a block in a file, and of its numbers in float16 at its start. */
const SIZES: Record<BlockTypeId, { bytes: number; numbers: number }> = {
  q4_0: { bytes: 18, numbers: 1 },
  q4_1: { bytes: 20, numbers: 2 },
  q8_0: { bytes: 34, numbers: 1 },
};

/** Bytes of blocks [outputs, inputs], of values up to some ±`most`. */
export function randomBlocks(
  seed: number,
  outputs: number,
  inputs: number,
  most = 1,
  type: BlockTypeId = 'q4_0',
): Uint8Array {
  const random = createRandom(seed);
  const { bytes: size, numbers } = SIZES[type];
  const bytes = Uint8Array.from({ length: (outputs * inputs * size) / 32 }, () => Math.floor(256 * random()));
  const steps = type === 'q8_0' ? 128 : 9;
  for (let i = 0; i < bytes.length; i += size) {
    const scale = (most * (0.1 + random())) / steps;
    const floats = numbers === 1 ? [scale] : [scale, -scale * (5 + 5 * random())];
    bytes.set(new Uint8Array(floatToHalf(Float32Array.from(floats)).buffer), i);
  }
  return bytes;
}

/** Their values as the engine has them, [inputs, outputs]. */
export function turnedValues(
  bytes: Uint8Array,
  outputs: number,
  inputs: number,
  type: BlockTypeId = 'q4_0',
): Float32Array {
  const lines = new Float32Array(outputs * inputs);
  unpackValues(type, bytes, lines);
  return Float32Array.from(lines, (_, i) => lines[(i % outputs) * inputs + Math.floor(i / outputs)] ?? NaN);
}

/** A BERT whose linear weights are blocks: packed (WebGPU only), or the same values unpacked. */
export function blockEncoder(seed: number, config: BertConfig, packed: boolean): Encoder {
  const files = Array.from(tinyArrays(seed, config), ([name, { shape, values }]): NamedArray | NamedBlocks => {
    const [outputs = 0, inputs = 0] = shape;
    if (!isLinearWeight(name)) return { name, shape, values };
    return {
      name,
      shape: [outputs, inputs],
      type: 'q4_0',
      bytes: randomBlocks(deriveSeed(seed, name), outputs, inputs, 0.1),
    };
  });
  const placed = packed ? files : files.map((file) => (isPacked(file) ? unpackBlocks(file) : file));
  return tinyEncoder(placeWeights(bert.fromFiles(placed)), config);
}
