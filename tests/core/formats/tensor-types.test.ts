import { expect, test } from 'vitest';
import { bytesOfValues, isTensorType, type TensorTypeId, unpackValues } from '../../../src/core/formats/tensor-types';

/** 1.5 in float16, little endian. */
const SCALE = [0x00, 0x3e];

function unpacked(id: TensorTypeId, bytes: readonly number[], count: number): Float32Array {
  const values = new Float32Array(count);
  // At an odd address, as a row in the middle of a shard may be.
  const shard = Uint8Array.from([7, ...bytes]);
  unpackValues(id, shard.subarray(1), values);
  return values;
}

test('q4_0: low halves of the bytes first, then high halves, eight taken away, times the scale', () => {
  const pairs = Array.from({ length: 16 }, (_, j) => j | ((15 - j) << 4));
  const values = unpacked('q4_0', [...SCALE, ...pairs, ...SCALE, ...pairs], 64);
  const low = Array.from({ length: 16 }, (_, j) => (j - 8) * 1.5);
  expect(Array.from(values)).toEqual([...low, ...low.map((v) => -v - 1.5), ...low, ...low.map((v) => -v - 1.5)]);
});

test('q4_1: the same order of halves, times the scale, plus the minimum of the block', () => {
  const pairs = Array.from({ length: 16 }, (_, j) => j | ((15 - j) << 4));
  /** -2.5 in float16. */
  const minimum = [0x00, 0xc1];
  const values = unpacked('q4_1', [...SCALE, ...minimum, ...pairs, ...SCALE, 0, 0, ...pairs], 64);
  const low = Array.from({ length: 16 }, (_, j) => j * 1.5);
  const both = [...low, ...low.toReversed()];
  expect(Array.from(values)).toEqual([...both.map((v) => v - 2.5), ...both]);
});

test('q8_0: signed bytes times the scale', () => {
  const bytes = Array.from({ length: 32 }, (_, j) => (j * 8 - 128) & 0xff);
  expect(Array.from(unpacked('q8_0', [...SCALE, ...bytes], 32))).toEqual(
    Array.from({ length: 32 }, (_, j) => (j * 8 - 128) * 1.5),
  );
});

test('floats of two and of four bytes', () => {
  expect(Array.from(unpacked('float16', [0x00, 0x3e, 0x00, 0xc0], 2))).toEqual([1.5, -2]);
  expect(Array.from(unpacked('bfloat16', [0xc0, 0x3f, 0x00, 0xc0], 2))).toEqual([1.5, -2]);
  expect(Array.from(unpacked('float32', [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0], 2))).toEqual([1.5, -2]);
});

test('bytes are counted by whole blocks', () => {
  expect(bytesOfValues('q4_0', 64)).toBe(36);
  expect(bytesOfValues('q8_0', 64)).toBe(68);
  expect(bytesOfValues('q4_0', 48)).toBeNull();
  expect(bytesOfValues('bfloat16', 3)).toBe(6);
  expect(bytesOfValues('q4_1', 64)).toBe(40);
  expect(isTensorType('q4_k')).toBe(false);
  expect(isTensorType('toString')).toBe(false);
});
