import { expect, test } from 'vitest';
import { packQkv, splitQkv } from '../../../../src/engine/models/bert/packing';
import type { NamedArray } from '../../../../src/engine/models/weights';
import { randomValues } from '../../../helpers/operations';

const part = (name: string, shape: number[], seed: number): NamedArray => ({
  name: `encoder.layer.0.attention.self.${name}`,
  shape,
  values: randomValues(
    seed,
    shape.reduce((product, side) => product * side, 1),
  ),
});
const arrays = [
  part('query.weight', [4, 4], 1),
  part('query.bias', [4], 2),
  part('key.weight', [4, 4], 3),
  part('key.bias', [4], 4),
  part('value.weight', [4, 4], 5),
  part('value.bias', [4], 6),
];
const dense: NamedArray = { name: 'encoder.layer.0.output.dense.bias', shape: [1], values: Float32Array.of(7) };

test('packed and split again, parameters are what they were; others pass as they are', () => {
  const packed = [...packQkv([...arrays, dense])];
  expect(packed.map(({ name, shape }) => [name, shape])).toEqual([
    ['encoder.layer.0.attention.self.qkv.weight', [4, 12]],
    ['encoder.layer.0.attention.self.qkv.bias', [12]],
    [dense.name, [1]],
  ]);
  const split = [...splitQkv(packed)];
  expect(split).toHaveLength(7);
  expect(split).toEqual(expect.arrayContaining([...arrays, dense]));
});

test('the columns are the query’s, the key’s, the value’s, in whatever order they come', () => {
  const [packed] = [...packQkv(arrays.filter(({ name }) => name.endsWith('bias')).toReversed())];
  expect([...(packed?.values ?? [])]).toEqual([2, 4, 6].flatMap((seed) => [...randomValues(seed, 4)]));
});

test('a part that is missing or of another shape is a damaged model', () => {
  const damaged = expect.objectContaining({ code: 'model-damaged' });
  expect(() => [...packQkv(arrays.slice(0, -1))]).toThrow(damaged);
  expect(() => [...packQkv([...arrays.slice(0, -1), part('value.bias', [5], 1)])]).toThrow(damaged);
});
