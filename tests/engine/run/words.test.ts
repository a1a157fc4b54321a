/** Runs with the rows of the word table that occur, against runs with all of it. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentData } from '../../../src/core/run/experiment';
import type { Encoder } from '../../../src/engine/models/encoder';
import { placeModel, placeWords, readModel, type ReadModel } from '../../../src/engine/models/read-model';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { RunThreads } from '../../../src/engine/run/run-threads';
import { runExperiment } from '../../../src/engine/run/experiment';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import { tinyModelFiles } from '../../helpers/tiny-model';
import { openOf, differingBits, timeless, toyData, toyInput } from '../fit/toy';

const OPTIONS = { rows: 18, folds: 2, choices: { nEpochs: 2, batchSize: 5, maxSteps: 6, dropout: 0.1 } };

let read: ReadModel;
beforeAll(async () => {
  const files = tinyModelFiles();
  read = await readModel({ read: (file) => Promise.resolve(files.get(file) ?? new Uint8Array()) });
});

/** Rows of fewer words than the model has: every other one of 10 to 38. */
function fewWords(rows: number): ExperimentData {
  const data = toyData(rows);
  return { ...data, tokenIds: data.tokenIds.map((ids) => ids.map((id) => (id < 10 ? id : id - (id % 2)))) };
}

const table = ({ weights, family }: Encoder): number[] => weights.get(family.wordTable)?.shape ?? [];

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  beforeAll(() => startBackend(backend));

  test.each(['features', 'few-examples', 'top-layers', 'adapter', 'full'] as const)(
    '%s: the same bits, on helper threads too, and fewer bytes on the device',
    async (method) => {
      const data = fewWords(OPTIONS.rows);
      const bytes: number[] = [];
      const run = async (model: Encoder, threads?: RunThreads) => {
        const input = toyInput(method, model, { ...OPTIONS, data });
        try {
          return await runExperiment({ ...input, ...(threads && { threads }) });
        } finally {
          disposeWeights(model.weights);
        }
      };
      const place = (texts?: readonly Int32Array[]): Encoder => {
        const before = tf.memory().numBytes;
        const model = placeModel(read, texts);
        bytes.push(tf.memory().numBytes - before);
        return model;
      };
      const whole = await run(place());
      const threads = backend === 'wasm' ? await nodeThreads(2) : undefined;
      const some = place(data.tokenIds);
      // Padding, the ends of a text, two for each of three labels, and every other word.
      expect(table(some)).toEqual([1 + 2 + 6 + 15, 16]);
      const found = await run(some, threads);
      expect(differingBits(timeless(found), timeless(whole))).toBe(0);
      expect((bytes[0] ?? 0) - (bytes[1] ?? 0)).toBe(4 * 16 * (40 - 24));
    },
  );
});

describe('a kept model answers texts of any words', () => {
  beforeAll(() => startBackend('wasm'));
  const asked = toyData(6, 3).tokenIds;

  test('with the rows of those texts, to the bit, and leaves no tensor', async () => {
    const tensors = tf.memory().numTensors;
    const whole = placeModel(read);
    const { tuned } = await runExperiment(toyInput('top-layers', whole, OPTIONS));
    if (!tuned) throw new Error('nothing was kept');
    const all = openOf(whole, [tuned, { ...tuned, encoder: [] }]);
    const none = placeModel(read, []);
    expect(table(none)).toEqual([1, 16]);
    const some = openOf(none, [tuned, { ...tuned, encoder: [] }], (ids) => placeWords(read, ids));
    expect(differingBits(await some.predict(asked), await all.predict(asked))).toBe(0);
    all.dispose();
    some.dispose();
    disposeWeights(whole.weights);
    disposeWeights(none.weights);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('one whose word table was trained answers by its own', async () => {
    const whole = placeModel(read);
    const input = toyInput('full', whole, { ...OPTIONS, choices: { ...OPTIONS.choices, trainEmbeddings: true } });
    const { tuned } = await runExperiment(input);
    if (!tuned) throw new Error('nothing was kept');
    expect(tuned.encoder.find(({ name }) => name === read.family.wordTable)?.shape).toEqual([40, 16]);
    const all = openOf(whole, [tuned]);
    const none = placeModel(read, []);
    const some = openOf(none, [tuned], (ids) => placeWords(read, ids));
    expect(differingBits(await some.predict(asked), await all.predict(asked))).toBe(0);
    all.dispose();
    some.dispose();
    disposeWeights(whole.weights);
    disposeWeights(none.weights);
  });

  test('a text whose words are not there is an error, not zeros', async () => {
    const model = placeModel(read, [Int32Array.of(1, 3)]);
    const predictor = openOf(model, [
      {
        labels: ['a'],
        maxLength: 8,
        head: { weight: new Float32Array(16), bias: new Float32Array(1), normalised: false },
        encoder: [],
      },
    ]);
    await expect(predictor.predict([Int32Array.of(1, 30)])).rejects.toThrow('Token id 30 is not among the 3');
    predictor.dispose();
    disposeWeights(model.weights);
  });
});
