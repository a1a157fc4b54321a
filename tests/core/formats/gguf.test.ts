import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/core/formats/byte-source';
import { readGguf } from '../../../src/core/formats/gguf';
import type { GgufItem, GgufValue } from '../../../src/core/formats/gguf-values';
import { ggufFile } from '../../../src/core/formats/gguf-writer';
import { packedTensor, type PlannedTensor } from '../../../src/core/formats/planned-tensor';
import { expectedValues, formatBytes, formatFile, valuesOf, written } from '../../helpers/format-files';

const read = (bytes: Uint8Array) => readGguf(bytesSource('m.gguf', bytes));

function plain(value: GgufValue | undefined): GgufItem | GgufItem[] | undefined {
  return value?.type === 'array' ? [...value.items] : value?.value;
}

/** A small file whose bytes tests change. */
async function small(metadata = new Map<string, GgufValue>()): Promise<Uint8Array> {
  const tensor = (name: string) => packedTensor(name, [2, 3], 'float32', () => Float32Array.of(1, 2, 3, 4, 5, 6));
  return written(ggufFile('m.gguf', metadata, [tensor('a'), tensor('b')]));
}

/** Where a text stands in bytes. */
function find(bytes: Uint8Array, text: string): number {
  const at = Buffer.from(bytes).indexOf(text);
  expect(at).toBeGreaterThan(0);
  return at;
}

test('a file of the reference: all kinds of metadata, and the values of every type that can be read', async () => {
  const source = formatFile('python.gguf');
  const { version, metadata, tensors } = await readGguf(source);
  expect(version).toBe(3);
  const found = Object.fromEntries(Array.from(metadata, ([key, value]) => [key, plain(value)]));
  expect(found).toEqual({
    'general.architecture': 'llama',
    'test.u8': 200,
    'test.i8': -100,
    'test.u16': 60000,
    'test.i16': -30000,
    'test.u32': 4_000_000_000,
    'test.i32': -2_000_000_000,
    'test.f32': 0.5,
    'test.f64': 0.1,
    'test.u64': 2n ** 63n + 1n,
    'test.i64': -(2n ** 62n),
    'test.bool': true,
    'test.string': 'é {{ x }}',
    'test.tokens': ['a', '', 'é', 'Ġthe'],
    'test.numbers': [1, -2, 3],
    'test.floats': [0.5, -1.5],
    'test.flags': [true, false],
  });
  const values: Record<string, number[]> = {};
  for (const tensor of tensors) values[tensor.name] = await valuesOf(source, tensor);
  expect(values).toEqual(expectedValues('gguf'));
  expect(tensors.find(({ name }) => name === 'rows.q4_1')).toMatchObject({ shape: [3, 64], type: 'Q4_1' });
});

test('the same metadata and tensors are written byte for byte as by the reference', async () => {
  const source = formatFile('python.gguf');
  const { metadata, tensors } = await readGguf(source);
  const planned = tensors.map(({ name, shape, dtype, byteOffset, byteLength }): PlannedTensor => {
    if (dtype === null) throw new Error(name);
    const chunks = async function* () {
      yield await source.read(byteOffset, byteOffset + byteLength);
    };
    return { name, shape, dtype, chunks };
  });
  expect(await written(ggufFile('python.gguf', metadata, planned))).toEqual(formatBytes('python.gguf'));
});

test('a header longer than the first read is read on', async () => {
  const items = Array.from({ length: 150_000 }, (_, i) => `token ${i}`);
  const metadata = new Map<string, GgufValue>([['tokenizer.ggml.tokens', { type: 'array', of: 'string', items }]]);
  const bytes = await small(metadata);
  const header = await read(bytes);
  expect(plain(header.metadata.get('tokenizer.ggml.tokens'))).toEqual(items);
  expect(await valuesOf(bytesSource('m', bytes), header.tensors[1] ?? expect.fail())).toEqual([1, 2, 3, 4, 5, 6]);
});

test('version 2 is read as version 3; version 1 and the other order of bytes are refused', async () => {
  const bytes = await small();
  bytes[4] = 2;
  expect((await read(bytes)).version).toBe(2);
  bytes[4] = 1;
  await expect(read(bytes)).rejects.toMatchObject({ code: 'model-unsupported', message: /GGUF version 1/ });
  bytes.set([0, 0, 0, 3], 4);
  await expect(read(bytes)).rejects.toMatchObject({ code: 'model-unsupported', message: /big-endian/ });
});

