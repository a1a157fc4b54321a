import { beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random';
import { bucketLength } from '../../../../src/core/text/batches';
import { trainableNames, withWeights } from '../../../../src/engine/models/encoder';
import { createHead, HEAD_NAMES } from '../../../../src/engine/tasks/classification/head';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { Classifier } from '../../../../src/engine/tasks/classification/classifier';
import { createCorpus } from '../../../../src/engine/tasks/classification/corpus';
import { Fork } from '../../../../src/engine/fit/fork';
import { cutBatches } from '../../../../src/engine/fit/micro-batches';
import { Pace } from '../../../../src/engine/fit/pace';
import { Prefix } from '../../../../src/engine/frozen/prefix';
import { gradientDifference, stepGradients } from '../../../helpers/step-gradients';
import { startBackend, startPortable } from '../../../helpers/tf-node';
import { CONTINUE, toyData, toyModel } from '../../fit/toy';

/** Two batches to a step, as gradients that are accumulated have it. */
const BATCHES = [
  [3, 0, 5, 1],
  [9, 2, 7, 4, 8],
];

describe.each([
  ['webgpu', () => startBackend('webgpu')],
  ['wasm', () => startBackend('wasm')],
  ['portable', startPortable],
])('%s', (_, start) => {
  beforeEach(async () => void (await start()));

  test.each([
    ['every layer and the embeddings', 0],
    ['the last layer', 1],
  ])('a step has the same gradients however it is cut, dropout included: %s', async (_, from) => {
    const model = toyModel();
    const { config } = model;
    const corpus = createCorpus(toyData(10), null);
    const names = trainableNames(model, { layers: config.layers - from, embeddings: from === 0 });
    const fork = new Fork(model.weights, names, createHead(config.hiddenSize, 3, createRandom(1)));
    const prefix = new Prefix(model, corpus, from);
    await prefix.prepare(new Pace(CONTINUE), () => undefined);
    const classifier = new Classifier(withWeights(model, fork.weights), corpus, prefix);
    const rest = { classWeights: Float32Array.of(0.5, 1, 3), dropout: 0.1, l1: 0.01, l2: 0.01 };
    const gradients = (parts: number[][], seed = 4, rDrop = 0) =>
      stepGradients(fork.weights, [...names, ...HEAD_NAMES], classifier.losses(parts, { ...rest, seed, rDrop }));

    const whole = await gradients([BATCHES.flat()]);
    const cuts = [2048, 64, 32, 1].map((tokens) => cutBatches(BATCHES, corpus.lengths, tokens).parts);
    expect(cuts.map((parts) => parts.length)).toEqual([2, 3, 5, 9]);
    // Single texts are padded to 8 or 16 tokens, all of them to 16.
    expect(new Set(corpus.lengths.map(bucketLength))).toEqual(new Set([8, 16]));
    for (const parts of cuts) expect(gradientDifference(whole, await gradients(parts))).toBeLessThan(1e-5);
    expect(gradientDifference(whole, await gradients([BATCHES.flat()], 5))).toBeGreaterThan(0.05);

    // Each row read twice, under other dropout.
    const twice = await gradients([BATCHES.flat()], 4, 2);
    expect(gradientDifference(whole, twice)).toBeGreaterThan(0.05);
    expect(gradientDifference(twice, await gradients(cuts[2] ?? [], 4, 2))).toBeLessThan(1e-5);
    expect(gradientDifference(twice, await gradients([BATCHES.flat()], 4, 20))).toBeGreaterThan(0.01);
    // Where nothing is left out both readings are one: their loss is a mean, and they agree.
    const once = (rDrop: number) =>
      stepGradients(
        fork.weights,
        [...names, ...HEAD_NAMES],
        classifier.losses(cuts[1] ?? [], { ...rest, seed: 4, dropout: 1e-9, rDrop }),
      );
    expect(gradientDifference(await once(0), await once(2))).toBeLessThan(1e-5);
    fork.dispose();
    disposeWeights(model.weights);
  });
});
