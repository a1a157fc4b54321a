/** Random matrices in blocks, as a model's files have them, and a BERT of them. */
import { floatToHalf } from '../../src/core/formats/float16';
import { unpackValues } from '../../src/core/formats/tensor-types';
import { createRandom, deriveSeed } from '../../src/core/random';
import { type BertConfig, isLinearWeight } from '../../src/engine/models/bert/config';
import { bert } from '../../src/engine/models/bert/family';
import type { Encoder } from '../../src/engine/models/encoder';
import { placeWeights } from '../../src/engine/models/read-model';
import { isPacked, type NamedArray, type NamedBlocks, unpackBlocks } from '../../src/engine/models/weights';
import { tinyArrays, tinyEncoder } from './tiny-bert';

/** Bytes of q4_0 blocks [outputs, inputs], of values up to ±`most`. */
export function randomBlocks(seed: number, outputs: number, inputs: number, most = 1): Uint8Array {
  const random = createRandom(seed);
  const bytes = Uint8Array.from({ length: (outputs * inputs * 18) / 32 }, () => Math.floor(256 * random()));
  for (let i = 0; i < bytes.length; i += 18) {
    bytes.set(new Uint8Array(floatToHalf(Float32Array.of((most * (0.1 + random())) / 9)).buffer), i);
  }
  return bytes;
}

/** Their values as the engine has them, [inputs, outputs]. */
export function turnedValues(bytes: Uint8Array, outputs: number, inputs: number): Float32Array {
  const lines = new Float32Array(outputs * inputs);
  unpackValues('q4_0', bytes, lines);
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
