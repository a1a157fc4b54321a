/**
 * WGSL programs of ours on the buffers of tfjs's WebGPU backend: several outputs, in place where wanted, recorded into
 * the same compute pass as tfjs's own operations, so that their order is the order of the calls.
 *
 * Leans on what tfjs-backend-webgpu 4.22 (pinned; the library is frozen) does inside, and only here.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';

/** One WGSL program. Its entry point is `main`; buffers and `uniforms` are declared for it. */
export interface Kernel {
  /** The pipeline is compiled once per device under this name: whatever changes the code stands in it. */
  name: string;
  /** Buffers that are read: `x: array<f32>`, `ids: array<i32>`, `weight: array<vec4<f32>>`. */
  inputs: readonly string[];
  /** Buffers that are written, and may be read. */
  outputs: readonly string[];
  /** Fields of `uniforms`, 4 bytes each: `rows: u32`, `rate: f32`, `offset: i32`. */
  uniforms: readonly string[];
  /** Declarations and `@compute @workgroup_size(…) fn main(…)`. `flatGroup(group, groups)` is there, see `Call`. */
  code: string;
}

/** What a kernel is run on, in the orders it declares. */
export interface Call {
  inputs: readonly tf.Tensor[];
  /** From `make`, or tensors that are changed in place. No tensor may be an input as well. */
  outputs: readonly tf.Tensor[];
  uniforms: readonly number[];
  /**
   * Workgroups in x, y, z; each at most 65,535. A single number may be larger: it is spread over x and y, and the
   * kernel asks `flatGroup` for its number and returns when that is not below the count.
   */
  groups: number | readonly [x: number, y: number, z: number];
}

export interface Gpu {
  readonly device: GPUDevice;
  /** A new tensor whose values are whatever was in memory: every element has to be written. */
  make(shape: number[], dtype?: 'float32' | 'int32'): tf.Tensor;
  /** Records one dispatch; nothing when all outputs are empty. */
  run(kernel: Kernel, call: Call): void;
}

/** The part of tfjs's WebGPUBackend that is used. */
interface WebGpuBackend {
  device: GPUDevice;
  queue: GPUQueue;
  computePassEncoder: GPUComputePassEncoder | null;
  commandEncoder: GPUCommandEncoder | null;
  dispatchCountInPass: number;
  commandQueueOwnedIds: WeakSet<object>;
  uniformPendingDisposal: GPUBuffer[];
  bufferManager: { acquireBuffer(size: number, usage: number): GPUBuffer };
  tensorMap: { get(dataId: object): { resource: GPUBuffer | null; values: unknown } };
  makeTensorInfo(shape: number[], dtype: string): tf.TensorInfo;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

const MOST_GROUPS = 65_535;

let known: { backend: unknown; gpu: Gpu } | undefined;

/** The GPU of the current backend, or null when that is not WebGPU. */
export function webGpu(): Gpu | null {
  if (tf.getBackend() !== 'webgpu') return null;
  const backend: unknown = tf.backend();
  if (known !== undefined && known.backend === backend) return known.gpu;
  if (!isWebGpuBackend(backend)) {
    throw new AppError('internal', 'The WebGPU backend is not the pinned tfjs 4.22: its buffers are not reachable.');
  }
  const gpu = createGpu(backend);
  known = { backend, gpu };
  return gpu;
}

function isWebGpuBackend(backend: unknown): backend is WebGpuBackend {
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'device' in backend &&
    'bufferManager' in backend &&
    'uploadToGPU' in backend &&
    'ensureCommandEncoderReady' in backend
  );
}

function createGpu(backend: WebGpuBackend): Gpu {
  const { device } = backend;
  const pipelines = new Map<string, GPUComputePipeline>();
  // An empty tensor has no buffer that could be bound; a kernel that has an empty input reads nothing of it.
  const nothing = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });

  const pipelineOf = (kernel: Kernel): GPUComputePipeline => {
    const kept = pipelines.get(kernel.name);
    if (kept) return kept;
    const module = device.createShaderModule({ code: shaderOf(kernel), label: kernel.name });
    const made = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    pipelines.set(kernel.name, made);
    return made;
  };

  const bufferOf = ({ dataId, size }: tf.Tensor): GPUBuffer => {
    if (size === 0) return nothing;
    backend.uploadToGPU(dataId);
    const { resource } = backend.tensorMap.get(dataId);
    if (resource === null) throw new AppError('internal', 'A tensor has no buffer on the GPU.');
    return resource;
  };

  const uniformBuffer = (kernel: Kernel, values: readonly number[]): GPUBuffer => {
    const size = Math.ceil(values.length / 4) * 16;
    const view = new DataView(new ArrayBuffer(size));
    kernel.uniforms.forEach((field, i) => {
      const value = values[i] ?? 0;
      if (field.endsWith('f32')) view.setFloat32(4 * i, value, true);
      else if (field.endsWith('u32')) view.setUint32(4 * i, value, true);
      else view.setInt32(4 * i, value, true);
    });
    const buffer = backend.bufferManager.acquireBuffer(size, GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM);
    backend.queue.writeBuffer(buffer, 0, view.buffer);
    backend.uniformPendingDisposal.push(buffer);
    return buffer;
  };

  return {
    device,
    make: (shape, dtype = 'float32') => tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, dtype)),
    run(kernel, { inputs, outputs, uniforms, groups }) {
      if (outputs.every(({ size }) => size === 0)) return;
      const pipeline = pipelineOf(kernel);
      const buffers = [...outputs, ...inputs].map(bufferOf);
      if (uniforms.length > 0) buffers.push(uniformBuffer(kernel, uniforms));
      const bindGroup = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
      // Whatever is in the queue keeps its buffer until that is submitted, even when its tensor is disposed.
      for (const { dataId } of [...outputs, ...inputs]) backend.commandQueueOwnedIds.add(dataId);
      // What was read of a tensor before it is changed in place is no longer so.
      for (const { dataId, size } of outputs) if (size > 0) backend.tensorMap.get(dataId).values = null;

      backend.ensureCommandEncoderReady();
      backend.computePassEncoder ??= backend.commandEncoder?.beginComputePass() ?? null;
      const pass = backend.computePassEncoder;
      if (pass === null) throw new AppError('internal', 'The GPU has no open pass.');
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...spread(groups));
      backend.dispatchCountInPass++;
      if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
        backend.endComputePassEncoder();
        backend.submitQueue();
      }
    },
  };
}

function spread(groups: Call['groups']): [number, number, number] {
  if (typeof groups !== 'number') return [...groups];
  const x = Math.min(groups, MOST_GROUPS);
  return [x, Math.ceil(groups / x), 1];
}

function shaderOf({ inputs, outputs, uniforms, code }: Kernel): string {
  const declare = (access: string) => (buffer: string) => `var<storage, ${access}> ${buffer};`;
  const buffers = [...outputs.map(declare('read_write')), ...inputs.map(declare('read'))];
  return [
    ...buffers.map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`),
    ...(uniforms.length === 0
      ? []
      : [
          `struct Uniforms { ${uniforms.join(', ')} }`,
          `@group(0) @binding(${buffers.length}) var<uniform> uniforms: Uniforms;`,
        ]),
    'fn flatGroup(group: vec3<u32>, groups: vec3<u32>) -> u32 { return group.y * groups.x + group.x; }',
    code,
  ].join('\n');
}
