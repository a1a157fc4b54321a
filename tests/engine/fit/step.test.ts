import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { Backend } from '../../../src/core/settings/settings';
import { createRandom } from '../../../src/core/random';
import { splitMicroBatches, padBatch } from '../../../src/core/text/batches';
import { webGpu } from '../../../src/engine/device/gpu';
import { trainableNames } from '../../../src/engine/models/bert/config';
import { encode } from '../../../src/engine/models/encoder';
import { parameter, type Weights } from '../../../src/engine/models/weights';
import { disposeWeights, readArrays, writeArrays } from '../../../src/engine/models/weights';
import { applyHead, createHead, HEAD_NAMES } from '../../../src/engine/tasks/classification/head';
import { AdamW } from '../../../src/engine/optim/adamw';
import { crossEntropy } from '../../../src/engine/ops/cross-entropy';
import { differentiable } from '../../../src/engine/ops/differentiable';
import { optimizerStep, type StepPlan } from '../../../src/engine/fit/step';
import { difference } from '../../helpers/minilm-parity';
import { startBackend } from '../../helpers/tf-node';
import { tinyConfig, tinyEncoder, tinyRows, tinyWeights } from '../../helpers/tiny-bert';
import { compareRuns, trainTiny } from '../../helpers/tiny-training';
import { tensorsLeftWithoutMemory } from '../../helpers/wasm-memory';

const LENGTHS = [3, 9, 5, 12, 7, 2, 6, 4];
const ROWS = tinyRows(3, LENGTHS);
const LABELS = Int32Array.from(LENGTHS, (_, row) => row % 3);

function tinyClassifier(): Weights {
  const weights = tinyWeights(1);
  for (const [name, tensor] of createHead(tinyConfig.hiddenSize, 3, createRandom(1))) weights.set(name, tensor);
  return weights;
}

function lossOf(weights: Weights, rows: number[], normalizer = rows.length): () => tf.Tensor {
  const batch = padBatch(rows.map((row) => ROWS[row] ?? new Int32Array()));
  const labels = Int32Array.from(rows, (row) => LABELS[row] ?? 0);
  return () => crossEntropy(applyHead(weights, encode(tinyEncoder(weights), batch)), labels, { normalizer });
}

const all = trainableNames(tinyConfig, { layers: tinyConfig.layers, embeddings: true });
const everyRow = ROWS.map((_, row) => row);

function planFor(weights: Weights, optimizer: AdamW, change: Partial<StepPlan> = {}): StepPlan {
  const losses = [lossOf(weights, everyRow)];
  const rest = { learningRate: () => 5e-3, maxGradNorm: 1 };
  return { weights, trainable: [...all, ...HEAD_NAMES], losses, optimizer, ...rest, ...change };
}

beforeEach(() => startBackend('wasm'));

