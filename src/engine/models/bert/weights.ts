/**
 * From the parameters of a model's files to the engine's. The only place, with packing.ts, that knows how the files name
 * and lay out parameters: weights of linear layers are [outputs, inputs] there and [inputs, outputs] in the engine.
 */
import { isLinearWeight } from './config';
import { joinRows } from './packing';
import { isPacked, turned, type NamedArray, type NamedBlocks } from '../weights';

/**
 * Parameters in the engine's layout and names; packed ones stay as they lie. Throws `model-damaged` when one of query, key
 * and value is missing.
 */
export function* fromFiles(files: Iterable<NamedArray | NamedBlocks>): Generator<NamedArray | NamedBlocks> {
  for (const array of joinRows(files)) yield isPacked(array) || !isLinearWeight(array.name) ? array : turned(array);
}
