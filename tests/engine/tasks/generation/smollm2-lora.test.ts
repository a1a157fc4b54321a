import { expect, test } from 'vitest';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { loraSteps } from '../../../helpers/smollm2-lora';
import { loadSmolLm2 } from '../../../helpers/smollm2-parity';
import { startBackend } from '../../../helpers/tf-node';

// Half a minute: the only test that trains the model which is shipped, all 30 layers of it. `npm run parity -- smollm2 --full` takes 12 steps.
test('three LoRA steps of SmolLM2 on WebAssembly: losses, and the gradient norms of all 420 matrices, as PyTorch and PEFT have them', async () => {
  await startBackend('wasm');
  const decoder = await loadSmolLm2();
  let taken = 0;
  for await (const { step, loss, gradNorm, gradNorms, matrices } of loraSteps(decoder, 3)) {
    taken++;
    expect(step).toBe(taken);
    expect(loss).toBeLessThan(2e-3);
    expect(gradNorm).toBeLessThan(2e-2);
    if (step > 1) continue;
    expect(matrices).toBe(420);
    expect(gradNorms).toBeLessThan(1e-2);
  }
  expect(taken).toBe(3);
  disposeWeights(decoder.weights);
}, 600_000);
