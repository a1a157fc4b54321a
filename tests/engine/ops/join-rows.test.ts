import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { joinRows } from '../../../src/engine/ops/join-rows';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startPortable } from '../../helpers/tf-node';

checkOperation('joinRows', {
  shapes: [
    [2, 3],
    [1, 3],
    [4, 3],
  ],
  run: (x) => joinRows([x(0), x(1), x(2)]),
});

test('rows stand in the order of their parts; one part is that part', async () => {
  await startPortable();
  const [a, b] = [tf.tensor2d([1, 2], [1, 2]), tf.tensor2d([3, 4, 5, 6], [2, 2])];
  expect(joinRows([a])).toBe(a);
  expect([...(await takeValues(joinRows([b, a])))]).toEqual([3, 4, 5, 6, 1, 2]);
  tf.dispose([a, b]);
});
