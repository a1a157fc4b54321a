import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { embeddingSum } from '../../../src/engine/ops/embedding';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const ids = Int32Array.of(4, 1, 4, 0, 4);
const places = Int32Array.of(0, 1, 2, 0, 1);

checkOperation('embeddingSum, with ids that occur again', {
  shapes: [
    [6, 3],
    [4, 3],
  ],
  run: (x) =>
    embeddingSum([
      { table: x(0), ids },
      { table: x(1), ids: places },
    ]),
});

test.each([-1, 6])('id %i outside the table is refused, not read as zeros', async (id) => {
  await startBackend('wasm');
  const table = tf.zeros([6, 3]);
  expect(() => embeddingSum([{ table, ids: Int32Array.of(0, id) }])).toThrow(`Token id ${id} is outside`);
  table.dispose();
});
