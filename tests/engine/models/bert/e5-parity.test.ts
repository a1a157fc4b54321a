/** multilingual-e5-small on WebAssembly against its reference. `npm run parity -- e5` has the long text and WebGPU too. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { padBatch } from '../../../../src/core/text/batches';
import { Trial } from '../../../../src/engine/bench/trial';
import { wasmMemory } from '../../../../src/engine/device/wasm-memory';
import { encodeTexts } from '../../../../src/engine/frozen/encode-texts';
import { Pace } from '../../../../src/engine/fit/pace';
import { countsOf, encode, type Encoder } from '../../../../src/engine/models/encoder';
import type { ReadModel } from '../../../../src/engine/models/read-model';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { e5Examples, normalisedDifference, placeE5, readE5 } from '../../../helpers/e5-parity';
import { difference, forwardDifference, paddedDifference, takeValues } from '../../../helpers/minilm-parity';
import { startBackend } from '../../../helpers/tf-node';

let model: ReadModel;
let encoder: Encoder;
beforeAll(async () => {
  await startBackend('wasm');
  model = await readE5();
  encoder = placeE5(model);
});
afterAll(() => disposeWeights(encoder.weights));

const short = e5Examples.filter(({ ids }) => ids.length < 100);

test.each(short.map((example) => [example.text, example] as const))(
  '«%s»: the ids, every layer, the mean and the start of the normalised vector equal the reference',
  async (text, example) => {
    expect(Array.from(model.tokenizer.encode(text, 512))).toEqual(example.ids);
    expect(await forwardDifference(encoder, example)).toBeLessThan(2e-5);
    const batch = padBatch([Int32Array.from(example.ids)]);
    const vector = await takeValues(tf.tidy(() => encode(encoder, batch)));
    expect(normalisedDifference(vector, example)).toBeLessThan(2e-6);
  },
);

test('padding, whose id is the start of a text to this model, changes nothing', async () => {
  expect(await paddedDifference(encoder, short)).toBeLessThan(2e-5);
  const rows = short.map(({ ids }) => Int32Array.from(ids));
  // A word of one of the texts.
  const vectors = await Promise.all(
    [0, 41].map((padding) => takeValues(tf.tidy(() => encode(encoder, padBatch(rows, padding))))),
  );
  expect(difference(vectors[0] ?? [], [...(vectors[1] ?? [NaN])])).toBe(0);
});

test('of the words only those in use are on the device, and the heap stays under 200 MB while texts are read', async () => {
  const rows = encoder.words?.ids.length ?? 0;
  expect(rows).toBeGreaterThan(40);
  expect(rows).toBeLessThan(100);
  const { embeddingParameters } = countsOf(encoder);
  // 512 positions, 2 types and a norm.
  expect(embeddingParameters).toBe((rows + 512 + 2 + 2) * 384);
  const texts = Array.from({ length: 64 }, (_, i) => Int32Array.from(short[i % short.length]?.ids ?? []));
  const pace = new Pace({ checkpoint: () => Promise.resolve('continue') });
  expect(await encodeTexts(encoder, texts, { pace })).toHaveLength(64 * 384);
  const heap = wasmMemory()?.memory.buffer.byteLength ?? NaN;
  expect(heap).toBeLessThan(200e6);
});

test('steps of all twelve layers lower the loss', async () => {
  const trial = new Trial(encoder, { dropout: 0, seed: 1 });
  const batch = padBatch(short.slice(3, 6).map(({ ids }) => Int32Array.from(ids)));
  const losses: number[] = [];
  for (let step = 0; step < 4; step++) losses.push((await trial.step(batch)).loss);
  trial.dispose();
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? NaN);
  losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThan(losses[i] ?? NaN));
});
