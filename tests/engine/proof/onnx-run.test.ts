/** A written graph, run from its bytes, answers as the engine does; and each operation as its definition says. */
import { beforeAll, expect, test } from 'vitest';
import type { ExportedClassifier } from '../../../src/core/export/classifier/exported-classifier';
import { classifierGraph, type OnnxWeights } from '../../../src/core/export/classifier/onnx-graph';
import { bytesSource } from '../../../src/core/formats/byte-source';
import { onnxFile, onnxNode, readOnnx } from '../../../src/core/formats/onnx';
import { padBatch } from '../../../src/core/text/batches';
import { computeNode, erf, type OnnxArray } from '../../../src/engine/proof/onnx-operations';
import { encoderAnswers, graphAnswers } from '../../../src/engine/proof/classifier-parity';
import { runOnnx } from '../../../src/engine/proof/onnx-run';
import { written } from '../../helpers/format-files';
import { startBackend } from '../../helpers/tf-node';
import { tinyEncoder, tinyRows, tinyWeights } from '../../helpers/tiny-bert';
import { tinyClassifier, tinyHead } from '../../helpers/tiny-classifier';

beforeAll(() => startBackend('wasm'));

const ROWS = tinyRows(3, [1, 9, 4, 16, 2, 7]);

async function bytesOf(classifier: ExportedClassifier, weights: OnnxWeights = 'float32'): Promise<Uint8Array> {
  const { graph, tensors } = classifierGraph(classifier, weights);
  return written(onnxFile('model.onnx', graph, tensors));
}

/** [texts, classes] by the file, whichever rows go together. */
async function probabilities(bytes: Uint8Array, batches: readonly (readonly number[])[] = [[0, 1, 2, 3, 4, 5]]) {
  const rows: number[][] = [];
  for (const batch of batches) {
    const ids = batch.map((row) => ROWS[row] ?? new Int32Array());
    const values = await graphAnswers(bytesSource('model.onnx', bytes), ids, 3);
    batch.forEach((row, i) => (rows[row] = [...values.subarray(3 * i, 3 * i + 3)]));
  }
  return rows;
}

async function wanted({ head }: ExportedClassifier, pooling: 'first' | 'mean' = 'mean'): Promise<number[][]> {
  const encoder = tinyEncoder(tinyWeights(1));
  const own = { ...encoder, config: { ...encoder.config, pooling } };
  const values = await encoderAnswers(own, head, ROWS, () => Promise.resolve());
  return ROWS.map((_, row) => [...values.subarray(3 * row, 3 * row + 3)]);
}

const apart = (a: number[][], b: number[][]): number =>
  Math.max(...a.flatMap((row, i) => row.map((value, label) => Math.abs(value - (b[i]?.[label] ?? NaN)))));

test.each([true, false])(
  'logits of any batches are those of the engine; vectors of length 1: %s',
  async (normalised) => {
    const classifier = tinyClassifier({ head: tinyHead(3, normalised) });
    const bytes = await bytesOf(classifier);
    const own = await wanted(classifier);
    expect(apart(await probabilities(bytes, [[3, 1, 5, 2], [4], [0]]), own)).toBeLessThan(2e-6);
    expect(apart(await probabilities(bytes), own)).toBeLessThan(2e-6);
    expect(Math.max(...own.flat()) - Math.min(...own.flat())).toBeGreaterThan(0.2);
  },
);

test('a model that goes by the first token is written so', async () => {
  const classifier = tinyClassifier({ config: { ...tinyClassifier().config, pooling: 'first' } });
  const own = await wanted(classifier, 'first');
  expect(apart(await probabilities(await bytesOf(classifier)), own)).toBeLessThan(2e-6);
  expect(apart(own, await wanted(classifier))).toBeGreaterThan(0.01);
});

