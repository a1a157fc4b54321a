/** The encoders beside the first as a search trains them: whose rows, when on the device, how many. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { disposeWeights } from '../../../src/engine/models/weights';
import { OtherEncoders } from '../../../src/engine/run/other-encoders';
import { createCorpus } from '../../../src/engine/tasks/classification/corpus';
import type { FurtherEncoder } from '../../../src/engine/tasks/classification/further-encoder';
import { startBackend } from '../../helpers/tf-node';
import { toyInput, toyModel } from '../fit/toy';

beforeAll(() => startBackend('wasm'));

function encodersOf(lengths: readonly number[], maxLength: number) {
  const first = toyModel();
  const input = toyInput('full', first, { rows: 12, test: 6, folds: 3 });
  disposeWeights(first.weights);
  const corpus = createCorpus(input.data, input.testData);
  const calls: string[] = [];
  const encoders = lengths.map((maxTokens, i): FurtherEncoder => {
    const id = `encoder ${i + 1}`;
    return {
      ...{ family: first.family, config: first.config, id, sha256: `hash ${i + 1}`, maxTokens, names: [null] },
      tokenIds: corpus.tokenIds.map((ids) => Int32Array.of(1, ...ids.slice(1, 4), 2)),
      place() {
        calls.push(`${id} placed`);
        return toyModel(7 + i);
      },
      close: () => void calls.push(`${id} closed`),
    };
  });
  return { input, corpus, calls, encoders, others: new OtherEncoders(encoders, corpus, maxLength) };
}

test('the same rows in its own tokens, on the device once and until the end', async () => {
  const before = tf.memory().numTensors;
  const { input, corpus, calls, encoders, others } = encodersOf([64, 64], 32);
  const parts = await others.partsOf(2);
  expect(parts).toMatchObject({ encoderId: 'encoder 2', modelSha256: 'hash 2', further: [] });
  expect(parts.corpus.tokenIds).toEqual(encoders[1]?.tokenIds);
  expect(parts.corpus.lengths).toEqual(Int32Array.from(corpus.tokenIds, () => 5));
  expect(parts.corpus).toMatchObject({ labelIndices: corpus.labelIndices, testRows: corpus.testRows, noisy: {} });
  const own = await others.inputOf(2, input);
  expect(own.model).toBe(parts.model);
  expect(own).toMatchObject({ modelId: 'encoder 2', modelSha256: 'hash 2' });
  expect(own.data.tokenIds).toEqual(parts.corpus.tokenIds.slice(0, 12));
  expect(own.testData?.tokenIds).toEqual(parts.corpus.tokenIds.slice(12));
  expect(own.testData?.labelIndices).toEqual(input.testData?.labelIndices);
  // Reading lets nothing go that is needed again.
  expect(others.readers.map(({ id, close }) => [id, close])).toEqual([
    ['encoder 1', undefined],
    ['encoder 2', undefined],
  ]);
  expect(calls).toEqual(['encoder 2 placed']);
  others.dispose();
  expect(calls.slice(1)).toEqual(['encoder 1 closed', 'encoder 2 closed']);
  expect(tf.memory().numTensors).toBe(before);
});

test('one that reads less of a text than the run does is not tried, nor those behind it', () => {
  expect(encodersOf([32, 64], 32).others.count).toBe(2);
  expect(encodersOf([64, 32, 64], 33).others.count).toBe(1);
  expect(encodersOf([32], 33).others.count).toBe(0);
});
