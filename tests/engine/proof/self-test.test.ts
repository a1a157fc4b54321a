import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { evenBatch, forwardOnce, Trial } from '../../../src/engine/bench/trial';
import { webGpu } from '../../../src/engine/device/gpu';
import { disposeWeights, parameter } from '../../../src/engine/models/weights';
import { differentiable } from '../../../src/engine/ops/differentiable';
import { PACKED_NAMES } from '../../../src/engine/proof/packed-products';
import {
  demandPassed,
  figuresInTurn,
  judge,
  selfTest,
  type Figures,
  type Reading,
} from '../../../src/engine/proof/self-test';
import { SELF_TEST_FIGURES } from '../../../src/engine/proof/self-test-figures';
import { AdamW } from '../../../src/engine/optim/adamw';
import { blockEncoder } from '../../helpers/packed-blocks';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';
import { startBackend, startPortable } from '../../helpers/tf-node';

afterEach(() => vi.restoreAllMocks());

describe('selfTest', () => {
  test.each([
    ['webgpu', () => startBackend('webgpu')],
    ['wasm', () => startBackend('wasm')],
  ])('%s comes to the stored numbers, far within the tolerance', async (_, start) => {
    await start();
    const { passed, worst } = await selfTest();
    expect(worst.error).toBeLessThan(1e-4);
    expect(passed).toBe(true);
  });

  test('the portable way does, as far as the second step: the third would take it half a minute', async () => {
    await startPortable();
    let figures: Figures = {};
    for await (const some of figuresInTurn()) {
      figures = { ...figures, ...some };
      if ('loss 2' in some) break;
    }
    expect(Object.keys(figures).length).toBeGreaterThan(40);
    expect(judge({ ...SELF_TEST_FIGURES, ...figures }, SELF_TEST_FIGURES).worst.error).toBeLessThan(1e-4);
  });

  test('a GPU whose gradients are zero, though its forward pass is right, is found out', async () => {
    await startBackend('webgpu');
    silence(/backward|attention-(keys|queries)/);
    const result = await selfTest();
    expect(result.passed).toBe(false);
    expect(result.worst.name).toMatch(/^(gradient|step|loss)/);
    expect(() => demandPassed(result, 'Phone GPU')).toThrow(
      expect.objectContaining({
        code: 'device-wrong',
        message: expect.stringMatching(/Phone GPU.*Choose WebAssembly/),
      }),
    );
  });

  test('a GPU whose gradients are no numbers is found out, and not told as training that went wrong', async () => {
    await startBackend('wasm');
    vi.spyOn(AdamW.prototype, 'update').mockImplementation(() => {
      throw new AppError('non-finite', 'Training went out of range.');
    });
    const { passed, worst } = await selfTest();
    expect(passed).toBe(false);
    expect(worst.got).toBeNaN();
  });

  test.each([
    ['software', true],
    ['a GPU', false],
  ])('has every program of a training step of MiniLM’s width on %s in it', async (_name, software) => {
    await startBackend('webgpu');
    Object.assign(webGpu() ?? {}, { software });
    onTestFinished(() => void Object.assign(webGpu() ?? {}, { software: true }));
    const inTest = await labelsOf(async () => void (await selfTest()));
    const config = { ...tinyConfig, hiddenSize: 384, layers: 1, heads: 12, intermediateSize: 1536, maxPositions: 64 };
    const trial = new Trial(tinyEncoder(tinyWeights(5, config), config), { dropout: 0.1, seed: 1 });
    const inStep = await labelsOf(async () => {
      await trial.step(evenBatch(config, 16, 64));
      // So many rows that the weights' gradients are cut in parts.
      await trial.step(evenBatch(config, 32, 64));
    });
    trial.dispose();
    // The same model in 4-bit blocks, read, and its last layer trained.
    const packed = blockEncoder(5, config, true);
    const inReading = await labelsOf(async () => {
      for (const rows of [1, 8, 16, 96]) await forwardOnce(packed, evenBatch(config, rows, 32));
      const top = new Trial(packed, { dropout: 0.1, seed: 1, layers: 1 });
      await top.step(evenBatch(config, 4, 16));
      top.dispose();
    });
    disposeWeights(packed.weights);
    expect([...inReading].filter((label) => label.includes('q4_0')).length).toBeGreaterThan(software ? 3 : 5);
    expect([...inReading].filter((label) => !inTest.has(label))).toEqual([]);
    expect(inStep.size).toBeGreaterThan(20);
    expect([...inStep].filter((label) => !inTest.has(label))).toEqual([]);
  });

  test('finds out any one program that does nothing', async () => {
    await startBackend('webgpu');
    const labels = await labelsOf(async () => void (await selfTest()));
    const missed: string[] = [];
    for (const label of labels) {
      silence({ test: (other) => other === label });
      // Buffers that are used again would hold what is right from the time before.
      webGpu()?.releaseFree();
      if (await passes()) missed.push(label);
      vi.restoreAllMocks();
    }
    expect(labels.size).toBeGreaterThan(50);
    expect(missed).toEqual([]);
    // As much of a self-test as finds it for each of some sixty programs.
  }, 600_000);
});