describe('optimizerStep', () => {
  test('can overfit one batch', async () => {
    const weights = tinyClassifier();
    const optimizer = new AdamW({ weightDecay: 0.01 });
    let loss = Infinity;
    for (let step = 0; step < 60; step++) ({ loss } = await optimizerStep(planFor(weights, optimizer)));
    expect(loss).toBeLessThan(0.02);
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('micro-batches give the step of the whole batch', async () => {
    const [whole, parts] = [tinyClassifier(), tinyClassifier()];
    const [one, two] = [new AdamW({ weightDecay: 0.01 }), new AdamW({ weightDecay: 0.01 })];
    const groups = splitMicroBatches(everyRow, LENGTHS, 40);
    expect(groups.length).toBeGreaterThan(2);
    const a = await optimizerStep(planFor(whole, one));
    const b = await optimizerStep(
      planFor(parts, two, { losses: groups.map((rows) => lossOf(parts, rows, everyRow.length)) }),
    );
    expect(b.loss).toBeCloseTo(a.loss, 5);
    expect(b.gradNorm).toBeCloseTo(a.gradNorm, 5);
    for (const optimizer of [one, two]) optimizer.dispose();
    for (const weights of [whole, parts]) disposeWeights(weights);
  });

  test('changes the trained parameters and nothing else', async () => {
    const weights = tinyClassifier();
    const before = await readArrays(weights);
    const optimizer = new AdamW({ weightDecay: 0.01 });
    const trainable = [...trainableNames(tinyConfig, { layers: 1, embeddings: false }), ...HEAD_NAMES];
    await optimizerStep(planFor(weights, optimizer, { trainable }));
    const after = await readArrays(weights);
    for (const [name, { values }] of before) {
      const changed = values.some((value, i) => value !== after.get(name)?.values[i]);
      expect([name, changed]).toEqual([name, trainable.includes(name)]);
    }
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('leaves no tensor behind, step after step', async () => {
    const weights = tinyClassifier();
    const optimizer = new AdamW({ weightDecay: 0.01 });
    await optimizerStep(planFor(weights, optimizer));
    const after = tf.memory().numTensors;
    for (let step = 0; step < 5; step++) await optimizerStep(planFor(weights, optimizer));
    expect(tf.memory().numTensors).toBe(after);
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('a loss that is not finite throws and leaves the weights as they were', async () => {
    const weights = tinyClassifier();
    const before = await readArrays(weights);
    const optimizer = new AdamW({ weightDecay: 0.01 });
    const tensors = tf.memory().numTensors;
    const broken = () => tf.tidy(() => crossEntropy(applyHead(weights, tf.fill([1, 16], NaN)), LABELS.slice(0, 1)));
    const step = optimizerStep(planFor(weights, optimizer, { trainable: HEAD_NAMES, losses: [broken] }));
    await expect(step).rejects.toMatchObject({ code: 'non-finite', details: { step: 1 } });
    await expect(step).rejects.toThrow('Folds that were finished are kept. Try a smaller learning rate.');
    expect(await readArrays(weights)).toEqual(before);
    expect(optimizer.step).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('what the guard finds stops the step before the weights change', async () => {
    const weights = tinyClassifier();
    const before = await readArrays(weights);
    const optimizer = new AdamW({ weightDecay: 0.01 });
    const guard = {
      check: () => {
        throw new AppError('device-lost', 'The GPU was lost.');
      },
    };
    await expect(optimizerStep(planFor(weights, optimizer, { guard }))).rejects.toMatchObject({ code: 'device-lost' });
    expect(await readArrays(weights)).toEqual(before);
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('leaves no tensor behind whichever allocation fails while micro-batches are summed', async () => {
    const weights = tinyClassifier();
    const optimizer = new AdamW({ weightDecay: 0 });
    const head = HEAD_NAMES.map((name) => parameter(weights, name));
    // Σ x²/2 of all: the gradients are the parameters.
    const loss = () =>
      differentiable(
        head,
        () => ({ value: tf.addN(head.map((x) => tf.mul(tf.sum(tf.square(x)), 0.5))), saved: [] }),
        (dy) => head.map((x) => tf.mul(dy, x)),
      );
    const step = () => optimizerStep(planFor(weights, optimizer, { trainable: HEAD_NAMES, losses: [loss, loss] }));
    await step();
    const left = await tensorsLeftWithoutMemory(step);
    expect(left.length).toBeGreaterThan(20);
    expect(new Set(left)).toEqual(new Set([0]));
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('a trained parameter that is not in the loss is named', async () => {
    const weights = tinyClassifier();
    const optimizer = new AdamW({ weightDecay: 0.01 });
    weights.set('stray', tf.zeros([2]));
    const step = optimizerStep(planFor(weights, optimizer, { trainable: [...HEAD_NAMES, 'stray'] }));
    await expect(step).rejects.toThrow('«stray»');
    optimizer.dispose();
    disposeWeights(weights);
  });
});

describe.each(['wasm', 'webgpu'] as const)('when memory runs out, %s', (backend) => {
  beforeEach(() => startBackend(backend));

  test('halved micro-batches have the gradients of the whole', async () => {
    const gradientsOf = async (groups: number[][]) => {
      const weights = tinyClassifier();
      const optimizer = new AdamW({ weightDecay: 0.01 });
      const losses = groups.map((rows) => lossOf(weights, rows, everyRow.length));
      await optimizerStep(planFor(weights, optimizer, { losses, maxGradNorm: 0 }));
      const { moments } = await optimizer.state();
      optimizer.dispose();
      disposeWeights(weights);
      return moments;
    };
    const padded = padBatch(ROWS);
    const tokens = padded.batch * padded.tokens;
    const whole = await gradientsOf(splitMicroBatches(everyRow, LENGTHS, tokens));
    for (const parts of [tokens / 2, tokens / 4]) {
      const halved = await gradientsOf(splitMicroBatches(everyRow, LENGTHS, parts));
      for (const [name, { first }] of whole) {
        // After one step the first moment is a tenth of the gradient.
        const slopes = (values: Float32Array | undefined) => Array.from(values ?? [], (value) => 10 * value);
        expect([name, difference(slopes(halved.get(name)?.first), slopes(first)) < 1e-6]).toEqual([name, true]);
      }
    }
  });

  test('the step before it is not undone, nor what was put on the device before it', async () => {
    const [weights, spared] = [tinyClassifier(), tinyClassifier()];
    const [optimizer, other] = [new AdamW({ weightDecay: 0.01 }), new AdamW({ weightDecay: 0.01 })];
    for (const tooMuch of FAILURES[backend]) {
      // Into buffers that had other values; nothing is read, and so nothing submitted, until the end.
      for (const of of [weights, spared]) {
        const arrays = await readArrays(of);
        for (const array of arrays.values()) array.values = array.values.map((value) => -value);
        writeArrays(of, arrays);
      }
      const failing = [() => tf.tidy(() => (tooMuch(), lossOf(weights, everyRow)()))];
      const fails = () => optimizerStep(planFor(weights, optimizer, { losses: failing }));
      await expect(fails()).rejects.toMatchObject({ code: 'out-of-memory' });
      await optimizerStep(planFor(weights, optimizer));
      await expect(fails()).rejects.toMatchObject({ code: 'out-of-memory' });
      await optimizerStep(planFor(spared, other));
    }
    expect(await readArrays(weights)).toEqual(await readArrays(spared));
    expect(await optimizer.state()).toEqual(await other.state());
    for (const each of [optimizer, other]) each.dispose();
    for (const each of [weights, spared]) disposeWeights(each);
  });

  test('weights, optimizer and tensors are as before, and the step can be done in parts', async () => {
    const [weights, spared] = [tinyClassifier(), tinyClassifier()];
    const [optimizer, other] = [new AdamW({ weightDecay: 0.01 }), new AdamW({ weightDecay: 0.01 })];
    const [first, second] = [everyRow.slice(0, 4), everyRow.slice(4)];
    const partsOf = (of: Weights) => [first, second].map((rows) => lossOf(of, rows, everyRow.length));
    for (let step = 0; step < 2; step++) {
      const [before, state, tensors] = [await readArrays(weights), await optimizer.state(), tf.memory().numTensors];
      for (const tooMuch of FAILURES[backend]) {
        const losses = [
          lossOf(weights, first),
          () =>
            tf.tidy(() => {
              const loss = lossOf(weights, second)();
              tooMuch();
              return loss;
            }),
        ];
        const failed = optimizerStep(planFor(weights, optimizer, { losses }));
        await expect(failed).rejects.toMatchObject({ code: 'out-of-memory' });
        expect(await readArrays(weights)).toEqual(before);
        expect(await optimizer.state()).toEqual(state);
        expect(tf.memory().numTensors).toBe(tensors);
      }
      const result = await optimizerStep(planFor(weights, optimizer, { losses: partsOf(weights) }));
      expect(await optimizerStep(planFor(spared, other, { losses: partsOf(spared) }))).toEqual(result);
    }
    expect(await readArrays(weights)).toEqual(await readArrays(spared));
    for (const each of [optimizer, other]) each.dispose();
    for (const each of [weights, spared]) disposeWeights(each);
  });
});

/** Ways in which memory runs out: refused before it is asked for, or reported by the GPU on the side, used or not. */
const FAILURES: Record<Backend, (() => void)[]> = {
  wasm: [() => tf.fill([2 ** 30 - 64], 1)],
  webgpu: [
    () => tf.fill([(device()?.limits.maxStorageBufferBindingSize ?? 0) / 4 + 1], 1),
    () => device()?.createBuffer({ size: (device()?.limits.maxBufferSize ?? 0) + 4, usage: GPUBufferUsage.STORAGE }),
    () => {
      const gpu = device();
      if (!gpu) return;
      const create = gpu.createBuffer.bind(gpu);
      gpu.createBuffer = (descriptor) => create({ ...descriptor, size: gpu.limits.maxBufferSize + 4 });
      try {
        // Larger than any buffer that might be taken again.
        tf.tidy(() => tf.neg(tf.fill([1 << 21], 1)));
      } finally {
        gpu.createBuffer = create;
      }
    },
  ],
};

function device(): GPUDevice | undefined {
  return webGpu()?.device;
}

test('the same seed gives the same weights to the bit, another seed others', async () => {
  const [first, again, other] = [await trainTiny(4), await trainTiny(4), await trainTiny(4, { seed: 2 })];
  expect(again).toEqual(first);
  expect(compareRuns(other, first).weights).toBeGreaterThan(1e-3);
});

test('the memory of WebAssembly stops growing: weights that were replaced take their packed copies with them', async () => {
  const weights = tinyClassifier();
  const optimizer = new AdamW({ weightDecay: 0.01 });
  const steps = async (count: number) => {
    for (let step = 0; step < count; step++) await optimizerStep(planFor(weights, optimizer));
    const backend: unknown = tf.backend();
    return (backend as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
  };
  const early = await steps(50);
  expect(await steps(350)).toBe(early);
  optimizer.dispose();
  disposeWeights(weights);
});
