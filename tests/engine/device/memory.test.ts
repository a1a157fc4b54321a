/** What a long run on WebGPU holds: on a software driver, a tiny model over batches of mixed lengths. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRandom, deriveSeed } from '../../../src/core/random';
import { deviceBytes, webGpu } from '../../../src/engine/device/gpu';
import { trainableNames } from '../../../src/engine/models/bert/config';
import { encode } from '../../../src/engine/models/encoder';
import { disposeWeights } from '../../../src/engine/models/weights';
import { applyHead, createHead, HEAD_NAMES } from '../../../src/engine/tasks/classification/head';
import { crossEntropy } from '../../../src/engine/ops/cross-entropy';
import { AdamW } from '../../../src/engine/optim/adamw';
import { optimizerStep } from '../../../src/engine/fit/step';
import { startBackend } from '../../helpers/tf-node';
import { tinyBatch, tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';

beforeAll(() => startBackend('webgpu'));

describe('many steps of mixed lengths', () => {
  test('after 300 steps no more bytes are held and no more tensors live, whatever comes', async () => {
    const config = { ...tinyConfig, layers: 1 };
    const weights = tinyWeights(1, config);
    for (const [name, tensor] of createHead(config.hiddenSize, 3, createRandom(1))) weights.set(name, tensor);
    const optimizer = new AdamW({ weightDecay: 0.01 });
    const trainable = [...trainableNames(config, { layers: 1, embeddings: false }), ...HEAD_NAMES];
    const random = createRandom(7);
    const tensors: number[] = [];
    const peaks: number[] = [];
    for (let step = 0; step < 400; step++) {
      // Buckets of 8 to 48 tokens; every tenth batch is a last one, with fewer rows.
      const rows = step % 10 === 9 ? 1 + Math.floor(random() * 5) : 6;
      const longest = 1 + Math.floor(random() * 48);
      const lengths = Array.from({ length: rows }, () => 1 + Math.floor(random() * longest));
      const batch = tinyBatch(deriveSeed(1, step), lengths);
      const labels = Int32Array.from(lengths, (_, row) => row % 3);
      webGpu()?.resetPeak();
      await optimizerStep({
        weights,
        trainable,
        losses: [() => crossEntropy(applyHead(weights, encode(tinyEncoder(weights, config), batch)), labels)],
        optimizer,
        learningRate: () => 1e-4,
        maxGradNorm: 1,
      });
      tensors.push(tf.memory().numTensors);
      peaks.push(deviceBytes()?.peak ?? NaN);
    }
    expect(new Set(tensors).size).toBe(1);
    const [early, late] = [Math.max(...peaks.slice(0, 300)), Math.max(...peaks.slice(300))];
    expect(late).toBeLessThanOrEqual(1.01 * early);
    // Not because nothing was ever taken again: a single step makes several times its lasting tensors.
    expect(deviceBytes()?.used).toBeLessThan(early);
    optimizer.dispose();
    disposeWeights(weights);
  });
});
