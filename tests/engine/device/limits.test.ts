import { describe, expect, test } from 'vitest';
import { limitsToAsk } from '../../../src/engine/device/limits';

const DEFAULTS = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxStorageBufferBindingSize: 134_217_728,
  maxBufferSize: 268_435_456,
};

describe('limitsToAsk', () => {
  test('what WebGPU promises on any adapter is enough', () => {
    expect(limitsToAsk(DEFAULTS)).toEqual(DEFAULTS);
  });

  test('an adapter that has more is asked for all of it', () => {
    expect(limitsToAsk({ ...DEFAULTS, maxBufferSize: 2 ** 32 }).maxBufferSize).toBe(2 ** 32);
  });

  test.each([
    ['half the workgroup memory', { ...DEFAULTS, maxComputeWorkgroupStorageSize: 8192 }],
    ['limits that wrapped down to nothing', { ...DEFAULTS, maxBufferSize: 0 }],
    ['a limit that is not there', { ...DEFAULTS, maxStorageBuffersPerShaderStage: undefined }],
  ])('%s is refused, with the name of the limit and what else to choose', (_, { ...offered }) => {
    const { maxStorageBuffersPerShaderStage: buffers, ...rest } = offered;
    const adapter = buffers === undefined ? rest : { ...rest, maxStorageBuffersPerShaderStage: buffers };
    expect(() => limitsToAsk(adapter)).toThrow(
      expect.objectContaining({ code: 'no-webgpu', message: expect.stringMatching(/max\w+.*Choose WebAssembly/) }),
    );
  });
});
