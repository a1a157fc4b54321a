/**
 * Plain values as JSON and back, the same: what JSON has no word for goes under a key with a dollar sign. Lists of numbers are
 * `{"$list": "int32", "of": […]}`, numbers that JSON does not have `{"$number": "NaN"}`; an object that has such a key of its own
 * (a label is called so) goes as `{"$object": [[key, value], …]}`. Large lists may be handed to `tensors` and be named in the text.
 */

const LISTS = { int32: Int32Array, uint8: Uint8Array, float32: Float32Array } as const;
type ListType = keyof typeof LISTS;
type List = Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Takes the float32 lists that shall not stand in the text; `path` is where the list is. */
export interface TensorSink {
  /** Its name there; given back, it finds the list again. */
  put(path: readonly string[], values: Float32Array, shape: readonly number[]): string;
}

/** The lists that `TensorSink` took, by name; throws for one that is not there. */
export type FindTensor = (name: string) => Float32Array<ArrayBuffer>;

/** The text of a value; throws TypeError for what is no plain value. */
export function toPlainJson(value: unknown, tensors: TensorSink | null = null): string {
  return JSON.stringify(encode(value, tensors, []));
}

/** The value of a text that `toPlainJson` wrote; throws SyntaxError where it is none. */
export function fromPlainJson(text: string, find: FindTensor | null = null): unknown {
  return decode(JSON.parse(text), find);
}

function encode(value: unknown, tensors: TensorSink | null, path: readonly string[]): unknown {
  if (typeof value === 'number') {
    const isPlain = Number.isFinite(value) && !Object.is(value, -0);
    return isPlain ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((one, i) => encode(one, tensors, [...path, nameOf(one, i)]));
  for (const [type, kind] of Object.entries(LISTS)) {
    if (!(value instanceof kind)) continue;
    if (value instanceof Float32Array && tensors !== null) return { $tensor: tensors.put(path, value, [value.length]) };
    return { $list: type, of: Array.from(value, (one) => encode(one, null, path)) };
  }
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
    throw new TypeError(`«${path.join('.')}» is no plain value.`);
  }
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const encoded = entries.map(([key, one]): [string, unknown] => {
    // A tensor with a shape beside it keeps that.
    const shape: unknown = 'shape' in value ? value.shape : null;
    if (key === 'values' && one instanceof Float32Array && tensors !== null && isShape(shape)) {
      return [key, { $tensor: tensors.put(path, one, shape) }];
    }
    return [key, encode(one, tensors, [...path, key])];
  });
  return entries.some(([key]) => key.startsWith('$')) ? { $object: encoded } : Object.fromEntries(encoded);
}

/** What an item of a list is called in the path of what is in it. */
function nameOf(item: unknown, at: number): string {
  return typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string'
    ? item.name
    : String(at);
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((side) => Number.isSafeInteger(side));
}

function decode(value: unknown, find: FindTensor | null): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => decode(one, find));
  const { $number: number, $list: list, $object: object, $tensor: tensor } = value as Record<string, unknown>;
  if (typeof number === 'string') return Number(number);
  if (typeof list === 'string') return listOf(list, (value as { of?: unknown }).of);
  if (typeof tensor === 'string') {
    if (find === null) throw new SyntaxError(`«${tensor}» stands nowhere.`);
    return find(tensor);
  }
  const entries = object ?? Object.entries(value);
  if (!Array.isArray(entries)) throw new SyntaxError('An object is no list of keys and values.');
  return Object.fromEntries(
    entries.map((entry: unknown) => {
      const [key, one] = Array.isArray(entry) ? (entry as [unknown, unknown]) : [];
      if (typeof key !== 'string') throw new SyntaxError('A key is no text.');
      return [key, decode(one, find)];
    }),
  );
}

function listOf(type: string, values: unknown): List {
  if (!Object.hasOwn(LISTS, type) || !Array.isArray(values)) throw new SyntaxError(`«${type}» is no list of numbers.`);
  return LISTS[type as ListType].from(values.map((one) => Number(decode(one, null))));
}
