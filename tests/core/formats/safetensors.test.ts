import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/core/formats/byte-source';
import { packedTensor, type PlannedTensor } from '../../../src/core/formats/planned-tensor';
import { readSafetensors } from '../../../src/core/formats/safetensors';
import { safetensorsFile } from '../../../src/core/formats/safetensors-writer';
import { expectedValues, formatBytes, formatFile, valuesOf, written } from '../../helpers/format-files';

/** A file of this header and as many bytes behind it. */
function fileOf(header: unknown, dataBytes: number, headerBytes?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerBytes ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const read = (bytes: Uint8Array) => readSafetensors(bytesSource('m.safetensors', bytes));
const f32 = (shape: number[], from: number, to: number) => ({ dtype: 'F32', shape, data_offsets: [from, to] });

test('a file of the reference: every type that can be read has its values, others are named', async () => {
  const source = formatFile('python.safetensors');
  const { metadata, tensors } = await readSafetensors(source);
  expect([...metadata].sort()).toEqual([
    ['format', 'pt'],
    ['note', 'é'],
  ]);
  const found: Record<string, number[]> = {};
  for (const tensor of tensors) if (tensor.dtype !== null) found[tensor.name] = await valuesOf(source, tensor);
  expect(found).toEqual(expectedValues('safetensors'));
  const positions = tensors.find(({ name }) => name === 'position_ids');
  expect(positions).toMatchObject({ shape: [2], type: 'I64', dtype: null, byteLength: 16 });
  expect(tensors.find(({ name }) => name === 'model.none')).toMatchObject({ shape: [0, 3], byteLength: 0 });
});

test('the same tensors are written byte for byte as by the reference', async () => {
  const source = formatFile('plain.safetensors');
  const { tensors } = await readSafetensors(source);
  const planned = tensors.toReversed().map(({ name, shape, dtype, byteOffset, byteLength }): PlannedTensor => {
    if (dtype === null) throw new Error(name);
    const chunks = async function* () {
      yield await source.read(byteOffset, byteOffset + byteLength);
    };
    return { name, shape, dtype, chunks };
  });
  const file = safetensorsFile('plain.safetensors', planned);
  expect(await written(file)).toEqual(formatBytes('plain.safetensors'));
  expect(file.bytes).toBe(formatBytes('plain.safetensors').length);
});

test('values are asked for by lines, some at a time, and come back', async () => {
  const asked: [number, number][] = [];
  const tensor = packedTensor('w', [5, 400_000], 'float16', (from, to) => {
    asked.push([from, to]);
    return new Float32Array((to - from) * 400_000).fill(from);
  });
  const bytes = await written(safetensorsFile('m.safetensors', [tensor]));
  expect(asked).toEqual([
    [0, 2],
    [2, 4],
    [4, 5],
  ]);
  const { tensors } = await read(bytes);
  const values = await valuesOf(bytesSource('m', bytes), tensors[0] ?? expect.fail('no tensor'));
  expect([0, 799_999, 800_000, 1_600_000].map((at) => values[at])).toEqual([0, 0, 2, 4]);
});

test.each<[string, Uint8Array, string]>([
  ['fewer than 8 bytes', new Uint8Array(7), 'it has 7 bytes'],
  ['a header longer than the file', fileOf({}, 0, 2n ** 63n), 'its header should have 9223372036854775808 bytes'],
  ['a header that is not an object', fileOf('[]', 0), 'not a JSON object'],
  ['a header that is not JSON', fileOf('{"a":', 0), 'not JSON'],
  ['a header before which there are spaces', fileOf(' {}', 0), 'not a JSON object'],
  ['a hole', fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), 'a hole before the bytes of «b»'],
  ['an overlap', fileOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8), 'the bytes of «b» overlap'],
  ['a tensor beyond the end', fileOf({ a: f32([2], 0, 8) }, 7), 'the bytes of «a» reach to'],
  ['bytes behind the last tensor', fileOf({ a: f32([1], 0, 4) }, 5), '1 bytes at its end'],
  ['a shape that is another size', fileOf({ a: f32([3], 0, 8) }, 8), 'do not fit its shape [3]'],
  ['a shape beyond counting', fileOf({ a: f32([2 ** 30, 2 ** 30], 0, 4) }, 4), 'do not fit its shape'],
  ['a side below nought', fileOf({ a: f32([-1, -1], 0, 4) }, 4), 'the shape of «a»'],
  ['places that run backwards', fileOf({ a: f32([1], 4, 0) }, 4), 'do not fit its shape'],
  ['an entry that is no object', fileOf({ a: 3 }, 0), 'the entry «a» is not an object'],
  ['metadata that is no text', fileOf({ __metadata__: { a: 3 } }, 0), '__metadata__ «a»'],
])('%s is refused with the file and the reason', async (_, bytes, reason) => {
  const error = await read(bytes).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'model-damaged', details: { file: 'm.safetensors' } });
  expect(String(error)).toContain(reason);
});

test('an unknown type is refused by name, and so is a header that lists more than any model has', async () => {
  const unknown = fileOf({ a: { dtype: 'Q9', shape: [1], data_offsets: [0, 1] } }, 1);
  await expect(read(unknown)).rejects.toMatchObject({
    code: 'model-unsupported',
    details: { reason: '«a» has values of the unknown type «Q9»' },
  });
  const long = fileOf(`{"__metadata__":[${'0,'.repeat(300_000)}0]}`, 0);
  await expect(read(long)).rejects.toMatchObject({ code: 'model-unsupported' });
});

test('a type that the format does not have and a name twice cannot be written', () => {
  const tensor = (dtype: 'q8_0' | 'float32') => packedTensor('a', [1, 32], dtype, () => new Float32Array(32));
  expect(() => safetensorsFile('m', [tensor('q8_0')])).toThrow('no type for q8_0');
  expect(() => safetensorsFile('m', [tensor('float32'), tensor('float32')])).toThrow('twice');
});
