import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, expect, test, vi } from 'vitest';
import { wasmHeap } from '../../../../src/engine/ops/wasm/heap';
import { startBackend } from '../../../helpers/tf-node';
import { wasmAllocator } from '../../../helpers/wasm-memory';

beforeEach(() => startBackend('wasm'));

test('without memory for the products’ own blocks there is no heap', () => {
  const backend: unknown = tf.backend();
  const full = Object.create(wasmAllocator(), { _malloc: { value: () => 0 } }) as object;
  const found = vi.spyOn(tf.engine(), 'backend', 'get');
  found.mockReturnValue(Object.create(backend as object, { wasm: { value: full } }) as never);
  try {
    expect(() => wasmHeap()).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
  } finally {
    found.mockRestore();
  }
  expect(wasmHeap()).not.toBeNull();
});