describe('selfTest, negative controls', () => {
  beforeAll(() => startBackend('wasm'));

  const made: tf.Tensor[] = [];
  afterEach(() => tf.dispose(made.splice(0)));

  /** The weights with another tensor in place of one, which gradients go back through. It lives until then: products ask for it. */
  const changed =
    (name: string, change: (weight: tf.Tensor) => tf.Tensor): Reading =>
    (weights) => {
      if (!weights.has(name)) return weights;
      const tensor = tf.keep(change(parameter(weights, name)));
      made.push(tensor);
      return new Map(weights).set(name, tensor);
    };

  /** A weight as it is, whose gradient comes back with rows and columns exchanged. */
  const gradientTransposed = (weight: tf.Tensor): tf.Tensor =>
    differentiable(
      [weight],
      () => ({ value: tf.clone(weight), saved: [] }),
      (dy) => [tf.reshape(tf.transpose(dy), weight.shape)],
    );

  /**
   * One value off, by a twentieth of the range that weights are drawn from. Of the packed biases one of a query's: what is
   * added to all keys alike changes no softmax.
   */
  const perturbed = (weight: tf.Tensor, by = 0.02): tf.Tensor => {
    const values = new Float32Array(weight.size);
    values[Math.floor(weight.size / 5)] = by;
    return differentiable(
      [weight],
      () => ({ value: tf.add(weight, tf.tensor(values, weight.shape)), saved: [] }),
      (dy) => [dy],
    );
  };

  test('a weight that is read through a copy passes', async () => {
    for (const name of NAMES.slice(0, 2)) {
      expect(
        (
          await selfTest(
            undefined,
            changed(name, (weight) => perturbed(weight, 0)),
          )
        ).passed,
      ).toBe(true);
    }
  });

  test('one weight that is a little off fails, in whichever parameter', async () => {
    const missed: string[] = [];
    for (const name of NAMES) if (await passes(changed(name, perturbed))) missed.push(name);
    // By a tenth of their range, one of 4,096.
    const more = (weight: tf.Tensor): tf.Tensor => perturbed(weight, 0.1);
    for (const name of PACKED_NAMES) if (await passes(changed(name, more))) missed.push(name);
    expect(missed).toEqual([]);
  });

  test('one transposed gradient fails, whichever matrix it is of', async () => {
    const missed: string[] = [];
    for (const name of NAMES.filter(isMatrix)) {
      if (await passes(changed(name, gradientTransposed))) missed.push(name);
    }
    expect(missed).toEqual([]);
  });
});

/** Parameters of the self-test. */
const NAMES = Object.keys(SELF_TEST_FIGURES).flatMap((figure) =>
  figure.startsWith('step ') ? [figure.slice('step '.length)] : [],
);

function isMatrix(name: string): boolean {
  return name.endsWith('.weight') && !name.includes('LayerNorm');
}

/** What `selfTest` says, which is not asked for more figures once one is off: then it cannot pass any more. */
async function passes(reading?: Reading): Promise<boolean> {
  let figures: Figures = {};
  for await (const some of figuresInTurn(reading)) {
    figures = { ...figures, ...some };
    if (!judge({ ...SELF_TEST_FIGURES, ...some }, SELF_TEST_FIGURES).passed) return false;
  }
  return judge(figures, SELF_TEST_FIGURES).passed;
}

/** Programs whose names match are dispatched and do nothing: what they should write stays as it was. */
function silence(names: { test(label: string): boolean }): void {
  const setPipeline = GPUComputePassEncoder.prototype.setPipeline;
  let silent = false;
  vi.spyOn(GPUComputePassEncoder.prototype, 'setPipeline').mockImplementation(function (
    this: GPUComputePassEncoder,
    pipeline,
  ) {
    silent = names.test(pipeline.label);
    setPipeline.call(this, pipeline);
  });
  const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
  vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups').mockImplementation(function (
    this: GPUComputePassEncoder,
    ...groups
  ) {
    if (!silent) dispatch.apply(this, groups);
  });
}

/** Names of our programs that are asked for meanwhile; tfjs's own have none. Nothing is computed: which ones goes by sizes. */
async function labelsOf(work: () => Promise<void>): Promise<Set<string>> {
  const labels = new Set<string>();
  silence({ test: (label) => Boolean(labels.add(label)) });
  await work();
  vi.restoreAllMocks();
  return labels;
}

describe('judge', () => {
  test('a figure that is missing or no number fails', () => {
    const [name = ''] = Object.keys(SELF_TEST_FIGURES);
    const { [name]: _left, ...without } = SELF_TEST_FIGURES;
    for (const figures of [without, { ...without, [name]: NaN }]) {
      expect(judge(figures, SELF_TEST_FIGURES)).toMatchObject({ passed: false, worst: { name, error: Infinity } });
    }
  });

  test('one gradient that is a hundredth off fails, though all else is right', () => {
    const name = 'gradient 2 head.weight';
    const figures = { ...SELF_TEST_FIGURES, [name]: (SELF_TEST_FIGURES[name] ?? 0) * 1.01 };
    expect(judge(figures, SELF_TEST_FIGURES)).toMatchObject({ passed: false, worst: { name } });
    expect(judge(SELF_TEST_FIGURES, SELF_TEST_FIGURES).passed).toBe(true);
  });

  test('no stored number is zero: a device that gives zeros cannot pass by it', () => {
    for (const value of Object.values(SELF_TEST_FIGURES)) expect(Math.abs(value)).toBeGreaterThan(0);
  });
});
