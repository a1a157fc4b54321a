/**
 * SmolLM2-135M-Instruct on WebGPU, in software where there is no GPU, its weights in the file's blocks: one short prompt,
 * its greedy answer, and the bytes that the weights take.
 */
import { webGpu } from '../../src/engine/device/gpu';
import { disposeWeights } from '../../src/engine/models/weights';
import { forwardDifferences, greedyDifference, loadSmolLm2, smolLm2Examples } from '../../tests/helpers/smollm2-parity';
import { startBackend } from '../../tests/helpers/tf-node';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'transformers, float32';
const TOLERANCE = 2e-3;
const MOST_WEIGHT_BYTES = 130e6;

export async function* run(): AsyncGenerator<ParityLine> {
  const { description } = await startBackend('webgpu');
  console.error(`WebGPU: ${description.name}${description.software ? ' (software)' : ''}`);
  const decoder = await loadSmolLm2();
  const bytes = webGpu()?.bytes().allocated ?? NaN;
  yield parityLine('smollm2, webgpu, bytes of the weights', 'at most', bytes, MOST_WEIGHT_BYTES);
  const [example] = smolLm2Examples.toSorted((a, b) => a.ids.length - b.ids.length);
  if (example) {
    const name = `smollm2, webgpu forward, ${example.ids.length} tokens`;
    const { logProbabilities, topLogits, sameTop } = await forwardDifferences(decoder, example);
    yield parityLine(`${name}, log-probabilities`, REFERENCE, logProbabilities, TOLERANCE);
    yield parityLine(`${name}, ten largest logits`, REFERENCE, topLogits, TOLERANCE);
    yield parityLine(`${name}, which tokens these are of`, REFERENCE, sameTop ? 0 : 1, 0);
    const { wrong } = await greedyDifference(decoder, example);
    yield parityLine('smollm2, webgpu, greedy ids that differ', REFERENCE, wrong, 0);
  }
  disposeWeights(decoder.weights);
}
