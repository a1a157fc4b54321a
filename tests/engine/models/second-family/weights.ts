/** Files call the parameters `w/<name>` and have matrices as [outputs, inputs]; kept models have the names of the files. */
import { isPacked, type NamedArray, type NamedBlocks } from '../../../../src/engine/models/weights';
import { isLinearWeight, WORDS } from './config';

export const fileName = (name: string): string => (name === WORDS ? name : `w/${name}`);
const ownName = (name: string): string => name.replace(/^w\//, '');

export function* fromFiles(files: Iterable<NamedArray | NamedBlocks>): Generator<NamedArray | NamedBlocks> {
  for (const file of files) {
    const { name } = file;
    const own = { ...file, name: ownName(name) };
    yield isLinearWeight(name) && !isPacked(own) ? turned(own) : own;
  }
}

export function* toKept(arrays: Iterable<NamedArray>): Generator<NamedArray> {
  for (const array of arrays) yield { ...array, name: fileName(array.name) };
}

export function* fromKept(kept: Iterable<NamedArray>): Generator<NamedArray> {
  for (const array of kept) yield { ...array, name: ownName(array.name) };
}

function turned({ name, shape: [outputs = 0, inputs = 0], values }: NamedArray): NamedArray {
  const own = values.map((_, i) => values[(i % outputs) * inputs + Math.floor(i / outputs)] ?? NaN);
  return { name, shape: [inputs, outputs], values: own };
}
