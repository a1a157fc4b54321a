/** LoRA steps of the tiny checkpoints that transformers made, from files to updated matrices: WebGPU equals WebAssembly. */
import '../../../helpers/storage';
import { afterAll, expect, test } from 'vitest';
import type { LoraConfig } from '../../../../src/core/models/lora';
import { createRandom, deriveSeed } from '../../../../src/core/random';
import { LORA_A, LORA_B } from '../../../../src/engine/adapters/adapted-linear';
import { targetModules } from '../../../../src/engine/adapters/adapter';
import { placed } from '../../../../src/engine/device/placed';
import { Fork } from '../../../../src/engine/fit/fork';
import { optimizerStep } from '../../../../src/engine/fit/step';
import type { Decoder } from '../../../../src/engine/models/decoder';
import { placeDecoder, readDecoder } from '../../../../src/engine/models/read-model';
import { disposeWeights, readArrays, type Weights } from '../../../../src/engine/models/weights';
import { AdamW } from '../../../../src/engine/optim/adamw';
import { answerLoss, learnedTokens, predictionsOf } from '../../../../src/engine/tasks/generation/loss';
import type { Backend } from '../../../../src/core/settings/settings';
import { chosenFiles, keepOwn, modelFilesOf } from '../../../helpers/own-models';
import { freshDatabase } from '../../../helpers/storage';
import { startBackend } from '../../../helpers/tf-node';

const STEPS = 3;
const LORA: LoraConfig = {
  rank: 4,
  alpha: 8,
  dropout: 0,
  targetModules: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  rankStabilized: false,
};
const TOLERANCE = 1e-4;

// A program that does not compile gives whatever was in memory, and that may be right.
afterAll(async () => (await startBackend('webgpu')).guard.check());

/** Rows of ids, the last half of each learned. */
const EXAMPLES = [11, 7, 16, 9, 5, 13].map((length, row) => {
  const random = createRandom(deriveSeed(5, `row ${row}`));
  return {
    ids: Int32Array.from({ length }, () => Math.floor(random() * 300)),
    trained: Uint8Array.from({ length }, (_, i) => (2 * i >= length ? 1 : 0)),
  };
});

/** Matrices that are not 0, so that both have gradients. */
function adapterOf({ family, config }: Decoder): Weights {
  return new Map(
    targetModules(family.linearModules(config), LORA).flatMap(({ path, inputs, outputs }) => {
      const random = createRandom(deriveSeed(9, path));
      const values = (length: number): Float32Array => Float32Array.from({ length }, () => 0.2 * (random() - 0.5));
      return [
        [path + LORA_A, placed(values(inputs * LORA.rank), [inputs, LORA.rank])],
        [path + LORA_B, placed(values(LORA.rank * outputs), [LORA.rank, outputs])],
      ];
    }),
  );
}

interface Trained {
  losses: number[];
  gradNorms: Map<string, number>;
  matrices: Map<string, Float32Array>;
}

async function train(backend: Backend, name: string): Promise<Trained> {
  const { guard } = await startBackend(backend);
  const database = await freshDatabase();
  const { modelId } = await keepOwn(database, 'tiny', await chosenFiles(name));
  const files = modelFilesOf(() => database)(modelId, {});
  const decoder = placeDecoder(await readDecoder({ read: (file, signal) => files.read(file, signal) }));
  const fork = new Fork(decoder.weights, [], adapterOf(decoder), LORA);
  const optimizer = new AdamW({ weightDecay: 0 });
  const tuned: Decoder = { ...decoder, weights: fork.weights, lora: LORA };
  const losses: number[] = [];
  let gradNorms = new Map<string, number>();
  for (let step = 0; step < STEPS; step++) {
    const batch = EXAMPLES.slice(2 * step, 2 * step + 2);
    const normalizer = batch.reduce((sum, example) => sum + learnedTokens(example), 0);
    const done = await optimizerStep({
      weights: fork.weights,
      trainable: fork.trainable,
      losses: [() => answerLoss(tuned, predictionsOf(batch), { normalizer })],
      optimizer,
      learningRate: () => 1e-3,
      maxGradNorm: 1,
      guard,
    });
    losses.push(done.loss);
    if (step === 0) gradNorms = done.gradNorms;
  }
  const arrays = await readArrays(fork.weights, fork.trainable);
  optimizer.dispose();
  fork.dispose();
  disposeWeights(decoder.weights);
  return { losses, gradNorms, matrices: new Map(Array.from(arrays, ([key, { values }]) => [key, values])) };
}

// The GGUF has a matrix in blocks of 8 bits, which stays so.
test.each(['llama', 'qwen2', 'qwen3', 'llama.gguf'])('%s: three steps are the same on both', async (name) => {
  const wasm = await train('wasm', name);
  const webgpu = await train('webgpu', name);
  // They learn something, and in every matrix.
  expect(wasm.matrices.size).toBe(2 * 7 * 2);
  expect(new Set(wasm.losses).size).toBe(STEPS);
  for (const norm of wasm.gradNorms.values()) expect(norm).toBeGreaterThan(1e-6);
  wasm.losses.forEach((loss, step) => expect(Math.abs((webgpu.losses[step] ?? NaN) - loss)).toBeLessThan(TOLERANCE));
  for (const [key, norm] of wasm.gradNorms) {
    expect(Math.abs((webgpu.gradNorms.get(key) ?? NaN) - norm), key).toBeLessThan(TOLERANCE);
  }
  for (const [key, values] of wasm.matrices) {
    const other = webgpu.matrices.get(key) ?? expect.fail(key);
    const most = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? NaN))), 0);
    expect(most, key).toBeLessThan(TOLERANCE);
  }
});
