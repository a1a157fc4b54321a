/** Two decoders compared layer by layer give what they give when each stands whole. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { padBatch } from '../../../src/core/text/batches';
import { readValues } from '../../../src/engine/device/read';
import { type Decoder, decoderStates, outputTable } from '../../../src/engine/models/decoder';
import { disposeWeights, type NamedArray } from '../../../src/engine/models/weights';
import { placeWeights } from '../../../src/engine/models/read-model';
import { logitsOf } from '../../../src/engine/ops/chunked-cross-entropy';
import { compareDecoders, type LayeredDecoder } from '../../../src/engine/proof/decoder-parity';
import { llama } from '../../../src/engine/models/llama/family';
import { startBackend } from '../../helpers/tf-node';
import { tinyDecoder, tinyLlama, tinyLlamaArrays, tinyQwen2 } from '../../helpers/tiny-llama';
import type { LlamaConfig } from '../../../src/engine/models/llama/config';

const TEXTS = [Int32Array.of(3), Int32Array.of(5, 1, 7, 2, 9, 11, 4), Int32Array.of(8, 8, 30, 39, 0, 12)];

function layered(seed: number, config: LlamaConfig, asked: string[][] = []): LayeredDecoder {
  const arrays = new Map(tinyLlamaArrays(seed, config).map((array) => [array.name, array]));
  return {
    ...{ family: llama, config },
    place(names) {
      asked.push([...names]);
      const files = names.flatMap((name): NamedArray | NamedArray[] => arrays.get(name) ?? []);
      return Promise.resolve(placeWeights(llama.fromFiles(files)));
    },
  };
}

/** [tokens, vocabulary] of one text by a decoder that stands whole. */
async function whole(decoder: Decoder, ids: Int32Array): Promise<Float32Array> {
  const logits = tf.tidy(() => logitsOf(decoderStates(decoder, padBatch([ids])), outputTable(decoder)));
  const values = await readValues(logits);
  logits.dispose();
  return values.subarray(0, ids.length * decoder.config.vocabSize);
}

describe('on WebAssembly', () => {
  beforeAll(() => startBackend('wasm'));
  let tensors = 0;
  beforeAll(() => void (tensors = tf.memory().numTensors));
  afterAll(() => expect(tf.memory().numTensors).toBe(tensors));

  test.each([
    ['Llama', tinyLlama],
    ['Qwen2, with a table of its own', tinyQwen2],
  ])('%s: differences, largest values and choices are those of whole models', async (_, config) => {
    const asked: string[][] = [];
    const shares: number[] = [];
    const found = await compareDecoders(layered(1, config, asked), layered(2, config), TEXTS, {
      onProgress: (share) => shares.push(share),
    });
    const decoders = [tinyDecoder(1, config), tinyDecoder(2, config)] as const;
    for (const [i, ids] of TEXTS.entries()) {
      const [a, b] = [await whole(decoders[0], ids), await whole(decoders[1], ids)];
      const apart = a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? NaN))), 0);
      const row = found[i] ?? expect.fail('A row is missing.');
      expect(row.places).toBe(ids.length);
      expect(row.difference).toBeCloseTo(apart, 4);
      expect(row.difference).toBeGreaterThan(0.1);
      expect(row.largest).toBeCloseTo(
        a.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
        4,
      );
      const choice = (logits: Float32Array, place: number): number => {
        const line = logits.subarray(place * config.vocabSize, (place + 1) * config.vocabSize);
        return line.indexOf(line.reduce((x, y) => Math.max(x, y)));
      };
      expect([...row.same]).toEqual(Array.from(ids, (__, at) => (choice(a, at) === choice(b, at) ? 1 : 0)));
    }
    for (const { weights } of decoders) disposeWeights(weights);
    // Never more than one layer at once, and the tables.
    for (const names of asked) expect(new Set(names.map((name) => /layers\.(\d+)\./.exec(name)?.[1])).size).toBe(1);
    expect(shares.at(-1)).toBe(1);
  });

  test('a decoder is its own like', async () => {
    const found = await compareDecoders(layered(1, tinyLlama), layered(1, tinyLlama), TEXTS);
    for (const { difference, same } of found) expect([difference, same.includes(0)]).toEqual([0, false]);
  });

  test('one that is the other as well is placed once, layer by layer, and is compared all the same', async () => {
    const asked: string[][] = [];
    const one = layered(1, tinyLlama, asked);
    const found = await compareDecoders(one, one, TEXTS);
    expect(asked).toHaveLength(1 + tinyLlama.layers);
    for (const { difference, largest, same } of found) {
      expect([difference, same.includes(0)]).toEqual([0, false]);
      expect(largest).toBeGreaterThan(0);
    }
  });

  test('it ends where a turn throws, and leaves nothing behind', async () => {
    let turns = 0;
    const turn = (): Promise<void> => (++turns === 3 ? Promise.reject(new Error('enough')) : Promise.resolve());
    await expect(compareDecoders(layered(1, tinyLlama), layered(2, tinyLlama), TEXTS, { turn })).rejects.toThrow(
      'enough',
    );
  });
});
