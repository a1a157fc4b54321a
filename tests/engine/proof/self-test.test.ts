import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { evenBatch, forwardOnce, Trial } from '../../../src/engine/bench/trial';
import { webGpu } from '../../../src/engine/device/gpu';
import { optimizerStep } from '../../../src/engine/fit/step';
import { Writer } from '../../../src/engine/generate/writer';
import type { Decoder } from '../../../src/engine/models/decoder';
import { allNames, fileShape, isLinearWeight } from '../../../src/engine/models/llama/config';
import { llama } from '../../../src/engine/models/llama/family';
import { placeWeights } from '../../../src/engine/models/read-model';
import {
  disposeWeights,
  isPacked,
  type NamedArray,
  type NamedBlocks,
  parameter,
} from '../../../src/engine/models/weights';
import { differentiable } from '../../../src/engine/ops/differentiable';
import { generationFigures, generationFiles } from '../../../src/engine/proof/generation-figures';
import { GENERATION_FIGURES } from '../../../src/engine/proof/generation-self-test-figures';
import { PACKED_NAMES } from '../../../src/engine/proof/packed-products';
import {
  demandPassed,
  figuresInTurn,
  generationSelfTest,
  judge,
  selfTest,
  type Figures,
  type Reading,
} from '../../../src/engine/proof/self-test';
import { SELF_TEST_FIGURES } from '../../../src/engine/proof/self-test-figures';
import { AdamW } from '../../../src/engine/optim/adamw';
import { forkForAdapter } from '../../../src/engine/tasks/generation/fork';
import { answerLoss, predictionsOf } from '../../../src/engine/tasks/generation/loss';
import { scoreTokens } from '../../../src/engine/tasks/generation/scores';
import { blockEncoder, randomBlocks } from '../../helpers/packed-blocks';
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
    const labels = oneOfEachKind(await labelsOf(async () => void (await selfTest())));
    expect(labels.length).toBeGreaterThan(35);
    expect(await silentlyPassed(labels, () => passes())).toEqual([]);
    // As much of a self-test as finds it for each of some forty programs.
  }, 600_000);
});

describe('generationSelfTest', () => {
  test.each(['wasm', 'webgpu'] as const)(
    '%s comes to the stored numbers, far within the tolerance',
    async (backend) => {
      const device = await startBackend(backend);
      const { passed, worst } = await generationSelfTest();
      expect(worst.error).toBeLessThan(1e-4);
      expect(passed).toBe(true);
      device.guard.check();
    },
    300_000,
  );

  test('has every program in it that a run of written answers takes and the other test does not have', async () => {
    await startBackend('webgpu');
    const inTests = await labelsOf(async () => {
      await selfTest();
      await generationSelfTest();
    });
    const model = blockDecoder();
    const inRun = await labelsOf(async () => {
      for (const rank of [8, 16]) await trainOnce(model, rank);
    });
    disposeWeights(model.weights);
    expect(
      [...inRun].filter((label) => /q4_1|q8_0|rotary|swi-glu|token attention|remember/.test(label)).length,
    ).toBeGreaterThan(10);
    expect([...inRun].filter((label) => !inTests.has(label))).toEqual([]);
  });

  test('finds out any one program that does nothing', async () => {
    await startBackend('webgpu');
    const before = await labelsOf(async () => void (await selfTest()));
    const labels = await labelsOf(async () => void (await generationSelfTest()));
    const own = oneOfEachKind([...labels].filter((label) => !before.has(label)));
    expect(own.length).toBeGreaterThan(12);
    expect(await silentlyPassed(own, generationPasses)).toEqual([]);
  }, 600_000);

  test('one weight that is a little off fails, in whichever parameter', async () => {
    await startBackend('wasm');
    const missed: string[] = [];
    for (const { name } of generationFiles()) {
      const files = generationFiles().map((file) => (file.name === name ? damaged(file) : file));
      if (await generationPasses(files)) missed.push(name);
    }
    expect(missed).toEqual([]);
    expect(await generationPasses(generationFiles())).toBe(true);
  });
});

