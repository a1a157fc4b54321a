/**
 * Query, key and value of a layer: three parameters in files and in kept models, one in the engine, where a product
 * makes all three at once. Side by side in the columns, [hidden, 3·hidden] and [3·hidden], in that order.
 */
import { AppError } from '../../../core/errors';
import type { NamedArray } from '../weights';

const PARTS = ['query', 'key', 'value'];
const PACKED = '.self.qkv.';

/** What the engine's parameter of that name is called in files: three names for a packed one. */
export function fileNames(name: string): string[] {
  return name.includes(PACKED) ? PARTS.map((part) => name.replace(PACKED, `.self.${part}.`)) : [name];
}

/** From three to one; matrices as in the engine, [inputs, outputs]. Throws `model-damaged` when a part is missing. */
export function* packQkv(arrays: Iterable<NamedArray>): Generator<NamedArray> {
  const waiting = new Map<string, NamedArray[]>();
  for (const array of arrays) {
    const name = array.name.replace(/\.self\.(query|key|value)\./, PACKED);
    if (name === array.name) {
      yield array;
      continue;
    }
    const found = [...(waiting.get(name) ?? []), array];
    const parts = fileNames(name).flatMap((part) => found.find((candidate) => candidate.name === part) ?? []);
    if (parts.length < PARTS.length) waiting.set(name, found);
    else {
      waiting.delete(name);
      yield join(name, parts);
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

function join(name: string, parts: NamedArray[]): NamedArray {
  const [first] = parts;
  const width = first?.shape.at(-1) ?? 0;
  if (first === undefined || parts.some(({ shape }) => shape.join() !== first.shape.join())) {
    const shapes = parts.map(({ shape }) => shape.join('×')).join(', ');
    throw new AppError('model-damaged', `The parts of «${name}» are ${shapes}: they have to be alike.`);
  }
  const values = new Float32Array(PARTS.length * first.values.length);
  parts.forEach((part, place) => {
    for (let row = 0, i = 0; i < part.values.length; row++, i += width) {
      values.set(part.values.subarray(i, i + width), (row * PARTS.length + place) * width);
    }
  });
  return { name, shape: [...first.shape.slice(0, -1), PARTS.length * width], values };
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
