import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { chunkedCrossEntropy, type ChunkedOptions } from '../../../src/engine/ops/chunked-cross-entropy';
import { gradientsOf } from '../../../src/engine/ops/gradients';
import { wasmHeap } from '../../../src/engine/ops/wasm/heap';
import { deviation, workOf } from '../../helpers/gpu-work';
import { checkOperation, randomValues } from '../../helpers/operations';
import { takeValues } from '../../helpers/minilm-parity';
import { startBackend, startPortable } from '../../helpers/tf-node';

const labels = Int32Array.of(3, 0, 8, 3, 5);
const rowWeights = Float32Array.of(1, 0, 1, 0.5, 2);

checkOperation('chunkedCrossEntropy, chunks that do not divide', {
  shapes: [
    [5, 4],
    [9, 4],
  ],
  run: (x) => chunkedCrossEntropy(x(0), x(1), labels, { rowWeights, chunkRows: 2 }),
});

const ROWS = 37;
const WIDTH = 24;
/** Sums along it are cut in parts. */
const VOCABULARY = 9_001;
const hidden = randomValues(1, ROWS * WIDTH);
const weight = randomValues(2, VOCABULARY * WIDTH);
const targets = Int32Array.from({ length: ROWS }, (_, row) => (301 * row) % VOCABULARY);
const shares = Float32Array.from({ length: ROWS }, (_, row) => row % 4);

function work(options: ChunkedOptions) {
  const inputs = [
    [hidden, [ROWS, WIDTH]],
    [weight, [VOCABULARY, WIDTH]],
  ] as const;
  return workOf(
    inputs.map(([values, shape]) => [values, [...shape]]),
    Float32Array.of(1),
    ([x, w]) => {
      if (!x || !w) throw new Error('Two inputs are needed.');
      return chunkedCrossEntropy(x, w, targets, { rowWeights: shares, ...options });
    },
  );
}

/** Loss, dHidden and dWeight by the definition, in float64. */
function reference(): [loss: number, dHidden: Float64Array, dWeight: Float64Array] {
  const [dHidden, dWeight] = [new Float64Array(hidden.length), new Float64Array(weight.length)];
  const total = shares.reduce((sum, share) => sum + share, 0);
  const words = Array.from({ length: VOCABULARY }, (_, v) => Array.from(weight.subarray(v * WIDTH, (v + 1) * WIDTH)));
  let loss = 0;
  for (let row = 0; row < ROWS; row++) {
    const x = Array.from(hidden.subarray(row * WIDTH, (row + 1) * WIDTH));
    const logits = words.map((word) => word.reduce((sum, w, j) => sum + w * (x[j] ?? NaN), 0));
    const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    const label = targets[row] ?? NaN;
    const share = (shares[row] ?? NaN) / total;
    loss += share * (Math.log(sum) - (logits[label] ?? NaN));
    logits.forEach((logit, v) => {
      const slope = share * (Math.exp(logit) / sum - (v === label ? 1 : 0));
      for (let j = 0; j < WIDTH; j++) {
        dHidden[row * WIDTH + j] = (dHidden[row * WIDTH + j] ?? NaN) + slope * (words[v]?.[j] ?? NaN);
        dWeight[v * WIDTH + j] = (dWeight[v * WIDTH + j] ?? NaN) + slope * (x[j] ?? NaN);
      }
    });
  }
  return [loss, dHidden, dWeight];
}

