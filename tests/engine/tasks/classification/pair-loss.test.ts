import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { encode, trainableNames } from '../../../../src/engine/models/encoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { lengthGroups, padBatch } from '../../../../src/core/text/batches';
import { createCorpus, trainingIds } from '../../../../src/engine/tasks/classification/corpus';
import { encodeTexts } from '../../../../src/engine/frozen/encode-texts';
import { Pace } from '../../../../src/engine/fit/pace';
import { pairLoss, pairLosses, unitTokens } from '../../../../src/engine/tasks/classification/pair-loss';
import { pairsOf } from '../../../../src/engine/tasks/classification/pairs';
import { workOf } from '../../../helpers/gpu-work';
import { gradientDifference, stepGradients } from '../../../helpers/step-gradients';
import { startBackend } from '../../../helpers/tf-node';
import { CONTINUE, toyData, toyModel } from '../../fit/toy';

const fixture = JSON.parse(readFileSync(new URL('../../../fixtures/pair-loss.json', import.meta.url), 'utf8')) as {
  labels: number[];
  width: number;
  vectors: number[];
  loss: number;
  gradient: number[];
};

test('rows are cut by the tokens that are computed for them', () => {
  for (let length = 1; length <= 600; length++) {
    const { batch, tokens } = padBatch([new Int32Array(length), new Int32Array(1), new Int32Array(2)]);
    expect(unitTokens([length, 1, 2])).toBe(batch * tokens);
  }
});

/** Of toy rows, whose labels come by turns. */
const rowsOf = (count: number) => {
  const corpus = createCorpus(toyData(count), null);
  const labelOf = (row: number) => corpus.labelIndices[row] ?? -1;
  return { corpus, rows: { idsOf: trainingIds(corpus, 'none', 0), labelOf } };
};

describe.each(['webgpu', 'wasm'] as const)('%s', (backend) => {
  beforeEach(() => startBackend(backend));

  test('loss and gradient of all pairs of a batch are PyTorch’s', async () => {
    const { labels, width, vectors, loss, gradient } = fixture;
    const pairs = pairsOf(labels);
    const { value, gradients } = await workOf(
      [[Float32Array.from(vectors), [labels.length, width]]],
      Float32Array.of(1),
      ([x]) => pairLoss(x ?? tf.scalar(NaN), pairs, [pairs]),
    );
    expect(Math.abs((value[0] ?? NaN) - loss)).toBeLessThan(1e-6);
    gradient.forEach((slope, i) => expect(Math.abs((gradients[0]?.[i] ?? NaN) - slope)).toBeLessThan(1e-6));
  });

  test.each([
    [
      'halved between those of one label and of two',
      [
        [0, 3, 1],
        [2, 5, 4],
      ],
      [
        [0, 3],
        [2, 5],
      ],
      [
        [0, 1],
        [1, 3],
        [2, 4],
        [4, 5],
      ],
    ],
    [
      'of one label alone',
      [[0, 3, 6]],
      [
        [0, 3],
        [0, 6],
        [3, 6],
      ],
      [],
    ],
    [
      'of two labels alone',
      [
        [0, 1],
        [3, 2],
      ],
      [],
      [
        [0, 1],
        [3, 2],
      ],
    ],
  ])('the mean over all pairs within micro-batches, %s', async (_, microBatches, alike, unlike) => {
    const model = toyModel();
    const { corpus, rows } = rowsOf(8);
    const hidden = model.config.hiddenSize;
    const vectors = await encodeTexts(model, corpus.tokenIds, { pace: new Pace(CONTINUE) });
    const error = ([a = 0, b = 0]: number[], target: number): number => {
      const [x, y] = [a, b].map((row) => vectors?.subarray(row * hidden, (row + 1) * hidden));
      return ((x?.reduce((sum, value, i) => sum + value * (y?.[i] ?? NaN), 0) ?? NaN) - target) ** 2;
    };
    const means = [alike.map((pair) => error(pair, 1)), unlike.map((pair) => error(pair, 0))]
      .filter(({ length }) => length > 0)
      .map((errors) => errors.reduce((sum, value) => sum + value, 0) / errors.length);
    let sum = 0;
    for (const loss of pairLosses(model, rows, microBatches, { dropout: 0, seed: 1 })) {
      const value = tf.tidy(loss);
      sum += (await value.data())[0] ?? NaN;
      value.dispose();
    }
    expect(sum).toBeCloseTo(means.reduce((total, mean) => total + mean, 0) / means.length, 5);
    disposeWeights(model.weights);
  });

  test('short rows and long ones are padded apart: the same loss and gradients as of rows in one', async () => {
    const model = toyModel();
    const names = trainableNames(model, { layers: model.config.layers, embeddings: false });
    const lengths = [20, 4, 5, 3, 18, 6];
    const ids = lengths.map((length, row) => Int32Array.from({ length }, (_, i) => 1 + ((7 * row + 3 * i) % 20)));
    const labels = [0, 1, 0, 1, 1, 2];
    const rows = { idsOf: (row: number) => ids[row] ?? new Int32Array(), labelOf: (row: number) => labels[row] ?? -1 };
    expect(lengthGroups([0, 1, 2, 3, 4, 5], lengths)).toEqual([
      [3, 1, 2, 5],
      [4, 0],
    ]);
    const all = pairsOf(labels);
    const inOne = (): tf.Tensor => pairLoss(encode(model, padBatch(ids)), all, [all]);
    const work = (losses: (() => tf.Tensor)[]) => stepGradients(model.weights, names, losses);
    const own = pairLosses(model, rows, [[0, 1, 2, 3, 4, 5]], { dropout: 0, seed: 1 });
    expect(gradientDifference(await work(own), await work([inOne]))).toBeLessThan(1e-4);
    const [value, expected] = [tf.tidy(own[0] ?? inOne), tf.tidy(inOne)];
    expect((await value.data())[0]).toBeCloseTo((await expected.data())[0] ?? NaN, 5);
    tf.dispose([value, expected]);
    disposeWeights(model.weights);
  });

  test('dropout goes by the place in the step, whatever comes before in which part', async () => {
    const model = toyModel();
    const { rows } = rowsOf(8);
    const names = trainableNames(model, { layers: model.config.layers, embeddings: false });
    const gradients = (parts: number[][], seed = 4) =>
      stepGradients(model.weights, names, pairLosses(model, rows, parts, { dropout: 0.1, seed }));
    const parts = [
      [0, 3, 1],
      [2, 5, 4],
    ];
    const both = await gradients(parts);
    expect(gradientDifference(both, await gradients(parts))).toBe(0);
    // In another order a row has another place.
    expect(
      gradientDifference(
        both,
        await gradients([
          [2, 5, 4],
          [0, 3, 1],
        ]),
      ),
    ).toBeGreaterThan(0.05);
    expect(gradientDifference(both, await gradients(parts, 5))).toBeGreaterThan(0.05);
    disposeWeights(model.weights);
  });
});
