/** A tiny random BERT with an adapter against transformers and PEFT (scripts/fixtures/lora-bert.py). */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LoraConfig } from '../../../../src/core/models/lora';
import { createRandom } from '../../../../src/core/random';
import { padBatch } from '../../../../src/core/text/batches';
import { adapterNames, adapterShapes, createAdapter } from '../../../../src/engine/adapters/adapter';
import { optimizerStep } from '../../../../src/engine/fit/step';
import { bert } from '../../../../src/engine/models/bert/family';
import { encode, type Encoder, withWeights } from '../../../../src/engine/models/encoder';
import { mergeAdapter, mergeFileWeight } from '../../../../src/engine/models/merge-adapter';
import { placeWeights } from '../../../../src/engine/models/read-model';
import {
  disposeWeights,
  type NamedArray,
  parameter,
  readArrays,
  type Weights,
} from '../../../../src/engine/models/weights';
import { crossEntropy } from '../../../../src/engine/ops/cross-entropy';
import { linear } from '../../../../src/engine/ops/linear';
import { AdamW } from '../../../../src/engine/optim/adamw';
import { difference, takeValues } from '../../../helpers/minilm-parity';
import { blockEncoder } from '../../../helpers/packed-blocks';
import { gradientDifference, stepGradients } from '../../../helpers/step-gradients';
import { startBackend, startPortable } from '../../../helpers/tf-node';
import { tinyBatch, tinyConfig, tinyEncoder, tinyWeights } from '../../../helpers/tiny-bert';

interface Stored {
  shape: number[];
  values: number[];
}

interface Case {
  config: LoraConfig;
  adapter: Record<string, Stored>;
  logits: Stored;
  losses: number[];
  gradients: Record<string, Stored>;
  after: Record<string, Stored>;
  logits_after: Stored;
  merged: Record<string, Stored>;
}

const fixture = JSON.parse(readFileSync(new URL('../../../fixtures/lora-bert.json', import.meta.url), 'utf8')) as {
  sizes: { [size: string]: number };
  texts: number[][];
  labels: number[];
  learning_rate: number;
  weight_decay: number;
  weights: Record<string, Stored>;
  head: { weight: Stored; bias: Stored };
  cases: Record<string, Case>;
};

const config = bert.parseConfig({
  vocabSize: fixture.sizes['vocab_size'],
  hiddenSize: fixture.sizes['hidden_size'],
  layers: fixture.sizes['num_hidden_layers'],
  heads: fixture.sizes['num_attention_heads'],
  intermediateSize: fixture.sizes['intermediate_size'],
  maxPositions: fixture.sizes['max_position_embeddings'],
  typeVocabSize: fixture.sizes['type_vocab_size'],
  layerNormEps: fixture.sizes['layer_norm_eps'],
});
const modules = bert.linearModules(config);
const batch = padBatch(fixture.texts.map((ids) => Int32Array.from(ids)));
const cases = Object.entries(fixture.cases);

const arraysOf = (stored: Record<string, Stored>): NamedArray[] =>
  Object.entries(stored).map(([name, { shape, values }]) => ({ name, shape, values: Float32Array.from(values) }));

/** Rows to columns. */
const turned = ({ shape: [rows = 0, columns = 0], values }: Stored): number[] =>
  values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);

const place = (stored: Record<string, Stored>): Weights => placeWeights(bert.fromFiles(arraysOf(stored)));

function classifier(one: Case): { model: Encoder; names: string[]; logits: () => tf.Tensor; dispose: () => void } {
  const head = placeWeights([
    { name: 'weight', shape: [config.hiddenSize, 3], values: Float32Array.from(turned(fixture.head.weight)) },
    { name: 'bias', shape: [3], values: Float32Array.from(fixture.head.bias.values) },
  ]);
  const weights = new Map([...place(fixture.weights), ...place(one.adapter)]);
  const model = withWeights({ family: bert, config, weights }, weights, one.config);
  const dense = { weight: parameter(head, 'weight'), bias: parameter(head, 'bias') };
  return {
    model,
    names: adapterNames(modules, one.config),
    logits: () => linear(encode(model, batch), dense),
    dispose: () => [head, weights].forEach(disposeWeights),
  };
}

