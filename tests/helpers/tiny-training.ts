/** A few training steps of a tiny random BERT with everything switched on, for comparing backends and runs. */
import { createRandom, deriveSeed } from '../../src/core/random';
import { trainableNames } from '../../src/engine/models/bert/config';
import { encode } from '../../src/engine/models/encoder';
import { disposeWeights, readArrays, type WeightArrays } from '../../src/engine/models/weights';
import { applyHead, createHead, HEAD_NAMES } from '../../src/engine/tasks/classification/head';
import { AdamW } from '../../src/engine/optim/adamw';
import { crossEntropy } from '../../src/engine/ops/cross-entropy';
import { optimizerStep } from '../../src/engine/fit/step';
import { tinyBatch, tinyConfig, tinyEncoder, tinyWeights } from './tiny-bert';

const CLASSES = 3;
const LENGTHS = [3, 9, 5, 12, 7, 2];

export interface TinyRun {
  losses: number[];
  gradNorms: number[];
  weights: WeightArrays;
}

/** Embeddings, all layers and the head, with dropout: the same numbers for the same seed. */
export async function trainTiny(steps: number, { seed = 1, dropout = 0.1 } = {}): Promise<TinyRun> {
  const weights = tinyWeights(seed);
  for (const [name, tensor] of createHead(tinyConfig.hiddenSize, CLASSES, createRandom(seed)))
    weights.set(name, tensor);
  const optimizer = new AdamW({ weightDecay: 0.01 });
  const run: TinyRun = { losses: [], gradNorms: [], weights: new Map() };
  for (let step = 1; step <= steps; step++) {
    const batch = tinyBatch(deriveSeed(seed, step), LENGTHS);
    const labels = Int32Array.from(LENGTHS, (_, row) => (row + step) % CLASSES);
    const { loss, gradNorm } = await optimizerStep({
      weights,
      trainable: [...trainableNames(tinyConfig, { layers: tinyConfig.layers, embeddings: true }), ...HEAD_NAMES],
      losses: [
        () => {
          const pooled = encode(tinyEncoder(weights), batch, {
            rate: dropout,
            seed: deriveSeed(seed, 'dropout', step),
          });
          return crossEntropy(applyHead(weights, pooled), labels);
        },
      ],
      optimizer,
      learningRate: () => 1e-3,
      maxGradNorm: 1,
    });
    run.losses.push(loss);
    run.gradNorms.push(gradNorm);
  }
  run.weights = await readArrays(weights);
  optimizer.dispose();
  disposeWeights(weights);
  return run;
}

/**
 * Largest relative difference of losses and gradient norms, largest absolute one of weights. Left out are the biases of keys:
 * softmax does not see them, so their gradient is rounding noise around zero, and AdamW makes whole steps of noise.
 */
export function compareRuns(a: TinyRun, b: TinyRun): { loss: number; gradNorm: number; weights: number } {
  const relative = (xs: number[], ys: number[]) => Math.max(...xs.map((x, i) => Math.abs(x / (ys[i] ?? NaN) - 1)));
  let weights = 0;
  for (const [name, { values }] of a.weights) {
    const others = b.weights.get(name)?.values;
    const third = name.endsWith('qkv.bias') ? values.length / 3 : NaN;
    values.forEach((value, i) => {
      if (i >= third && i < 2 * third) return;
      weights = Math.max(weights, Math.abs(value - (others?.[i] ?? NaN)));
    });
  }
  return { loss: relative(a.losses, b.losses), gradNorm: relative(a.gradNorms, b.gradNorms), weights };
}
