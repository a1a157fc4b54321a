/** Random matrices in blocks, as a model's files have them. */
import { floatToHalf } from '../../src/core/formats/float16';
import { unpackValues } from '../../src/core/formats/tensor-types';
import { createRandom } from '../../src/core/random';

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
