import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadModel, type ModelSource } from '../../../src/engine/models/read-model';
import { disposeWeights } from '../../../src/engine/models/weights';
import { builtInModel } from '../../helpers/models';
import { startBackend } from '../../helpers/tf-node';

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
