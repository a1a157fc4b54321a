/**
 * multilingual-e5-small on WebGPU, in software where there is no GPU, its layers in 4-bit blocks: the short texts, alone,
 * padded together, and twice to the same bits; and the bytes that its weights take.
 */
import * as tf from '@tensorflow/tfjs-core';
import { padBatch } from '../../src/core/text/batches';
import { webGpu } from '../../src/engine/device/gpu';
import { encode } from '../../src/engine/models/encoder';
import { disposeWeights } from '../../src/engine/models/weights';
import { e5Examples, placeE5, readE5 } from '../../tests/helpers/e5-parity';
import { forwardDifference, paddedDifference, takeValues } from '../../tests/helpers/minilm-parity';
import { startBackend } from '../../tests/helpers/tf-node';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'float64, NumPy';
const MOST_WEIGHT_BYTES = 30e6;

export async function* run(): AsyncGenerator<ParityLine> {
  const { description } = await startBackend('webgpu');
  console.error(`WebGPU: ${description.name}${description.software ? ' (software)' : ''}`);
  const model = await readE5();
  const encoder = placeE5(model);
  const bytes = webGpu()?.bytes().allocated ?? NaN;
  const rows = encoder.words?.ids.length ?? 0;
  yield parityLine(`e5, webgpu, bytes of weights with ${rows} rows of words`, 'at most', bytes, MOST_WEIGHT_BYTES);
  const short = e5Examples.filter(({ ids }) => ids.length <= 16);
  for (const example of short) {
    const name = `e5, webgpu forward, ${example.ids.length} tokens`;
    yield parityLine(name, REFERENCE, await forwardDifference(encoder, example), 1e-4);
  }
  const padded = await paddedDifference(encoder, short);
  yield parityLine(`e5, webgpu forward, ${short.length} texts padded`, REFERENCE, padded, 1e-4);
  const batch = padBatch(short.map(({ ids }) => Int32Array.from(ids)));
  const read = () => takeValues(tf.tidy(() => encode(encoder, batch)));
  const [first, second] = [await read(), await read()];
  const differing = first.filter((value, i) => !Object.is(value, second[i])).length;
  yield parityLine('e5, webgpu forward, values that differ when read twice', 'none', differing, 0);
  disposeWeights(encoder.weights);
}
