import { expect, test } from 'vitest';
import { floatToHalf } from '../../../src/core/formats/float16';
import { bytesOfValues, type TensorTypeId } from '../../../src/core/formats/tensor-types';
import { PackedTensors } from '../../../src/engine/models/packed-tensors';
import { randomValues } from '../../helpers/operations';

const halves = new Uint8Array(floatToHalf(randomValues(1, 5 * 4)).buffer);
const blocks = Uint8Array.from({ length: 3 * 36 }, (_, i) => (i * 37) % 251);
// Scales that are numbers.
for (let i = 0; i < blocks.length; i += 18) blocks.set([0, 0x3c], i);
const whole = Uint8Array.from([...halves, ...blocks]);

/** Both tables in shards of so many bytes. */
function tables(shardBytes: number): PackedTensors {
  const shards: Uint8Array[] = [];
  for (let from = 0; from < whole.length; from += shardBytes) shards.push(whole.slice(from, from + shardBytes));
  return new PackedTensors(
    [
      { name: 'half', shape: [5, 4], dtype: 'float16', byteOffset: 0, byteLength: 40 },
      { name: 'four', shape: [3, 64], dtype: 'q4_0', byteOffset: 40, byteLength: 108 },
    ],
    shards,
  );
}

test.each(['half', 'four'])('%s: some rows are those of the whole, however the shards are cut', (name) => {
  const { shape, values } = tables(whole.length).read(name);
  const [count = 0, width = 0] = shape;
  expect(values.some((value) => value !== 0)).toBe(true);
  const rows = Int32Array.of(count - 1, 0, count - 1);
  const expected = Array.from(rows, (row) => Array.from(values.subarray(row * width, (row + 1) * width))).flat();
  for (const shardBytes of [whole.length, 50, 7]) {
    const packed = tables(shardBytes);
    expect(packed.read(name).values).toEqual(values);
    expect(packed.readRows(name, rows)).toEqual({ name, shape: [3, width], values: Float32Array.from(expected) });
  }
});

test('blocks come as they lie in the file, and only of types and shapes that products unpack themselves', () => {
  const entry = (name: string, shape: number[], dtype: TensorTypeId) => ({
    name,
    shape,
    dtype,
    byteOffset: 40,
    byteLength:
      bytesOfValues(
        dtype,
        shape.reduce((a, b) => a * b),
      ) ?? NaN,
  });
  const packed = new PackedTensors(
    [
      entry('whole', [2, 32], 'q4_0'),
      entry('four', [4, 32], 'q4_0'),
      entry('half', [4, 32], 'float16'),
      entry('list', [128], 'q4_0'),
    ],
    [whole.slice(0, 50), whole.slice(50), new Uint8Array(100)],
  );
  expect(packed.readBlocks('four')).toEqual({
    name: 'four',
    shape: [4, 32],
    type: 'q4_0',
    bytes: whole.slice(40, 40 + 4 * 18),
  });
  for (const name of ['whole', 'half', 'list']) expect(packed.readBlocks(name)).toBeNull();
});

test('a row or a tensor that is not there is an error, not zeros', () => {
  expect(() => tables(64).readRows('half', Int32Array.of(5))).toThrow('outside');
  expect(() => tables(64).read('third')).toThrow(expect.objectContaining({ code: 'model-damaged' }));
});
