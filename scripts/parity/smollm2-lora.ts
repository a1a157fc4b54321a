/** LoRA steps of SmolLM2-135M-Instruct on WebAssembly against PyTorch and PEFT: 3, or 12 with `--full`. */
import { disposeWeights } from '../../src/engine/models/weights';
import { loraSteps } from '../../tests/helpers/smollm2-lora';
import { loadSmolLm2 } from '../../tests/helpers/smollm2-parity';
import { startBackend } from '../../tests/helpers/tf-node';
import { parityLine, type ParityLine } from './line';

const REFERENCE = 'PyTorch and PEFT, float32';
/** Of the first six steps; differences grow with the steps. */
const EARLY = 2e-3;
const LATE = 2e-2;

export async function* run(): AsyncGenerator<ParityLine> {
  await startBackend('wasm');
  const decoder = await loadSmolLm2();
  const steps = process.argv.includes('--full') ? 12 : 3;
  for await (const { step, loss, gradNorm, gradNorms, matrices } of loraSteps(decoder, steps)) {
    const tolerance = step <= 6 ? EARLY : LATE;
    yield parityLine(`smollm2, wasm LoRA, step ${step}: loss`, REFERENCE, loss, tolerance);
    yield parityLine(`smollm2, wasm LoRA, step ${step}: gradient norm`, REFERENCE, gradNorm, LATE);
    if (gradNorms !== null) {
      yield parityLine(`smollm2, wasm LoRA, gradient norms of ${matrices} matrices`, REFERENCE, gradNorms, 1e-2);
    }
  }
  disposeWeights(decoder.weights);
}
