/** SmolLM2-135M-Instruct on WebAssembly, its weights in the file's blocks: log-probabilities, logits, greedy answers. */
import { disposeWeights } from '../../src/engine/models/weights';
import { forwardDifferences, greedyDifference, loadSmolLm2, smolLm2Examples } from '../../tests/helpers/smollm2-parity';
import { startBackend } from '../../tests/helpers/tf-node';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'transformers, float32';
const TOLERANCE = 2e-3;

export async function* run(): AsyncGenerator<ParityLine> {
  await startBackend('wasm');
  const decoder = await loadSmolLm2();
  for (const example of smolLm2Examples) {
    const name = `smollm2, wasm forward, ${example.ids.length} tokens`;
    const { logProbabilities, topLogits, sameTop } = await forwardDifferences(decoder, example);
    yield parityLine(`${name}, log-probabilities`, REFERENCE, logProbabilities, TOLERANCE);
    yield parityLine(`${name}, ten largest logits`, REFERENCE, topLogits, TOLERANCE);
    yield parityLine(`${name}, which tokens these are of`, REFERENCE, sameTop ? 0 : 1, 0);
    const { wrong, seconds } = await greedyDifference(decoder, example);
    console.error(`${(1 / seconds).toFixed(1)} tokens a second, the prompt included`);
    yield parityLine(`${name}, greedy ids that differ`, REFERENCE, wrong, 0);
  }
  disposeWeights(decoder.weights);
}
