/** A family in a folder of its own (second-family/), registered here alone: read, run, trained, on threads, kept. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Fork } from '../../../src/engine/fit/fork';
import { PackedMatrix } from '../../../src/engine/ops/packed-matrix';
import { runExperiment } from '../../../src/engine/run/experiment';
import { encode } from '../../../src/engine/models/encoder';
import { placeModel, readModel, type ReadModel } from '../../../src/engine/models/read-model';
import { registerFamily } from '../../../src/engine/models/registry';
import { disposeWeights, type Weights } from '../../../src/engine/models/weights';
import { predict } from '../../../src/engine/tasks/classification/evaluate';
import { padBatch } from '../../../src/core/text/batches';
import { difference, takeValues } from '../../helpers/minilm-parity';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import { differingBits, timeless, toyData, toyInput } from '../fit/toy';
import { mixerFiles } from './second-family/files';
import { parseConfig } from './second-family/config';
import { mixer } from './second-family/family';

const files = mixerFiles();
const read = (): Promise<ReadModel> =>
  readModel({ read: (file) => Promise.resolve(files.get(file) ?? new Uint8Array()) });

test('before it is registered its models are refused by name', async () => {
  await expect(read()).rejects.toMatchObject({ code: 'model-unsupported', details: { found: 'mixer' } });
});

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  let model: ReadModel;
  beforeAll(async () => {
    await startBackend(backend);
    registerFamily(mixer);
    model = await read();
  });

  test(`matrices are ${backend === 'webgpu' ? 'packed' : 'in float32'}, and a fork's own never are`, () => {
    const encoder = placeModel(model);
    const names = mixer.allNames(parseConfig(model.config));
    const packed = (weights: Weights) => names.filter((name) => weights.get(name) instanceof PackedMatrix);
    expect(packed(encoder.weights)).toEqual(backend === 'webgpu' ? ['mix.0.matrix', 'mix.1.matrix'] : []);
    const fork = new Fork(encoder.weights, names.slice(-4));
    expect(packed(fork.weights)).toEqual(backend === 'webgpu' ? ['mix.0.matrix'] : []);
    fork.dispose();
    disposeWeights(encoder.weights);
  });

  test('a text has the same vector alone and in a padded batch', async () => {
    const encoder = placeModel(model);
    const rows = [Int32Array.of(1, 5, 9), Int32Array.of(1, 30, 7, 8, 9, 12, 13, 20, 22, 2)];
    const together = await takeValues(tf.tidy(() => encode(encoder, padBatch(rows))));
    for (const [i, row] of rows.entries()) {
      const alone = await takeValues(tf.tidy(() => encode(encoder, padBatch([row]))));
      alone.forEach((value, j) => expect(together[32 * i + j]).toBeCloseTo(value, 5));
      expect(new Set(alone).size).toBeGreaterThan(16);
    }
    disposeWeights(encoder.weights);
  });

  test.each(['features', 'few-examples', 'top-layers', 'full'] as const)(
    '%s learns, the same on helper threads, and the kept model answers',
    async (method) => {
      const data = toyData(30);
      const options = { folds: 2, data, choices: { nEpochs: 6, maxSteps: 12, batchSize: 6 } };
      const tensors = tf.memory().numTensors;
      const encoder = placeModel(model, data.tokenIds);
      const alone = await runExperiment(toyInput(method, encoder, options));
      if (backend === 'wasm') {
        const threads = await nodeThreads(2, 'tests/engine/models/second-family/thread.ts');
        const shared = await runExperiment({ ...toyInput(method, encoder, options), threads });
        expect(differingBits(timeless(shared), timeless(alone))).toBe(0);
      }
      const { tuned } = alone;
      if (!tuned) throw new Error('nothing was kept');
      expect(tuned.encoder.every(({ name }) => name.startsWith('w/mix.'))).toBe(true);
      const answers = await predict(encoder, tuned, data.tokenIds);
      const right = data.labelIndices.filter((label, row) => {
        const own = answers.subarray(3 * row, 3 * row + 3);
        return own.indexOf(Math.max(...own)) === label;
      });
      expect(right.length).toBeGreaterThan(24);
      disposeWeights(encoder.weights);
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );
});

test('packed matrices and those unpacked at loading give the same vectors', async () => {
  registerFamily(mixer);
  const batch = padBatch([Int32Array.of(1, 5, 9), Int32Array.of(1, 30, 7, 8, 9, 12, 13, 20, 22, 2)]);
  const vectors: Float32Array[] = [];
  for (const backend of ['webgpu', 'wasm'] as const) {
    await startBackend(backend);
    const encoder = placeModel(await read());
    vectors.push(await takeValues(tf.tidy(() => encode(encoder, batch))));
    disposeWeights(encoder.weights);
  }
  const [ours = new Float32Array(), theirs = []] = vectors;
  expect(difference(ours, [...theirs])).toBeLessThan(2e-6);
});
