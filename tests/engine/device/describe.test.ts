import { expect, test } from 'vitest';
import { describeAdapter, describeWasm } from '../../../src/engine/device/describe';

const nothing = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false };

test.each([
  ['vendor and architecture, as Chrome tells', { vendor: 'nvidia', architecture: 'turing' }, 'nvidia turing', false],
  ['a description goes before them', { vendor: 'apple', description: 'Apple M2' }, 'Apple M2', false],
  ['SwiftShader is software', { vendor: 'google', architecture: 'swiftshader' }, 'google swiftshader', true],
  ['so is Mesa', { description: 'llvmpipe: Mesa 25.0.7' }, 'llvmpipe: Mesa 25.0.7', true],
  ['and what calls itself a fallback', { vendor: 'x', isFallbackAdapter: true }, 'x', true],
  ['a browser that tells nothing', {}, 'WebGPU adapter without a name', false],
])('%s', (_, facts, name, software) => {
  expect(describeAdapter({ ...nothing, ...facts })).toEqual({ backend: 'webgpu', name, software });
});

test('WebAssembly is not a software GPU', () => {
  expect(describeWasm()).toEqual({ backend: 'wasm', name: 'WebAssembly, SIMD', software: false });
});