/** The largest difference as a share of the largest value. */
function apart(got: ArrayLike<number>, expected: readonly number[]): number {
  return difference(Float32Array.from(got), [...expected]) / Math.max(...expected.map(Math.abs));
}

describe.each(['wasm', 'webgpu', 'portable'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'portable') await startPortable();
    else await startBackend(backend);
  });

  test.each(cases)('%s: logits, every gradient and three steps of AdamW are those of PEFT', async (_, one) => {
    const { model, names, logits, dispose } = classifier(one);
    expect(names.toSorted()).toEqual(Object.keys(one.adapter).toSorted());
    expect(apart(await takeValues(tf.tidy(logits)), one.logits.values)).toBeLessThan(1e-5);

    const lossOf = () => crossEntropy(logits(), Int32Array.from(fixture.labels), { normalizer: fixture.labels.length });
    const gradients = await stepGradients(model.weights, names, [lossOf]);
    for (const [name, stored] of Object.entries(one.gradients)) {
      expect(apart(gradients.get(name) ?? [], turned(stored)), name).toBeLessThan(1e-4);
    }

    const optimizer = new AdamW({ weightDecay: fixture.weight_decay });
    for (const expected of one.losses) {
      const { loss } = await optimizerStep({
        weights: model.weights,
        trainable: names,
        losses: [lossOf],
        optimizer,
        learningRate: () => fixture.learning_rate,
        maxGradNorm: 0,
      });
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-4);
    }
    optimizer.dispose();
    for (const [name, { values }] of await readArrays(model.weights, names)) {
      expect(apart(values, turned(one.after[name] ?? { shape: [], values: [] })), name).toBeLessThan(1e-4);
    }
    expect(apart(await takeValues(tf.tidy(logits)), one.logits_after.values)).toBeLessThan(1e-4);
    dispose();
  });

  test.each(cases)(
    '%s: merged, it is what PEFT merges, and answers alike; taken out, nothing is changed',
    async (_, one) => {
      const { model, logits, dispose } = classifier(one);
      // PEFT merges what it has trained.
      for (const [name, tensor] of place(one.after)) {
        model.weights.get(name)?.dispose();
        model.weights.set(name, tensor);
      }
      const before = await readArrays(model.weights);
      const tensors = tf.memory().numTensors;
      // What is merged inside a loss has to outlive its operations.
      let merged: Weights = new Map();
      tf.tidy(() => {
        merged = mergeAdapter(model.weights, modules, one.config);
      });
      const kept = new Map(
        [...bert.toKept(Array.from(await readArrays(merged), ([name, array]) => ({ name, ...array })))].map(
          ({ name, values }) => [name, values],
        ),
      );
      for (const [name, stored] of Object.entries(one.merged)) {
        expect(difference(kept.get(name) ?? new Float32Array(), turned(stored)), name).toBeLessThan(1e-5);
      }
      const plain: Encoder = { family: bert, config, weights: new Map([...model.weights, ...merged]) };
      for (const name of adapterNames(modules, one.config)) plain.weights.delete(name);
      const ours = await takeValues(tf.tidy(() => encode(plain, batch)));
      const theirs = await takeValues(tf.tidy(() => encode(model, batch)));
      expect(difference(ours, [...theirs])).toBeLessThan(1e-5);
      disposeWeights(merged);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(await readArrays(model.weights)).toEqual(before);
      expect(apart(await takeValues(tf.tidy(logits)), one.logits_after.values)).toBeLessThan(1e-4);
      dispose();
    },
  );
});

test.each(cases)('%s: a matrix of a file is merged in the layout of files', (_, one) => {
  const adapter = new Map(
    [...bert.fromFiles(arraysOf(one.after))].flatMap((array) => ('values' in array ? [[array.name, array]] : [])),
  );
  for (const [name, stored] of Object.entries(one.merged)) {
    const path = name.replace(/\.weight$/, '');
    const [weight] = arraysOf({ [name]: fixture.weights[name] ?? { shape: [], values: [] } });
    const [a, b] = [adapter.get(`${path}.lora_A.weight`), adapter.get(`${path}.lora_B.weight`)];
    if (!weight || !a || !b) throw new Error(`No ${name}.`);
    const merged = mergeFileWeight(weight, a, b, one.config);
    expect(merged.shape).toEqual(stored.shape);
    expect(difference(merged.values, stored.values)).toBeLessThan(1e-6);
  }
});

