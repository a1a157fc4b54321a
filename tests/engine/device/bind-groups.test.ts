import { expect, test, vi } from 'vitest';
import { evenBatch, Trial } from '../../../src/engine/bench/trial';
import { BindGroups } from '../../../src/engine/device/bind-groups';
import { webGpu } from '../../../src/engine/device/gpu';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';
import { startBackend } from '../../helpers/tf-node';

test('a group is made once for the same layout, buffers, places and sizes, and anew where one of them differs', async () => {
  await startBackend('webgpu');
  const device = webGpu()?.device;
  if (device === undefined) throw new Error('This test needs WebGPU.');
  const made = vi.spyOn(device, 'createBindGroup');
  const entry = (binding: number): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: 'read-only-storage' },
  });
  const layout = device.createBindGroupLayout({ entries: [entry(0)] });
  const other = device.createBindGroupLayout({ entries: [entry(0)] });
  const [a, b] = [1024, 1024].map((size) => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
  if (!a || !b) throw new Error('No buffers.');
  const groups = new BindGroups(device);
  const first = groups.of(layout, [{ buffer: a, offset: 0, size: 16 }]);
  expect(groups.of(layout, [{ buffer: a, offset: 0, size: 16 }])).toBe(first);
  expect(made).toHaveBeenCalledTimes(1);
  for (const [ofLayout, resource] of [
    [other, { buffer: a, offset: 0, size: 16 }],
    [layout, { buffer: b, offset: 0, size: 16 }],
    [layout, { buffer: a, offset: 256, size: 16 }],
    [layout, { buffer: a, offset: 0, size: 32 }],
  ] as const) {
    expect(groups.of(ofLayout, [resource])).not.toBe(first);
  }
  expect(made).toHaveBeenCalledTimes(5);
  made.mockRestore();
});

test('a step makes few groups anew: what the pool gives it is what it gave the step before', async () => {
  await startBackend('webgpu');
  const device = webGpu()?.device;
  if (device === undefined) throw new Error('This test needs WebGPU.');
  const trial = new Trial(tinyEncoder(tinyWeights(3)), { dropout: 0.1, seed: 1 });
  const batch = evenBatch(tinyConfig, 4, 8);
  for (let i = 0; i < 4; i++) await trial.step(batch);
  const made = vi.spyOn(device, 'createBindGroup');
  const dispatched = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
  await trial.step(batch);
  expect(dispatched.mock.calls.length).toBeGreaterThan(50);
  // What is uploaded for a step has buffers of its own.
  expect(made.mock.calls.length).toBeLessThan(dispatched.mock.calls.length / 4);
  vi.restoreAllMocks();
  trial.dispose();
});
