/** Files call the parameters `w/<name>`; matrices lie as in the engine. Kept models have the names of the files too. */
import type { NamedArray } from '../../../../src/engine/models/weights';
import { WORDS } from './config';

export const fileName = (name: string): string => (name === WORDS ? name : `w/${name}`);

export function* fromFiles(files: Iterable<NamedArray>): Generator<NamedArray> {
  for (const file of files) yield { ...file, name: file.name.replace(/^w\//, '') };
}

export function* toKept(arrays: Iterable<NamedArray>): Generator<NamedArray> {
  for (const array of arrays) yield { ...array, name: fileName(array.name) };
}
