/** MiniLM on WebAssembly: every text alone and in one padded batch, then 20 training steps in each of four modes. */
import { disposeWeights } from '../../src/engine/models/weights';
import { loadModel } from '../../src/engine/models/read-model';
import {
  forwardDifference,
  forwardExamples,
  paddedDifference,
  trainingDifferences,
} from '../../tests/helpers/minilm-parity';
import type { ModeName } from '../../tests/helpers/minilm-parity';
import { builtInModel } from '../../tests/helpers/models';
import { startBackend } from '../../tests/helpers/tf-node';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'PyTorch, transformers';
const FORWARD_TOLERANCE = 2e-5;
const MODES: ModeName[] = ['head', 'top2', 'full', 'full_with_embeddings'];

export async function* run(): AsyncGenerator<ParityLine> {
  await startBackend('wasm');
  const model = await loadModel(builtInModel());
  for (const example of forwardExamples) {
    const name = `wasm forward, ${example.ids.length} tokens`;
    yield parityLine(name, REFERENCE, await forwardDifference(model, example), FORWARD_TOLERANCE);
  }
  const padded = await paddedDifference(model, forwardExamples);
  yield parityLine(`wasm forward, ${forwardExamples.length} texts padded`, REFERENCE, padded, FORWARD_TOLERANCE);
  disposeWeights(model.weights);

  for (const mode of MODES) {
    const { loss, gradNorm, parameterNorms, logits, tensorsLeft } = await trainingDifferences(mode, 20);
    yield parityLine(`wasm training ${mode}, loss of 20 steps (relative)`, REFERENCE, loss, 1e-3);
    yield parityLine(`wasm training ${mode}, gradient norm (relative)`, REFERENCE, gradNorm, 1e-3);
    yield parityLine(`wasm training ${mode}, norm per parameter (relative)`, REFERENCE, parameterNorms, 1e-3);
    yield parityLine(`wasm training ${mode}, logits afterwards`, REFERENCE, logits ?? NaN, 2e-2);
    yield parityLine(`wasm training ${mode}, tensors left behind`, 'none', tensorsLeft, 0);
  }
}
