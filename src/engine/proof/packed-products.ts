/**
 * The self-test's part on weights that stay in blocks on WebGPU: two layers through them in every tile that a run may
 * take, and what becomes of one that is trained. Elsewhere the same values are unpacked first, which gives the figures.
 */
import * as tf from '@tensorflow/tfjs-core';
import { createRandom, deriveSeed } from '../../core/random';
import { readValues } from '../device/read';
import { bert } from '../models/bert/family';
import { placeWeights } from '../models/read-model';
import { cloneWeights, disposeWeights, matrix, type NamedBlocks, unpackBlocks, type Weights } from '../models/weights';
import { feedForward } from '../ops/linear';
import { currentPath } from '../ops/path';
import { ALL_TILES, withTile } from '../ops/webgpu/linear';

const FIRST = 'packed.0.weight';
const SECOND = 'packed.1.weight';
const [ROWS, INPUTS, INNER, OUTPUTS] = [5, 64, 64, 8];

/** The weights, so that a test may put a fault into each. */
export const PACKED_NAMES = [FIRST, SECOND];

/** Figure by name. `mixed` makes one number of many; `reading` gives what is read in place of the weights. */
export async function packedFigures(
  mixed: (values: Float32Array) => number,
  reading: (weights: Weights) => Weights,
): Promise<Record<string, number>> {
  const files = [blocks(FIRST, INNER, INPUTS), blocks(SECOND, OUTPUTS, INNER)];
  const packs = currentPath().kind === 'webgpu';
  const weights = placeWeights(bert.fromFiles(packs ? files : files.map(unpackBlocks)));
  const random = createRandom(deriveSeed(1, 'packed'));
  const drawn = (...shape: number[]): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.4),
      shape,
    );
  const [inner, outer] = [drawn(INNER), drawn(OUTPUTS)];
  const figures: Record<string, number> = {};
  const note = async (name: string, tensor: tf.Tensor): Promise<void> => {
    try {
      figures[name] = mixed(await readValues(tensor));
    } finally {
      tensor.dispose();
    }
  };
  try {
    const read = reading(weights);
    const first = { weight: matrix(read, FIRST), bias: inner };
    const second = { weight: matrix(read, SECOND), bias: outer };
    for (const [i, tile] of ALL_TILES.entries()) {
      // Each has rows of its own: a program that does nothing would leave what the one before wrote.
      const value = await withTile(tile, () =>
        Promise.resolve(tf.tidy(() => feedForward(drawn(ROWS, INPUTS), first, second, 'gelu'))),
      );
      await note(`packed layers ${i}`, value);
    }
    for (const [name, weight] of cloneWeights(weights)) await note(`packed unpacked ${name}`, weight);
    return figures;
  } finally {
    tf.dispose([inner, outer]);
    disposeWeights(weights);
  }
}

/** Random values up to ±0.5, a block's up to some share of that. */
function blocks(name: string, outputs: number, inputs: number): NamedBlocks {
  const random = createRandom(deriveSeed(1, name));
  const bytes = Uint8Array.from({ length: (outputs * inputs * 18) / 32 }, () => Math.floor(256 * random()));
  // The scale, in float16: from 1/32 to below 1/16.
  for (let i = 0; i < bytes.length; i += 18) bytes[i + 1] = 0x28 + ((bytes[i + 1] ?? 0) & 3);
  return { name, shape: [outputs, inputs], type: 'q4_0', bytes };
}
