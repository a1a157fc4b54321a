import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { AdamW } from '../../../src/engine/optim/adamw';
import { disposeWeights, readArrays } from '../../../src/engine/models/weights';
import { countDispatches } from '../../helpers/gpu-work';
import { difference } from '../../helpers/minilm-parity';
import { randomValues } from '../../helpers/operations';
import { startBackend, startPortable } from '../../helpers/tf-node';

/** Three, so that they do not go evenly into dispatches; one of more than one workgroup. */
const SHAPES: Record<string, number[]> = { matrix: [3, 4], bias: [4], larger: [70, 43] };
const STEPS = 5;
const OPTIONS = { weightDecay: 0.1 };
const rates = (name: string) => (name === 'bias' ? 0.02 : 0.01);

const start = () => new Map(Object.entries(SHAPES).map(([name, shape]) => [name, tf.tensor(values(name, 0), shape)]));
const values = (name: string, step: number) =>
  randomValues(
    100 * step + name.length,
    (SHAPES[name] ?? []).reduce((size, side) => size * side, 1),
  );

function update(optimizer: AdamW, weights: Map<string, tf.Tensor>, step: number): void {
  const gradients = new Map(
    Object.entries(SHAPES).map(([name, shape]) => [name, tf.tensor(values(name, step), shape)]),
  );
  optimizer.update(weights, gradients, { learningRate: rates, scale: 0.5 });
  tf.dispose([...gradients.values()]);
}

/** Algorithm 2 of the paper as PyTorch writes it, in float64. */
function formula(name: string): number[] {
  const w = Array.from(values(name, 0));
  const m = w.map(() => 0);
  const v = w.map(() => 0);
  const rate = rates(name);
  for (let step = 1; step <= STEPS; step++) {
    const g = Array.from(values(name, step), (value) => value * 0.5);
    for (let i = 0; i < w.length; i++) {
      const gi = g[i] ?? 0;
      m[i] = 0.9 * (m[i] ?? 0) + 0.1 * gi;
      v[i] = 0.999 * (v[i] ?? 0) + 0.001 * gi * gi;
      const mHat = (m[i] ?? 0) / (1 - 0.9 ** step);
      const vHat = (v[i] ?? 0) / (1 - 0.999 ** step);
      const decayed = (w[i] ?? 0) * (1 - (name === 'bias' ? 0 : rate * 0.1));
      w[i] = decayed - (rate * mHat) / (Math.sqrt(vHat) + 1e-8);
    }
  }
  return w;
}

describe.each([
  ['wasm', () => startBackend('wasm')],
  ['webgpu', () => startBackend('webgpu')],
  ['portable', startPortable],
])('AdamW, %s', (_, startHere) => {
  test('follows the formula: decay on the matrix only, own rates, scaled gradients', async () => {
    await startHere();
    const weights = start();
    const optimizer = new AdamW(OPTIONS);
    for (let step = 1; step <= STEPS; step++) update(optimizer, weights, step);
    const arrays = await readArrays(weights);
    for (const name of Object.keys(SHAPES)) {
      expect(difference(arrays.get(name)?.values ?? [], formula(name))).toBeLessThan(1e-6);
    }
    expect(optimizer.step).toBe(STEPS);
    optimizer.dispose();
    disposeWeights(weights);
  });

  test('a state taken out and put into another optimizer goes on to the bit', async () => {
    await startHere();
    const [weights, resumed] = [start(), start()];
    const first = new AdamW(OPTIONS);
    for (let step = 1; step <= STEPS; step++) update(first, weights, step);

    const before = new AdamW(OPTIONS);
    for (let step = 1; step <= 2; step++) update(before, resumed, step);
    const after = new AdamW(OPTIONS);
    after.restore(await before.state(), resumed);
    for (let step = 3; step <= STEPS; step++) update(after, resumed, step);

    expect(await readArrays(resumed)).toEqual(await readArrays(weights));
    expect(await after.state()).toEqual(await first.state());
    for (const optimizer of [first, before, after]) optimizer.dispose();
    disposeWeights(weights);
    disposeWeights(resumed);
  });

  test('disposes what it made', async () => {
    await startHere();
    const before = tf.memory().numTensors;
    const weights = start();
    const optimizer = new AdamW(OPTIONS);
    for (let step = 1; step <= STEPS; step++) update(optimizer, weights, step);
    optimizer.dispose();
    disposeWeights(weights);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test.each(['webgpu', 'wasm'] as const)(
  '%s: weights change where they are, so that no memory can run out in the middle of an update',
  async (backend) => {
    await startBackend(backend);
    const weights = start();
    const tensors = [...weights.values()];
    const optimizer = new AdamW(OPTIONS);
    const before = await readArrays(weights);
    update(optimizer, weights, 1);
    expect([...weights.values()].every((tensor, i) => tensor === tensors[i] && !tensor.isDisposed)).toBe(true);
    expect(await readArrays(weights)).not.toEqual(before);
    optimizer.dispose();
    disposeWeights(weights);
  },
);

test('WebGPU updates two parameters in one dispatch', async () => {
  await startBackend('webgpu');
  const weights = start();
  const optimizer = new AdamW(OPTIONS);
  optimizer.prepare(weights, [...weights.keys()]);
  const { count } = await countDispatches(() => update(optimizer, weights, 1));
  expect(count).toBe(2);
  optimizer.dispose();
  disposeWeights(weights);
});

test('a gradient for an unknown parameter is refused', async () => {
  await startBackend('wasm');
  const gradient = tf.zeros([2]);
  const optimizer = new AdamW(OPTIONS);
  expect(() => optimizer.update(new Map(), new Map([['gone', gradient]]), { learningRate: () => 1, scale: 1 })).toThrow(
    '«gone»',
  );
  gradient.dispose();
});
