/** onnxruntime-web reads the ONNX files that are handed over, and answers as the engine does: in batches of any size, in any order. */
import { beforeAll, expect, test } from 'vitest';
import { openOnnxRuntime } from '../../../bench/onnxruntime';
import { classifierGraph, type OnnxWeights } from '../../../src/core/export/classifier/onnx-graph';
import { onnxFile } from '../../../src/core/formats/onnx';
import { padBatch } from '../../../src/core/text/batches';
import { encoderAnswers } from '../../../src/engine/proof/classifier-parity';
import { written } from '../../helpers/format-files';
import { startBackend } from '../../helpers/tf-node';
import { tinyEncoder, tinyRows, tinyWeights } from '../../helpers/tiny-bert';
import { tinyClassifier } from '../../helpers/tiny-classifier';

const ROWS = tinyRows(
  3,
  Array.from({ length: 64 }, (_, row) => 1 + ((row * 7) % 16)),
);
const CLASSIFIER = tinyClassifier();

let runtime: Awaited<ReturnType<typeof openOnnxRuntime>>;
/** [texts][classes] by the engine. */
let own: number[][];

// The runtime is fetched on first use.
beforeAll(async () => {
  await startBackend('wasm');
  runtime = await openOnnxRuntime();
  const values = await encoderAnswers(tinyEncoder(tinyWeights(1)), CLASSIFIER.head, ROWS, () => Promise.resolve());
  own = ROWS.map((_, row) => [...values.subarray(3 * row, 3 * row + 3)]);
}, 300_000);

async function session(weights: OnnxWeights) {
  const { graph, tensors } = classifierGraph(CLASSIFIER, weights);
  return runtime.read(await written(onnxFile('model.onnx', graph, tensors)));
}

/** Probabilities [texts][classes] by the file, `size` texts at a time, in the order given. */
async function answers(file: Awaited<ReturnType<typeof session>>, size: number, order: readonly number[]) {
  const found: number[][] = [];
  for (let at = 0; at < order.length; at += size) {
    const rows = order.slice(at, at + size);
    const { batch, tokens, ids, lengths } = padBatch(rows.map((row) => ROWS[row] ?? new Int32Array()));
    const input = (value: (i: number) => number) =>
      new runtime.Tensor(
        'int64',
        BigInt64Array.from({ length: batch * tokens }, (_, i) => BigInt(value(i))),
        [batch, tokens],
      );
    const { logits } = await file.run({
      input_ids: input((i) => ids[i] ?? 0),
      attention_mask: input((i) => Number(i % tokens < (lengths[Math.floor(i / tokens)] ?? 0))),
      token_type_ids: input(() => 0),
    });
    rows.forEach((row, i) => (found[row] = softmax(logits?.data.slice(3 * i, 3 * i + 3) ?? new Float32Array())));
  }
  return found;
}

function softmax(logits: Float32Array): number[] {
  const powers = Array.from(logits, Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const apart = (found: number[][]): number =>
  Math.max(...own.flatMap((row, i) => row.map((value, label) => Math.abs(value - (found[i]?.[label] ?? NaN)))));

const FORWARDS = ROWS.map((_, row) => row);
const BACKWARDS = [...FORWARDS].reverse();

test('float32: 64 texts, 1, 7 and 64 at a time, and from the last to the first', async () => {
  const file = await session('float32');
  expect(file.inputNames).toEqual(['input_ids', 'attention_mask', 'token_type_ids']);
  for (const size of [1, 7, 64]) {
    expect(apart(await answers(file, size, FORWARDS))).toBeLessThan(1e-5);
    expect(apart(await answers(file, size, BACKWARDS))).toBeLessThan(1e-5);
  }
  // Answers differ from text to text, or equality would say nothing.
  expect(Math.max(...own.flat()) - Math.min(...own.flat())).toBeGreaterThan(0.2);
  expect(apart(await answers(file, 64, FORWARDS).then((rows) => [...rows].reverse()))).toBeGreaterThan(0.1);
});

test('8 bits: near the engine, in any batch', async () => {
  const file = await session('int8');
  for (const size of [1, 64]) {
    const difference = apart(await answers(file, size, FORWARDS));
    expect(difference).toBeGreaterThan(1e-6);
    expect(difference).toBeLessThan(0.02);
  }
});