/** One of its values off by half the range of its block, or a twentieth. */
function damaged(file: NamedArray | NamedBlocks): NamedArray | NamedBlocks {
  if (!isPacked(file)) return { ...file, values: file.values.map((value, i) => (i === 5 ? value + 0.02 : value)) };
  const bytes = file.bytes.slice();
  // Behind the numbers of the block in the middle.
  const size = file.type === 'q8_0' ? 34 : 20;
  const at = Math.floor(bytes.length / size / 2) * size + 9;
  bytes[at] = (bytes[at] ?? 0) ^ 0x80;
  return { ...file, bytes };
}

/** As `passes`, of written answers. */
async function generationPasses(files?: (NamedArray | NamedBlocks)[]): Promise<boolean> {
  let figures: Figures = {};
  try {
    for await (const some of generationFigures(files)) {
      figures = { ...figures, ...some };
      if (!judge({ ...GENERATION_FIGURES, ...some }, GENERATION_FIGURES).passed) return false;
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'non-finite') return false;
    throw error;
  }
  return judge(figures, GENERATION_FIGURES).passed;
}

/** A layer of SmolLM2's widths in its blocks. */
function blockDecoder(): Decoder {
  const config = {
    ...{ vocabSize: 256, hiddenSize: 576, layers: 1, heads: 9, keyValueHeads: 3, headSize: 64, intermediateSize: 1536 },
    ...{ rmsNormEps: 1e-5, ropeTheta: 1e5, maxPositions: 256, tiedEmbeddings: true },
    ...{ attentionBias: false, queryKeyNorm: false },
  };
  const files = allNames(config).map((name): NamedArray | NamedBlocks => {
    const [outputs = 0, inputs = 0] = fileShape(config, name);
    if (inputs === 0) return { name, shape: [outputs], values: new Float32Array(outputs).fill(1) };
    const type = isLinearWeight(name) ? 'q4_1' : 'q8_0';
    return { name, shape: [outputs, inputs], type, bytes: randomBlocks(1, outputs, inputs, 0.1, type) };
  });
  return { family: llama, config, weights: placeWeights(llama.fromFiles(files)) };
}

/** Steps of an adapter on few and on many tokens, the loss of answers, and two written tokens. */
async function trainOnce(model: Decoder, rank: number): Promise<void> {
  const settings = {
    rank,
    alpha: 16,
    loraDropout: 0.1,
    targetModules: 'all-linear',
    rankStabilized: false,
    seed: 1,
  } as const;
  const { fork, decoder } = forkForAdapter(model, settings, 0);
  const optimizer = new AdamW({ weightDecay: 0, epsilon: 1e-8 });
  const example = (length: number) => ({
    ids: Int32Array.from({ length }, (_, i) => i % 250),
    trained: new Uint8Array(length).fill(1),
  });
  for (const lengths of [[20], [128, 128, 100, 128]]) {
    const predictions = predictionsOf(lengths.map(example));
    const losses = [() => answerLoss(decoder, predictions, { normalizer: 9, dropout: { rate: 0, seed: 1 } })];
    const { weights, trainable } = fork;
    await optimizerStep({ weights, trainable, losses, optimizer, learningRate: () => 1e-3, maxGradNorm: 1 });
  }
  await scoreTokens(decoder, example(128));
  const { writer } = await Writer.begin(decoder, [example(40).ids, example(3).ids], 2);
  await writer.next(Int32Array.of(1, 2));
  writer.dispose();
  optimizer.dispose();
  fork.dispose();
}

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

/** Of programs that only differ in their tile and in how many values they read at once, one. */
function oneOfEachKind(labels: Iterable<string>): string[] {
  const kindOf = (label: string): string => label.replace(/"(tile":\{[^}]*\}|vectors":(true|false))/g, '');
  return [...new Map(Array.from(labels, (label) => [kindOf(label), label])).values()];
}

/** Those without which the test passes all the same. */
async function silentlyPassed(labels: readonly string[], passed: () => Promise<boolean>): Promise<string[]> {
  const missed: string[] = [];
  for (const label of labels) {
    silence({ test: (other) => other === label });
    // Buffers that are used again would hold what is right from the time before.
    webGpu()?.releaseFree();
    if (await passed()) missed.push(label);
    vi.restoreAllMocks();
  }
  return missed;
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
