/** From the parameters of a model's files to the engine's: weights of linear layers are [outputs, inputs] there. */
import { isPacked, turned, type NamedArray, type NamedBlocks } from '../weights';
import { isLinearWeight } from './config';

/** Parameters in the engine's layout; names are the files'. Packed ones stay as they lie. */
export function* fromFiles(files: Iterable<NamedArray | NamedBlocks>): Generator<NamedArray | NamedBlocks> {
  for (const array of files) yield isPacked(array) || !isLinearWeight(array.name) ? array : turned(array);
}

/** Names are the same in kept models. */
export function asTheyAre(arrays: Iterable<NamedArray>): Iterable<NamedArray> {
  return arrays;
}
