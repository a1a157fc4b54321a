import { beforeAll, describe, expect, test, vi } from 'vitest';
import { cloneWeights, disposeWeights, readArrays, writeArrays } from '../../../src/engine/models/weights';
import { startBackend } from '../../helpers/tf-node';
import { tinyWeights } from '../../helpers/tiny-bert';

beforeAll(() => startBackend('wasm'));

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