test('in 8 bits the file is a quarter and answers nearly the same', async () => {
  const classifier = tinyClassifier();
  const [whole, bytes] = [await bytesOf(classifier), await bytesOf(classifier, 'int8')];
  const difference = apart(await probabilities(bytes), await wanted(classifier));
  expect(difference).toBeGreaterThan(1e-5);
  expect(difference).toBeLessThan(0.02);
  const int8 = [...(await readOnnx(bytesSource('m', bytes))).tensors.values()].filter(({ type }) => type === 'int8');
  expect(int8.map(({ name }) => name)).toHaveLength(1 + 2 * 6);
  expect(bytes.length).toBeLessThan(whole.length);
});

test('every value of the file counts: one that is another is found, wherever it is', async () => {
  const classifier = tinyClassifier();
  const bytes = await bytesOf(classifier);
  const own = await wanted(classifier);
  const { tensors } = await readOnnx(bytesSource('m', bytes));
  // A row of words that is used, and the first value of all else.
  const used = 16 * (ROWS[1]?.[3] ?? 0);
  for (const [name, { from, type, shape }] of tensors) {
    if (type !== 'float32' || shape.length === 0 || name === 'embeddings.token_type_embeddings.weight') continue;
    // The same added to all scores of a token changes no share.
    if (name.endsWith('key.bias')) continue;
    const spoiled = bytes.slice();
    const at = from + 4 * (name.includes('word_embeddings') ? used : 0);
    const view = new DataView(spoiled.buffer);
    view.setFloat32(at, view.getFloat32(at, true) + 0.5, true);
    expect(apart(await probabilities(spoiled), own), name).toBeGreaterThan(1e-5);
  }
});

test('what a graph does not have, or is not written here, is refused', async () => {
  const { graph, tensors } = classifierGraph(tinyClassifier(), 'float32');
  const run = async (nodes: typeof graph.nodes, left = tensors) =>
    runOnnx(bytesSource('m.onnx', await written(onnxFile('m.onnx', { ...graph, nodes }, left))), [padBatch(ROWS)]);
  await expect(run(graph.nodes, tensors.slice(1))).rejects.toMatchObject({ code: 'model-damaged' });
  const [first, ...others] = graph.nodes;
  await expect(run(others)).rejects.toMatchObject({ code: 'model-damaged' });
  await expect(run([{ ...(first ?? expect.fail()), op: 'Loop' }, ...others])).rejects.toMatchObject({
    code: 'model-unsupported',
  });
  await expect(run([])).rejects.toThrow(/does not compute «logits»/);
});

const array = (shape: number[], ...values: number[]): OnnxArray => ({ shape, values: Float32Array.from(values) });
const computed = (op: string, ...inputs: OnnxArray[]) => {
  const { shape, values } = computeNode(onnxNode(op, [], 'y'), inputs);
  return { shape, values: [...values] };
};

test('operations, by hand', () => {
  expect(computed('Add', array([2, 1, 2], 1, 2, 3, 4), array([2, 1], 10, 20))).toEqual({
    shape: [2, 2, 2],
    values: [11, 12, 21, 22, 13, 14, 23, 24],
  });
  expect(computed('Sub', array([], 1), array([1, 2], 1, 0)).values).toEqual([0, 1]);
  expect(computed('MatMul', array([2, 1, 2], 1, 2, 3, 4), array([2, 2, 1], 1, 10, 1, 100)).values).toEqual([21, 403]);
  expect(
    computeNode(onnxNode('Transpose', [], 'y', { perm: { ints: [1, 2, 0] } }), [array([2, 1, 3], 1, 2, 3, 4, 5, 6)]),
  ).toEqual(array([1, 3, 2], 1, 4, 2, 5, 3, 6));
  expect(() => computeNode(onnxNode('Gather', [], 'y', { axis: { int: 0 } }), [array([1], 1), array([1], 1)])).toThrow(
    /looks up 1 of 1/,
  );
  // scipy.special.erf
  for (const [x, y] of [
    [0, 0],
    [0.3, 0.3286267594591274],
    [-1, -0.8427007929497149],
    [2.49, 0.9995707327967],
    [2.51, 0.9996143],
    [4, 0.9999999845827421],
    [-7, -1],
  ] as const) {
    expect(erf(x)).toBeCloseTo(y, 6);
  }
});
