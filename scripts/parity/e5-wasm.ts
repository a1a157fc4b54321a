/** multilingual-e5-small on WebAssembly: every text alone, and all in one padded batch. */
import * as tf from '@tensorflow/tfjs-core';
import { padBatch } from '../../src/core/text/batches';
import { encode } from '../../src/engine/models/encoder';
import { disposeWeights } from '../../src/engine/models/weights';
import { e5Examples, normalisedDifference, placeE5, readE5 } from '../../tests/helpers/e5-parity';
import { forwardDifference, paddedDifference, takeValues } from '../../tests/helpers/minilm-parity';
import { startBackend } from '../../tests/helpers/tf-node';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'float64, NumPy';

export async function* run(): AsyncGenerator<ParityLine> {
  await startBackend('wasm');
  const model = await readE5();
  const encoder = placeE5(model);
  for (const example of e5Examples) {
    const name = `e5, wasm forward, ${example.ids.length} tokens`;
    const sameIds = model.tokenizer.encode(example.text, 512).join() === example.ids.join();
    yield parityLine(`${name}, ids`, 'sentencepiece', sameIds ? 0 : 1, 0);
    yield parityLine(`${name}, layers and mean`, REFERENCE, await forwardDifference(encoder, example), 1e-4);
    const vector = await takeValues(tf.tidy(() => encode(encoder, padBatch([Int32Array.from(example.ids)]))));
    yield parityLine(`${name}, normalised`, REFERENCE, normalisedDifference(vector, example), 1e-4);
  }
  const padded = await paddedDifference(encoder, e5Examples);
  yield parityLine(`e5, wasm forward, ${e5Examples.length} texts padded`, REFERENCE, padded, 1e-4);
  disposeWeights(encoder.weights);
}