describe.each([
  ['webgpu', () => startBackend('webgpu')],
  ['wasm', () => startBackend('wasm')],
  ['portable', startPortable],
])('chunkedCrossEntropy on %s', (_, start) => {
  test.each([1, 10, 36, 37, 1000])('chunks of %i of 37 tokens: as float64 without chunks', async (chunkRows) => {
    await start();
    const { value, gradients } = await work({ chunkRows });
    const [loss, dHidden, dWeight] = reference();
    expect(Math.abs((value[0] ?? NaN) - loss)).toBeLessThan(1e-5 * loss);
    expect(deviation(gradients[0] ?? new Float32Array(), dHidden)).toBeLessThan(1e-5);
    expect(deviation(gradients[1] ?? new Float32Array(), dWeight)).toBeLessThan(1e-5);
  });

  test('no tokens: the loss is 0 when the normalizer is given', async () => {
    await start();
    const inputs = [
      [new Float32Array(), [0, WIDTH]],
      [weight, [VOCABULARY, WIDTH]],
    ] as const;
    const { value, gradients } = await workOf(
      inputs.map(([values, shape]) => [values, [...shape]]),
      Float32Array.of(1),
      ([x, w]) => {
        if (!x || !w) throw new Error('Two inputs are needed.');
        return chunkedCrossEntropy(x, w, new Int32Array(), { normalizer: 3 });
      },
    );
    expect([...value]).toEqual([0]);
    expect(gradients).toEqual([new Float32Array(), new Float32Array(weight.length)]);
  });

  test('the same input gives the same bits', async () => {
    await start();
    expect(await work({ chunkRows: 10 })).toEqual(await work({ chunkRows: 10 }));
  });

  test('never holds the logits of more than a chunk, kept or not', async () => {
    await start();
    const [x, w] = [tf.tensor2d(hidden, [ROWS, WIDTH]), tf.tensor2d(weight, [VOCABULARY, WIDTH])];
    const sizes: number[] = [];
    const engine = tf.engine();
    const { makeTensorFromTensorInfo } = engine;
    engine.makeTensorFromTensorInfo = (...args) => {
      sizes.push(args[0].shape.reduce((product, side) => product * side, 1));
      return makeTensorFromTensorInfo.apply(engine, args);
    };
    try {
      tf.tidy(() => chunkedCrossEntropy(x, w, targets, { chunkRows: 30 })).dispose();
    } finally {
      engine.makeTensorFromTensorInfo = makeTensorFromTensorInfo;
    }
    expect(Math.max(...sizes)).toBe(30 * VOCABULARY);
    tf.dispose([x, w]);
  });
});

test('a frozen weight gets no gradient, and hidden the same one', async () => {
  for (const start of [() => startBackend('wasm'), () => startBackend('webgpu')]) {
    await start();
    const both = await work({ chunkRows: 10 });
    const frozen = tf.tensor2d(weight, [VOCABULARY, WIDTH]);
    const { gradients, dispatches } = await workOf([[hidden, [ROWS, WIDTH]]], Float32Array.of(1), ([x]) =>
      chunkedCrossEntropy(x ?? frozen, frozen, targets, { rowWeights: shares, chunkRows: 10 }),
    );
    frozen.dispose();
    expect(gradients).toEqual([both.gradients[0]]);
    expect(dispatches.backward).toBeLessThanOrEqual(both.dispatches.backward);
  }
});

test('each chunk goes through the table once and back once, whatever the loss is a part of; once where no gradient is asked', async () => {
  await startBackend('wasm');
  const heap = wasmHeap();
  if (heap === null) throw new Error('No WebAssembly heap.');
  const frozen = tf.tensor2d(weight, [VOCABULARY, WIDTH]);
  const product = vi.spyOn(heap, 'product');
  const loss = (x: tf.Tensor) => chunkedCrossEntropy(x, frozen, targets, { rowWeights: shares, chunkRows: 10 });
  const x = tf.tensor2d(hidden, [ROWS, WIDTH]);
  try {
    const dy = tf.scalar(3);
    const { value, gradients } = gradientsOf(() => loss(x), [x], dy);
    tf.dispose([value, dy]);
    expect(product).toHaveBeenCalledTimes(8); // four chunks
    const [, dHidden] = reference();
    const found = await takeValues(gradients[0] ?? x);
    expect(
      deviation(
        found,
        dHidden.map((slope) => 3 * slope),
      ),
    ).toBeLessThan(1e-5);
    product.mockClear();
    tf.tidy(() => loss(x)).dispose();
    expect(product).toHaveBeenCalledTimes(4);
  } finally {
    product.mockRestore();
    tf.dispose([x, frozen]);
  }
});

test('a label outside the vocabulary is refused', async () => {
  await startBackend('wasm');
  const [x, w] = [tf.zeros([1, 2]), tf.zeros([3, 2])];
  expect(() => chunkedCrossEntropy(x, w, Int32Array.of(3))).toThrow('Label 3 is none of 3 classes');
  tf.dispose([x, w]);
});
