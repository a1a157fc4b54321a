import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { cloneWeights, disposeWeights, readArrays, writeArrays } from '../../../../src/engine/models/weights';
import { fromFiles, loadModel, type ModelSource } from '../../../../src/engine/models/bert/weights';
import { builtInModel } from '../../../helpers/models';
import { startBackend } from '../../../helpers/tf-node';
import { tinyWeights } from '../../../helpers/tiny-bert';

beforeAll(() => startBackend('wasm'));

/** The built-in model with one file changed on its way. */
function altered(file: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) {
  const model = builtInModel();
  const discarded: string[] = [];
  const source: ModelSource = {
    read: async (name, signal) => {
      const bytes = await model.read(name, signal);
      return name === file ? change(bytes) : bytes;
    },
    discard: async (name) => void discarded.push(name),
  };
  return { source, discarded };
}

const SHARD = 'model-00002-of-00003.bin';

describe('loadModel', () => {
  test('reports verified bytes up to the whole, and leaves only the weights', async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    let total = 0;
    const model = await loadModel(builtInModel(), {
      onProgress: ({ bytesLoaded, bytesTotal }) => {
        seen.push(bytesLoaded);
        total = bytesTotal;
      },
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    // 101 in the files; query, key and value of six layers are one each.
    expect(model.weights.size).toBe(101 - 6 * 4);
    disposeWeights(model.weights);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    ['one flipped bit', (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, i) => (i === 12_345 ? byte ^ 1 : byte))],
    ['a file cut short', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -1)],
    ['an empty file', () => new Uint8Array()],
  ])('%s in a shard is a damaged model, by name, and the cache is told', async (_, change) => {
    const { source, discarded } = altered(SHARD, change);
    await expect(loadModel(source)).rejects.toMatchObject({ code: 'model-damaged', details: { file: SHARD } });
    expect(discarded).toEqual([SHARD]);
  });

  test('a shard that cannot be read is a missing model, by name', async () => {
    const { source } = altered(SHARD, () => {
      throw new TypeError('Failed to fetch');
    });
    await expect(loadModel(source)).rejects.toMatchObject({ code: 'model-missing', details: { file: SHARD } });
  });

  test('a signal stops loading between files', async () => {
    const stop = new AbortController();
    const { source } = altered(SHARD, (bytes) => {
      stop.abort();
      return bytes;
    });
    await expect(loadModel(source, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('weights as arrays', () => {
  test('survive the way out and back, also over other values', async () => {
    const weights = tinyWeights(1);
    const arrays = await readArrays(weights);
    const others = tinyWeights(2);
    writeArrays(others, arrays);
    expect(await readArrays(others)).toEqual(arrays);
    disposeWeights(weights);
    disposeWeights(others);
  });

  test('only the named ones are read', async () => {
    const weights = tinyWeights(1);
    expect([...(await readArrays(weights, ['embeddings.LayerNorm.bias'])).keys()]).toEqual([
      'embeddings.LayerNorm.bias',
    ]);
    disposeWeights(weights);
  });

  test('a clone outlives the original', async () => {
    const weights = tinyWeights(1);
    const before = await readArrays(weights);
    const clone = cloneWeights(weights);
    disposeWeights(weights);
    expect(await readArrays(clone)).toEqual(before);
    disposeWeights(clone);
  });

  test('query, key and value lie side by side, [inputs, 3·outputs]', async () => {
    const name = (part: string) => `encoder.layer.3.attention.self.${part}.weight`;
    const file = (part: string, first: number) => ({
      name: name(part),
      shape: [2, 2],
      values: Float32Array.of(first, first + 1, first + 2, first + 3),
    });
    const weights = fromFiles([file('value', 20), file('query', 0), file('key', 10)]);
    const arrays = await readArrays(weights);
    expect([...arrays.keys()]).toEqual([name('qkv')]);
    expect(arrays.get(name('qkv'))).toEqual({
      shape: [2, 6],
      values: Float32Array.of(0, 2, 10, 12, 20, 22, 1, 3, 11, 13, 21, 23),
    });
    disposeWeights(weights);
  });

  test('matrices of linear layers are turned, tables of embeddings are not', async () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const linear = 'encoder.layer.0.output.dense.weight';
    const table = 'embeddings.word_embeddings.weight';
    const weights = fromFiles([linear, table].map((name) => ({ name, shape: [2, 3], values })));
    const arrays = await readArrays(weights);
    expect(arrays.get(linear)).toEqual({ shape: [3, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) });
    expect(arrays.get(table)).toEqual({ shape: [2, 3], values });
    disposeWeights(weights);
  });
});

test('WebGPU: all parameters come back in one read, each in a buffer of its own', async () => {
  await startBackend('webgpu');
  const weights = tinyWeights(1);
  const reads = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
  const arrays = await readArrays(weights);
  expect(reads).toHaveBeenCalledTimes(1);
  reads.mockRestore();
  expect([...arrays.keys()]).toEqual([...weights.keys()]);
  for (const { values, shape } of arrays.values()) {
    expect(values.buffer.byteLength).toBe(4 * shape.reduce((size, side) => size * side, 1));
  }
  disposeWeights(weights);
});
