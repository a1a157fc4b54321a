/**
 * From the parameters of a model's files to the engine's. The only place, with packing.ts, that knows how the files name
 * and lay out parameters: weights of linear layers are [outputs, inputs] there and [inputs, outputs] in the engine.
 */
import { isLinearWeight } from './config';
import { joinRows } from './packing';
import { isPacked, type NamedArray, type NamedBlocks } from '../weights';

/**
 * Parameters in the engine's layout and names; packed ones stay as they lie. Throws `model-damaged` when one of query, key
 * and value is missing.
 */
export function* fromFiles(files: Iterable<NamedArray | NamedBlocks>): Generator<NamedArray | NamedBlocks> {
  for (const array of joinRows(files)) yield isPacked(array) ? array : turn(array);
}

/** From [outputs, inputs] to [inputs, outputs] where the name is a linear layer's weight. */
function turn({ name, shape, values }: NamedArray): NamedArray {
  const [outputs, inputs] = shape;
  if (!isLinearWeight(name) || outputs === undefined || inputs === undefined) return { name, shape, values };
  const turned = new Float32Array(values.length);
  for (let row = 0, i = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++, i++) turned[column * outputs + row] = values[i] ?? 0;
  }
  return { name, shape: [inputs, outputs], values: turned };
}
