/** A decoder that goes to another thread: its values and its blocks come to the same products there. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Decoder } from '../../../src/engine/models/decoder';
import { disposeWeights, matrix } from '../../../src/engine/models/weights';
import { PackedMatrix } from '../../../src/engine/ops/packed-matrix';
import { wasmHeap, type WasmHeap } from '../../../src/engine/ops/wasm/heap';
import { copyDecoder, placeDecoderCopy } from '../../../src/engine/threads/decoder-copy';
import { randomBlocks } from '../../helpers/packed-blocks';
import { startBackend } from '../../helpers/tf-node';
import { tinyDecoder, tinyLlama } from '../../helpers/tiny-llama';

let heap: WasmHeap;
beforeAll(async () => {
  await startBackend('wasm');
  const found = wasmHeap();
  if (!found) throw new Error('There is no WebAssembly.');
  heap = found;
});

const OUTPUTS = 48;
const INPUTS = 64;

test('values and blocks of every type are those of the model, and the model keeps its own', () => {
  const model = tinyDecoder(3);
  const types = ['q4_0', 'q4_1', 'q8_0'] as const;
  for (const type of types) {
    const blocks = randomBlocks(1, OUTPUTS, INPUTS, 1, type);
    model.weights.set(type, new PackedMatrix(type, blocks, [OUTPUTS, INPUTS]));
  }
  const before = tf.memory().numTensors;
  const { decoder: copied, buffers } = copyDecoder(model, heap);
  expect(tf.memory().numTensors).toBe(before);
  // As it arrives on another thread.
  const copy = placeDecoderCopy(structuredClone(copied, { transfer: buffers }));
  expect(copy).toMatchObject({ family: model.family, config: tinyLlama });
  expect([...copy.weights.keys()]).toEqual([...model.weights.keys()]);
  const values = (decoder: Decoder, name: string): Float32Array => {
    const weight = matrix(decoder.weights, name);
    if (!(weight instanceof PackedMatrix)) return heap.view(weight).slice();
    expect(weight).toMatchObject({ type: name, shape: [INPUTS, OUTPUTS] });
    return tf.tidy(() => {
      const x = tf.tensor2d(
        Float32Array.from({ length: 8 * INPUTS }, (_, i) => Math.sin(i)),
        [8, INPUTS],
      );
      return heap.view(heap.product(x, weight)).slice();
    });
  };
  for (const name of model.weights.keys()) {
    expect(values(copy, name)).toEqual(values(model, name));
    expect(values(copy, name).some((value) => value !== 0)).toBe(true);
  }
  disposeWeights(copy.weights);
  disposeWeights(model.weights);
});
