import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { disposeWeights } from '../../../src/engine/models/bert/weights';
import { createCorpus } from '../../../src/engine/train/corpus';
import { encodeTexts } from '../../../src/engine/train/encode-texts';
import { Pace } from '../../../src/engine/train/pace';
import { pairLosses } from '../../../src/engine/train/pair-loss';
import { startBackend } from '../../helpers/tf-node';
import { CONTINUE, toyData, toyModel } from './toy';

beforeAll(() => startBackend('wasm'));

test('micro-batches add up to the mean squared error of the cosine similarities', async () => {
  const model = toyModel();
  const corpus = createCorpus(toyData(8), null);
  const pairs = [
    { a: 0, b: 3, target: 1 as const },
    { a: 1, b: 2, target: 0 as const },
    { a: 4, b: 7, target: 1 as const },
  ];
  const hidden = model.config.hiddenSize;
  const vectors = await encodeTexts(model.config, model.weights, corpus.tokenIds, { pace: new Pace(CONTINUE) });
  const cosine = (a: number, b: number): number => {
    const [x, y] = [a, b].map((row) => vectors?.subarray(row * hidden, (row + 1) * hidden));
    return x?.reduce((sum, value, i) => sum + value * (y?.[i] ?? NaN), 0) ?? NaN;
  };
  const expected = pairs.reduce((sum, { a, b, target }) => sum + (cosine(a, b) - target) ** 2, 0) / pairs.length;
  const losses = pairLosses(model.config, model.weights, corpus, [pairs.slice(0, 2), pairs.slice(2)], {
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