describe('a new adapter', () => {
  const lora: LoraConfig = { rank: 4, alpha: 8, dropout: 0, targetModules: ['query', 'dense'], rankStabilized: false };

  test('changes nothing yet: A within ±1/√inputs, drawn from the seed, B zero; shapes as said', async () => {
    await startBackend('wasm');
    const [one, same, other] = [1, 1, 2].map((seed) => createAdapter(modules, lora, createRandom(seed)));
    if (!one || !same || !other) throw new Error('Three adapters are needed.');
    const arrays = await readArrays(one);
    expect(arrays).toEqual(await readArrays(same));
    expect(arrays).not.toEqual(await readArrays(other));
    expect([...arrays.keys()]).toEqual(adapterNames(modules, lora));
    const shapes = adapterShapes(modules, lora);
    for (const [name, { shape, values }] of arrays) {
      expect(shape).toEqual(shapes.get(name));
      if (name.includes('lora_B')) expect(values.every((value) => value === 0)).toBe(true);
      else {
        const bound = 1 / Math.sqrt(shape[0] ?? NaN);
        expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
        expect(Math.max(...values)).toBeGreaterThan(0.8 * bound);
        expect(Math.min(...values)).toBeLessThan(-0.8 * bound);
      }
    }
    [one, same, other].forEach(disposeWeights);
  });

  test('stands on linear layers alone', () => {
    expect(modules.map(({ path }) => path).filter((path) => /embed|LayerNorm/.test(path))).toEqual([]);
    expect(() => adapterNames(modules, { ...lora, targetModules: ['word_embeddings'] })).toThrow('never stands on');
  });
});

test('WebGPU and WebAssembly: the same gradients with dropout in the adapter, on a base in blocks too', async () => {
  const lora: LoraConfig = {
    rank: 3,
    alpha: 6,
    dropout: 0.3,
    targetModules: ['query', 'key', 'value', 'dense'],
    rankStabilized: false,
  };
  const wide = { ...tinyConfig, hiddenSize: 32, intermediateSize: 64 };
  const texts = tinyBatch(3, [5, 9, 4], wide);
  const gradientsOn = async (backend: 'wasm' | 'webgpu', packed: boolean, seed = 5) => {
    await startBackend(backend);
    const base = blockEncoder(7, wide, packed);
    const own = bert.linearModules(wide);
    const adapter = createAdapter(own, lora, createRandom(1));
    // B away from zero, or A has no gradient.
    const bs = adapterNames(own, lora).filter((name) => name.includes('lora_B'));
    const random = createRandom(2);
    for (const name of bs) {
      const { shape } = parameter(adapter, name);
      adapter.get(name)?.dispose();
      adapter.set(
        name,
        tf.tensor(
          Float32Array.from({ length: shape.reduce((x, y) => x * y) }, () => random() - 0.5),
          shape,
        ),
      );
    }
    const weights = new Map([...base.weights, ...adapter]);
    const model = withWeights(base, weights, lora);
    const loss = () => {
      const states = encode(model, texts, { rate: 0, seed });
      return crossEntropy(states, Int32Array.of(0, 1, 2), { normalizer: 3 });
    };
    const gradients = await stepGradients(weights, adapterNames(own, lora), [loss]);
    disposeWeights(weights);
    return gradients;
  };
  const wasm = await gradientsOn('wasm', false);
  const [gpu, again] = [await gradientsOn('webgpu', true), await gradientsOn('webgpu', true)];
  expect(gradientDifference(wasm, gpu)).toBeLessThan(1e-4);
  expect(again).toEqual(gpu);
  expect(gradientDifference(wasm, await gradientsOn('wasm', false, 6))).toBeGreaterThan(1e-2);
});

test('without an adapter a model keeps its bits', async () => {
  await startBackend('wasm');
  const weights = tinyWeights(4);
  const model = tinyEncoder(weights);
  const texts = tinyBatch(3, [5, 9, 4]);
  const plain = await takeValues(tf.tidy(() => encode(model, texts)));
  const lora: LoraConfig = { rank: 2, alpha: 4, dropout: 0.5, targetModules: ['query'], rankStabilized: false };
  expect(await takeValues(tf.tidy(() => encode({ ...model, lora }, texts)))).toEqual(plain);
  disposeWeights(weights);
});