test('values start at a multiple of the alignment that the file names', async () => {
  const metadata = new Map<string, GgufValue>([['general.alignment', { type: 'uint32', value: 8 }]]);
  const bytes = await small(metadata);
  // Written for 32; the first tensor's 24 bytes are a multiple of 8, so the second stands right behind it.
  const at = find(bytes, 'b') + 1 + 4 + 16 + 4;
  bytes[at] = 24;
  const { tensors, alignment } = await read(bytes);
  expect(alignment).toBe(8);
  expect((tensors[0]?.byteOffset ?? 1) % 8).toBe(0);
  expect(tensors[1]?.byteOffset).toBe((tensors[0]?.byteOffset ?? 0) + 24);
  for (const wrong of [0, 3, 24, 2 ** 30]) {
    const refused = await small(new Map([['general.alignment', { type: 'uint32', value: wrong } as const]]));
    await expect(read(refused)).rejects.toMatchObject({ code: 'model-damaged', message: /power of two/ });
  }
});

test.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
  ['another magic', (bytes) => bytes.fill(0, 0, 4), 'does not begin with «GGUF»'],
  ['more tensors than bytes', (bytes) => bytes.fill(255, 8, 16), 'it has 18446744073709551615 tensors'],
  ['more metadata than bytes', (bytes) => bytes.fill(255, 16, 20), '4294967295 values of metadata'],
  ['a cut-off end', (bytes) => bytes.subarray(0, bytes.length - 33), 'the bytes of «b» reach to'],
  ['a cut-off header', (bytes) => bytes.subarray(0, 40), 'can hold'],
  ['a name too long', (bytes) => bytes.fill(80, find(bytes, 'a') - 8, find(bytes, 'a') - 7), 'has 80 bytes'],
  ['the same name twice', (bytes) => bytes.fill(0x61, find(bytes, 'b'), find(bytes, 'b') + 1), '«a» is there twice'],
  ['five sides', (bytes) => bytes.fill(5, find(bytes, 'a') + 1, find(bytes, 'a') + 2), '«a» has 5 sides'],
  ['a side beyond counting', (bytes) => bytes.fill(255, find(bytes, 'a') + 5, find(bytes, 'a') + 13), 'does not fit'],
  ['another place', (bytes) => bytes.fill(64, find(bytes, 'b') + 25, find(bytes, 'b') + 26), 'should begin at 32'],
])('%s is refused with the file and the reason', async (_, change, reason) => {
  const error = await read(change(await small())).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'model-damaged', details: { file: 'm.gguf' } });
  expect(String(error)).toContain(reason);
});

test('types of values that are not read are named, and unknown ones refused', async () => {
  const bytes = await small();
  const at = find(bytes, 'a') + 1 + 4 + 16;
  bytes[at] = 26;
  expect((await read(bytes)).tensors[0]).toMatchObject({ type: 'I32', dtype: null });
  bytes[at] = 200;
  await expect(read(bytes)).rejects.toMatchObject({ code: 'model-unsupported', message: /unknown type 200/ });
  // A block of 32 does not fit a line of 3.
  bytes[at] = 8;
  await expect(read(bytes)).rejects.toMatchObject({ code: 'model-damaged', message: /does not fit its type Q8_0/ });
});

test('lists: of lists refused, inflated counts too, texts that are not UTF-8 when they are asked for', async () => {
  const list = new Map<string, GgufValue>([['k', { type: 'array', of: 'string', items: ['xyz', 'q'] }]]);
  const bytes = await small(list);
  const at = find(bytes, 'k') + 1;
  const nested = bytes.slice().fill(9, at + 4, at + 5);
  await expect(read(nested)).rejects.toMatchObject({ code: 'model-unsupported', message: /list of lists/ });
  const inflated = bytes.slice().fill(255, at + 8, at + 12);
  await expect(read(inflated)).rejects.toMatchObject({ code: 'model-damaged', message: /4294967295 items in «k»/ });
  const { metadata } = await read(bytes.slice().fill(0xff, find(bytes, 'xyz'), find(bytes, 'xyz') + 1));
  expect(() => plain(metadata.get('k'))).toThrow('not UTF-8');
  const twice = await small(new Map([...list, ['j', { type: 'bool', value: true } as const]]));
  twice[find(twice, 'j')] = 'k'.charCodeAt(0);
  await expect(read(twice)).rejects.toMatchObject({ code: 'model-damaged', message: /the key «k» is there twice/ });
});
