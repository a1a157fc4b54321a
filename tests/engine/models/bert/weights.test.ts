import { beforeAll, describe, expect, test } from 'vitest';
import { fromFiles } from '../../../../src/engine/models/bert/weights';
import { placeWeights } from '../../../../src/engine/models/read-model';
import {
  disposeWeights,
  isPacked,
  type NamedBlocks,
  readArrays,
  unpackBlocks,
} from '../../../../src/engine/models/weights';
import { randomBlocks, turnedValues } from '../../../helpers/packed-blocks';
import { startBackend } from '../../../helpers/tf-node';

beforeAll(() => startBackend('wasm'));

test('query, key and value lie side by side, [inputs, 3·outputs]', async () => {
  const name = (part: string) => `encoder.layer.3.attention.self.${part}.weight`;
  const file = (part: string, first: number) => ({
    name: name(part),
    shape: [2, 2],
    values: Float32Array.of(first, first + 1, first + 2, first + 3),
  });
  const weights = placeWeights(fromFiles([file('value', 20), file('query', 0), file('key', 10)]));
  const arrays = await readArrays(weights);
  expect([...arrays.keys()]).toEqual([name('qkv')]);
  expect(arrays.get(name('qkv'))).toEqual({
    shape: [2, 6],
    values: Float32Array.of(0, 2, 10, 12, 20, 22, 1, 3, 11, 13, 21, 23),
  });
  disposeWeights(weights);
});

describe('packed parts', () => {
  const NAME = 'encoder.layer.0.attention.self';
  const part = (which: string, seed: number): NamedBlocks => ({
    name: `${NAME}.${which}.weight`,
    shape: [32, 64],
    type: 'q4_0',
    bytes: randomBlocks(seed, 32, 64),
  });
  const [query, key, value] = [part('query', 1), part('key', 2), part('value', 3)];

  test('of one type lie one below the other, as they lay in the files', () => {
    const bytes = Uint8Array.from([query, key, value].flatMap((one) => [...one.bytes]));
    const expected = { name: `${NAME}.qkv.weight`, shape: [96, 64], type: 'q4_0', bytes };
    expect([...fromFiles([value, query, key])]).toEqual([expected]);
  });

  test('beside one in float32 are unpacked, to the same values', () => {
    const [packed] = [...fromFiles([query, key, value])];
    const [plain] = [...fromFiles([query, unpackBlocks(key), value])];
    if (!packed || !plain || !isPacked(packed) || isPacked(plain)) throw new Error('One of each was expected.');
    expect(plain.shape).toEqual([64, 96]);
    expect(plain.values).toEqual(turnedValues(packed.bytes, 96, 64));
  });
});

test('matrices of linear layers are turned, tables of embeddings are not', async () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const linear = 'encoder.layer.0.output.dense.weight';
  const table = 'embeddings.word_embeddings.weight';
  const weights = placeWeights(fromFiles([linear, table].map((name) => ({ name, shape: [2, 3], values }))));
  const arrays = await readArrays(weights);
  expect(arrays.get(linear)).toEqual({ shape: [3, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) });
  expect(arrays.get(table)).toEqual({ shape: [2, 3], values });
  disposeWeights(weights);
});
