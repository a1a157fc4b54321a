import { expect, test } from 'vitest';
import { readGguf } from '../../../src/core/formats/gguf';
import { packValues } from '../../../src/core/formats/pack-values';
import { packedTensor } from '../../../src/core/formats/planned-tensor';
import { expectedValues, formatFile, written } from '../../helpers/format-files';

/** The bytes of a tensor that ggml's own Python packed. */
async function reference(name: string): Promise<Uint8Array> {
  const source = formatFile('python.gguf');
  const { tensors } = await readGguf(source);
  const tensor = tensors.find((one) => one.name === name) ?? expect.fail(name);
  return source.read(tensor.byteOffset, tensor.byteOffset + tensor.byteLength);
}

const rows = Float32Array.from(expectedValues('gguf')['rows.float32'] ?? []);

test('blocks of q8_0 are ggml’s bytes: ties away from zero, blocks of noughts, very small values', async () => {
  const packed = packValues('q8_0', rows.subarray(0, 3 * 64), 'rows');
  expect(packed).toEqual(await reference('rows.q8_0'));
});

test('halves are those of the reference', async () => {
  const clipped = rows.map((value) => Math.min(60_000, Math.max(-60_000, value)));
  expect(packValues('float16', clipped, 'rows')).toEqual(await reference('rows.float16'));
});

test.each([
  ['float16', 65_519.9, 65_520],
  ['float16', -65_519, -1e30],
  ['q8_0', 65_000 * 127, 65_520 * 127],
  ['float32', 3e38, NaN],
  ['float32', -3e38, -Infinity],
] as const)('%s holds %d and refuses %d by name', (dtype, fits, beyond) => {
  const values = new Float32Array(32);
  values[3] = fits;
  expect(() => packValues(dtype, values, 'w')).not.toThrow();
  values[3] = beyond;
  expect(() => packValues(dtype, values, 'w')).toThrow(
    expect.objectContaining({ code: 'non-finite', details: expect.objectContaining({ name: 'w' }) }),
  );
});

test('lines of another size than planned are an error, not a file', async () => {
  const { name, chunks } = packedTensor('w', [2, 2], 'float32', () => new Float32Array(3));
  await expect(written({ path: name, bytes: 16, chunks })).rejects.toMatchObject({ code: 'internal' });
});
