import { afterEach, describe, expect, test, vi } from 'vitest';
import { demandPassed, judge, selfTest } from '../../../src/engine/device/self-test';
import { SELF_TEST_FIGURES } from '../../../src/engine/device/self-test-figures';
import { startBackend, startPortable } from '../../helpers/tf-node';

afterEach(() => vi.restoreAllMocks());

describe('selfTest', () => {
  test.each([
    ['webgpu', () => startBackend('webgpu')],
    ['wasm', () => startBackend('wasm')],
    ['the portable way', startPortable],
  ])('%s comes to the stored numbers, far within the tolerance', async (_, start) => {
    await start();
    const { passed, worst } = await selfTest();
    expect(worst.error).toBeLessThan(1e-4);
    expect(passed).toBe(true);
  });

  test('a GPU whose gradients are zero, though its forward pass is right, is found out', async () => {
    await startBackend('webgpu');
    // The gradient programs of attention, norms, pooling and loss are dispatched and do nothing: what they should write stays as it was.
    const setPipeline = GPUComputePassEncoder.prototype.setPipeline;
    let silent = false;
    vi.spyOn(GPUComputePassEncoder.prototype, 'setPipeline').mockImplementation(function (
      this: GPUComputePassEncoder,
      pipeline,
    ) {
      silent = /backward|attention-(keys|queries)/.test(pipeline.label);
      setPipeline.call(this, pipeline);
    });
    const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
    vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups').mockImplementation(function (
      this: GPUComputePassEncoder,
      ...groups
    ) {
      if (!silent) dispatch.apply(this, groups);
    });
    const result = await selfTest();
    expect(result.passed).toBe(false);
    expect(result.worst.name).toMatch(/^(gradient|step|loss 2)/);
    expect(() => demandPassed(result, 'Phone GPU')).toThrow(
      expect.objectContaining({
        code: 'device-wrong',
        message: expect.stringMatching(/Phone GPU.*Choose WebAssembly/),
      }),
    );
  });
});

describe('judge', () => {
  test('a figure that is missing or no number fails', () => {
    const [name = ''] = Object.keys(SELF_TEST_FIGURES);
    const { [name]: _left, ...without } = SELF_TEST_FIGURES;
    for (const figures of [without, { ...without, [name]: NaN }]) {
      expect(judge(figures, SELF_TEST_FIGURES)).toMatchObject({ passed: false, worst: { name, error: Infinity } });
    }
  });

  test('one gradient that is a hundredth off fails, though all else is right', () => {
    const name = 'gradient head.weight';
    const figures = { ...SELF_TEST_FIGURES, [name]: (SELF_TEST_FIGURES[name] ?? 0) * 1.01 };
    expect(judge(figures, SELF_TEST_FIGURES)).toMatchObject({ passed: false, worst: { name } });
    expect(judge(SELF_TEST_FIGURES, SELF_TEST_FIGURES).passed).toBe(true);
  });

  test('no stored number is zero: a device that gives zeros cannot pass by it', () => {
    for (const value of Object.values(SELF_TEST_FIGURES)) expect(Math.abs(value)).toBeGreaterThan(0);
  });
});
