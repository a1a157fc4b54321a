import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { selectRows } from '../../../src/engine/ops/select-rows';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startPortable } from '../../helpers/tf-node';

checkOperation('selectRows', { shapes: [[5, 3]], run: (x) => selectRows(x(0), Int32Array.of(4, 0, 2)) });

test('gives the rows in the order that they are asked for in, and refuses one that is asked for twice or is not there', async () => {
  await startPortable();
  const x = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect([...(await takeValues(selectRows(x, Int32Array.of(2, 0))))]).toEqual([5, 6, 1, 2]);
  expect(() => selectRows(x, Int32Array.of(1, 1))).toThrow('Row 1 of 3');
  expect(() => selectRows(x, Int32Array.of(3))).toThrow('Row 3 of 3');
  x.dispose();
});
