import { beforeEach, expect, test } from 'vitest';
import { startBackend } from '../../helpers/tf-node';
import { wasmAllocator } from '../../helpers/wasm-memory';

beforeEach(() => startBackend('wasm'));

test('once the backend has started memory that runs out is an error, for the weights that come first too', () => {
  expect(() => wasmAllocator()._malloc(2 ** 31)).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
});
