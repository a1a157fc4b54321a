/**
 * Query, key and value of a layer: three parameters in files and in kept models, one in the engine, where a product
 * makes all three at once. Side by side in the columns, [hidden, 3·hidden] and [3·hidden], in that order.
 */
import { AppError } from '../../../core/errors';
import { QKV_PARTS } from './config';
import { isPacked, type NamedArray, type NamedBlocks, unpackBlocks } from '../weights';

// An adapter's matrices stand on each by itself, and stay as they are: only what ends in `.weight` or `.bias` is packed.
const PARTS: readonly string[] = QKV_PARTS;
const PACKED = '.self.qkv.';

/** What the engine's parameter of that name is called in files: three names for a packed one. */
export function fileNames(name: string): string[] {
  return name.includes(PACKED) ? PARTS.map((part) => name.replace(PACKED, `.self.${part}.`)) : [name];
}

/** From three to one; matrices as in the engine, [inputs, outputs]. Throws `model-damaged` when a part is missing. */
export function packQkv(arrays: Iterable<NamedArray>): Iterable<NamedArray> {
  return joinParts(arrays, besideEachOther);
}

/** The same of matrices as in files, [outputs, inputs], packed ones too. Throws `model-damaged` when a part is missing. */
export function joinRows(files: Iterable<NamedArray | NamedBlocks>): Iterable<NamedArray | NamedBlocks> {
  return joinParts(files, belowEachOther);
}

function* joinParts<T extends NamedArray | NamedBlocks>(
  arrays: Iterable<T>,
  join: (name: string, parts: readonly T[], shape: readonly number[]) => T,
): Generator<T> {
  const waiting = new Map<string, T[]>();
  for (const array of arrays) {
    const name = array.name.replace(/\.self\.(query|key|value)\.(?=(weight|bias)$)/, PACKED);
    if (name === array.name) {
      yield array;
      continue;
    }
    const found = [...(waiting.get(name) ?? []), array];
    const parts = fileNames(name).flatMap((part) => found.find((candidate) => candidate.name === part) ?? []);
    if (parts.length < PARTS.length) waiting.set(name, found);
    else {
      waiting.delete(name);
      yield join(name, parts, commonShape(name, parts));
    }
  }
  for (const [name, found] of waiting) {
    const missing = fileNames(name).find((part) => !found.some((array) => array.name === part)) ?? name;
    throw new AppError('model-damaged', `The model has no «${missing}». Load the model again.`, {
      details: { name: missing },
    });
  }
}

/** From one to three. */
export function* splitQkv(arrays: Iterable<NamedArray>): Generator<NamedArray> {
  for (const array of arrays) {
    if (array.name.includes(PACKED)) yield* split(array);
    else yield array;
  }
}

function commonShape(name: string, parts: readonly { shape: readonly number[] }[]): readonly number[] {
  const [first = [], ...others] = parts.map(({ shape }) => shape);
  if (others.every((shape) => shape.join() === first.join())) return first;
  const shapes = parts.map(({ shape }) => shape.join('×')).join(', ');
  throw new AppError('model-damaged', `The parts of «${name}» are ${shapes}: they have to be alike.`);
}

function besideEachOther(name: string, parts: readonly NamedArray[], shape: readonly number[]): NamedArray {
  const width = shape.at(-1) ?? 0;
  const values = new Float32Array(parts.reduce((size, part) => size + part.values.length, 0));
  parts.forEach((part, place) => {
    for (let row = 0, i = 0; i < part.values.length; row++, i += width) {
      values.set(part.values.subarray(i, i + width), (row * PARTS.length + place) * width);
    }
  });
  return { name, shape: [...shape.slice(0, -1), PARTS.length * width], values };
}

/** Packed where all parts are, in one type. */
function belowEachOther(
  name: string,
  parts: readonly (NamedArray | NamedBlocks)[],
  [lines = 0, ...line]: readonly number[],
): NamedArray | NamedBlocks {
  const [first] = parts;
  const packed = parts.filter(isPacked);
  if (first && isPacked(first) && packed.length === parts.length && packed.every(({ type }) => type === first.type)) {
    const bytes = new Uint8Array(PARTS.length * first.bytes.length);
    packed.forEach((part, place) => bytes.set(part.bytes, place * first.bytes.length));
    return { name, type: first.type, shape: [PARTS.length * lines, first.shape[1]], bytes };
  }
  const arrays = parts.map((part) => (isPacked(part) ? unpackBlocks(part) : part).values);
  const size = arrays[0]?.length ?? 0;
  const values = new Float32Array(PARTS.length * size);
  arrays.forEach((array, place) => values.set(array, place * size));
  return { name, shape: [PARTS.length * lines, ...line], values };
}

function* split({ name, shape, values }: NamedArray): Generator<NamedArray> {
  const width = (shape.at(-1) ?? 0) / PARTS.length;
  for (const [place, part] of fileNames(name).entries()) {
    const own = new Float32Array(values.length / PARTS.length);
    for (let row = 0, i = 0; i < own.length; row++, i += width) {
      const from = (row * PARTS.length + place) * width;
      own.set(values.subarray(from, from + width), i);
    }
    yield { name: part, shape: [...shape.slice(0, -1), width], values: own };
  }
}
