import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { chunkedCrossEntropy } from '../../../src/engine/ops/chunked-cross-entropy';
import { PackedMatrix } from '../../../src/engine/ops/packed-matrix';
import { tableRows } from '../../../src/engine/ops/table-rows';
import { deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { randomBlocks } from '../../helpers/packed-blocks';
import { startBackend } from '../../helpers/tf-node';
import { unpackValues } from '../../../src/core/formats/tensor-types';

checkOperation('tableRows', { shapes: [[5, 8]], run: (x) => tableRows(x(0), Int32Array.of(4, 0, 4, 2)) });

const [SIZE, WIDTH] = [44, 96];

describe.each(['webgpu', 'wasm'] as const)('a table in blocks on %s', (backend) => {
  const bytes = randomBlocks(1, SIZE, WIDTH, 1, 'q8_0');
  const values = new Float32Array(SIZE * WIDTH);
  unpackValues('q8_0', bytes, values);

  test('gives the rows of its ids to the bit', async () => {
    await startBackend(backend);
    const table = new PackedMatrix('q8_0', bytes, [SIZE, WIDTH]);
    const ids = Int32Array.of(43, 0, 7, 43);
    const rows = await takeValues(tf.tidy(() => tableRows(table, ids)));
    expect(rows).toEqual(
      Float32Array.from(
        { length: 4 * WIDTH },
        (_, i) => values[(ids[Math.floor(i / WIDTH)] ?? 0) * WIDTH + (i % WIDTH)] ?? NaN,
      ),
    );
    expect(() => tableRows(table, Int32Array.of(SIZE))).toThrow(`outside the table of ${SIZE}`);
    expect(() => tableRows(table, Int32Array.of(-1))).toThrow('outside the table');
    table.dispose();
  });

  test('is the output table of a cross-entropy too: loss and the gradient of the states', async () => {
    await startBackend(backend);
    const rows = 9;
    const labels = Int32Array.from({ length: rows }, (_, i) => (7 * i) % SIZE);
    const table = new PackedMatrix('q8_0', bytes, [SIZE, WIDTH]);
    const plain = tf.tensor2d(values, [SIZE, WIDTH]);
    const run = (weight: PackedMatrix | tf.Tensor) =>
      workOf([[randomValues(1, rows * WIDTH), [rows, WIDTH]]], Float32Array.of(1), ([hidden]) =>
        chunkedCrossEntropy(hidden ?? tf.zeros([0, 0]), weight, labels, { chunkRows: 5 }),
      );
    const [ours, theirs] = [await run(table), await run(plain)];
    const none = new Float32Array();
    expect(deviation(ours.value, Float64Array.from(theirs.value))).toBeLessThan(1e-4);
    expect(ours.value[0]).toBeGreaterThan(1);
    expect(deviation(ours.gradients[0] ?? none, Float64Array.from(theirs.gradients[0] ?? none))).toBeLessThan(1e-4);
    plain.dispose();
    table.dispose();
  });
});
