import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { trainableNames } from '../../../../src/engine/models/encoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { bucketLength, padBatch } from '../../../../src/core/text/batches';
import { createCorpus, trainingIds } from '../../../../src/engine/tasks/classification/corpus';
import { encodeTexts } from '../../../../src/engine/frozen/encode-texts';
import { Pace } from '../../../../src/engine/fit/pace';
import { pairLosses, pairTokens } from '../../../../src/engine/tasks/classification/pair-loss';
import { gradientDifference, stepGradients } from '../../../helpers/step-gradients';
import { startBackend } from '../../../helpers/tf-node';
import { CONTINUE, toyData, toyModel } from '../../fit/toy';

test('a pair is cut by the tokens that are computed for it', () => {
  for (let length = 1; length <= 600; length++) {
    const { batch, tokens } = padBatch([new Int32Array(length), new Int32Array(1)]);
    expect(pairTokens(length)).toBe(batch * tokens);
    expect(bucketLength(pairTokens(length))).toBe(batch * tokens);
  }
});

describe.each(['webgpu', 'wasm'] as const)('%s', (backend) => {
  beforeEach(() => startBackend(backend));

  test('micro-batches add up to the mean squared error of the cosine similarities', async () => {
    const model = toyModel();
    const corpus = createCorpus(toyData(8), null);
    const pairs = [
      { a: 0, b: 3, target: 1 as const },
      { a: 1, b: 2, target: 0 as const },
      { a: 4, b: 7, target: 1 as const },
    ];
    const hidden = model.config.hiddenSize;
    const vectors = await encodeTexts(model, corpus.tokenIds, { pace: new Pace(CONTINUE) });
    const cosine = (a: number, b: number): number => {
      const [x, y] = [a, b].map((row) => vectors?.subarray(row * hidden, (row + 1) * hidden));
      return x?.reduce((sum, value, i) => sum + value * (y?.[i] ?? NaN), 0) ?? NaN;
    };
    const expected = pairs.reduce((sum, { a, b, target }) => sum + (cosine(a, b) - target) ** 2, 0) / pairs.length;
    const losses = pairLosses(model, trainingIds(corpus, 'none', 0), [pairs.slice(0, 2), pairs.slice(2)], {
      dropout: 0,
      seed: 1,
    });
    let sum = 0;
    for (const loss of losses) {
      const value = tf.tidy(loss);
      sum += (await value.data())[0] ?? NaN;
      value.dispose();
    }
    expect(sum).toBeCloseTo(expected, 5);
    disposeWeights(model.weights);
  });

  test('a step has the same gradients however it is cut, dropout included', async () => {
    const model = toyModel();
    const corpus = createCorpus(toyData(8), null);
    const names = trainableNames(model, { layers: model.config.layers, embeddings: false });
    const pairs = [
      { a: 0, b: 3, target: 1 as const },
      { a: 1, b: 2, target: 0 as const },
      { a: 4, b: 7, target: 1 as const },
      { a: 5, b: 0, target: 0 as const },
      { a: 6, b: 1, target: 0 as const },
    ];
    const gradients = (parts: (typeof pairs)[], seed = 4) =>
      stepGradients(
        model.weights,
        names,
        pairLosses(model, trainingIds(corpus, 'none', 0), parts, { dropout: 0.1, seed }),
      );
    const whole = await gradients([pairs]);
    for (const parts of [
      [pairs.slice(0, 2), pairs.slice(2)],
      [pairs.slice(0, 1), pairs.slice(1, 4), pairs.slice(4)],
      pairs.map((pair) => [pair]),
    ]) {
      expect(gradientDifference(whole, await gradients(parts))).toBeLessThan(1e-5);
    }
    expect(gradientDifference(whole, await gradients([pairs], 5))).toBeGreaterThan(0.05);
    disposeWeights(model.weights);
  });
});
