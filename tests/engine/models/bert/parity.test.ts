/** The built-in model on WebAssembly against PyTorch. `npm run parity` runs all 20 steps of every mode, and WebGPU. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { loadModel, type Model } from '../../../../src/engine/models/read-model';
import {
  forwardDifference,
  forwardExamples,
  paddedDifference,
  trainingDifferences,
} from '../../../helpers/minilm-parity';
import { builtInModel } from '../../../helpers/models';
import { startBackend } from '../../../helpers/tf-node';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = await loadModel(builtInModel());
});
afterAll(() => disposeWeights(model.weights));

describe('forward', () => {
  test.each(forwardExamples.map((example) => [example.ids.length, example] as const))(
    '%i tokens: the ids, every layer and the pooled vector equal the reference',
    async (_, example) => {
      expect(Array.from(model.tokenizer.encode(example.text, 256))).toEqual(example.ids);
      expect(await forwardDifference(model, example)).toBeLessThan(2e-5);
    },
  );

  test('all texts in one padded batch equal the reference', async () => {
    const short = forwardExamples.filter(({ ids }) => ids.length < 100);
    expect(await paddedDifference(model, short)).toBeLessThan(2e-5);
  });
});

describe('training', () => {
  test('the head alone: 20 steps and the logits afterwards equal the reference', async () => {
    const { loss, gradNorm, parameterNorms, logits, tensorsLeft } = await trainingDifferences('head', 20);
    expect(loss).toBeLessThan(1e-3);
    expect(gradNorm).toBeLessThan(1e-3);
    expect(parameterNorms).toBeLessThan(1e-3);
    expect(logits).toBeLessThan(2e-2);
    expect(tensorsLeft).toBe(0);
  });

  test.each(['top2', 'full', 'full_with_embeddings'] as const)(
    '%s: losses and every gradient norm of the first steps equal the reference',
    async (mode) => {
      const { loss, gradNorm, parameterNorms, tensorsLeft } = await trainingDifferences(mode, 2);
      expect(loss).toBeLessThan(1e-3);
      expect(gradNorm).toBeLessThan(1e-3);
      expect(parameterNorms).toBeLessThan(1e-3);
      expect(tensorsLeft).toBe(0);
    },
  );
});
