/**
 * WebGPU, in software where there is no GPU: three short texts with the real weights, and training steps of a tiny
 * random BERT against the same steps on WebAssembly.
 */
import { disposeWeights } from '../../src/engine/models/weights';
import { loadModel } from '../../src/engine/models/read-model';
import { forwardDifference, forwardExamples, paddedDifference } from '../../tests/helpers/minilm-parity';
import { builtInModel } from '../../tests/helpers/models';
import { startBackend } from '../../tests/helpers/tf-node';
import { compareRuns, trainTiny } from '../../tests/helpers/tiny-training';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'PyTorch, transformers';
const STEPS = 4;

export async function* run(): AsyncGenerator<ParityLine> {
  await startBackend('wasm');
  const onWasm = await trainTiny(STEPS);

  const { description } = await startBackend('webgpu');
  console.error(`WebGPU: ${description.name}${description.software ? ' (software)' : ''}`);
  const { loss, gradNorm, weights } = compareRuns(await trainTiny(STEPS), onWasm);
  yield parityLine(`webgpu training tiny BERT, loss of ${STEPS} steps (relative)`, 'ours on wasm', loss, 1e-3);
  yield parityLine('webgpu training tiny BERT, gradient norm (relative)', 'ours on wasm', gradNorm, 1e-3);
  yield parityLine('webgpu training tiny BERT, weights afterwards', 'ours on wasm', weights, 1e-4);

  const model = await loadModel(builtInModel());
  const short = forwardExamples.filter(({ ids }) => ids.length <= 11);
  for (const example of short) {
    const name = `webgpu forward, ${example.ids.length} tokens`;
    yield parityLine(name, REFERENCE, await forwardDifference(model, example), 1e-4);
  }
  const padded = await paddedDifference(model, short);
  yield parityLine(`webgpu forward, ${short.length} texts padded`, REFERENCE, padded, 1e-4);
  disposeWeights(model.weights);
}
