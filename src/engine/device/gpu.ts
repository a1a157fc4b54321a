/**
 * WGSL programs of ours on the buffers of tfjs's WebGPU backend: several outputs, in place where wanted, recorded into
 * the same compute pass as tfjs's own operations, so that their order is the order of the calls.
 *
 * Leans on what tfjs-backend-webgpu does inside (tfjs-webgpu.ts), and puts our pool of buffers in place of its own.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { BindGroups } from './bind-groups';
import { BufferPool, type DeviceBytes } from './buffer-pool';
import { isSoftware } from './describe';
import { nudged } from './nudge';
import { isWebGpuBackend, type WebGpuBackend } from './tfjs-webgpu';
import { UniformSlots } from './uniform-slots';

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
  /** What the program needs besides the language's core; the device was asked for it. */
  enable?: readonly ('f16' | 'subgroups')[];
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
   * Workgroups. More than 65,535 are spread over x and y: where there may be so many, the kernel asks `flatGroup` for
   * its number and returns when that is not below the count.
   */
  groups: number;
}

export interface Gpu {
  readonly device: GPUDevice;
  /** It is the processor under another name: see `isSoftware`. */
  readonly software: boolean;
  /** A new tensor whose values are whatever was in memory: every element has to be written. */
  make(shape: number[], dtype?: 'float32' | 'int32'): tf.Tensor;
  /** A tensor of its own with the same bits: what is changed in place does not change with it. */
  copy(tensor: tf.Tensor): tf.Tensor;
  /** Puts tensors on the device whose values are on the CPU so far, which else happens when they are first used. */
  upload(tensors: readonly tf.Tensor[]): void;
  /**
   * Hands over what was recorded so far: of a submit with an error in it, such as a buffer that is none, nothing is
   * done.
   */
  submit(): void;
  /** Records one dispatch; nothing when there are no groups or all outputs are empty. */
  run(kernel: Kernel, call: Call): void;
  /**
   * The values of several float32 tensors as they are now, each an array of its own, in one read-back that leaves no
   * copy behind.
   */
  read(tensors: readonly tf.Tensor[]): Promise<Float32Array<ArrayBuffer>[]>;
  /** Bytes of all buffers. */
  bytes(): DeviceBytes;
  resetPeak(): void;
  /** After memory ran out: submits what waits and gives back every buffer that no tensor holds. */
  releaseFree(): void;
}

const MOST_GROUPS = 65_535;
/** A staging buffer up to this is kept for the next read-back. */
const KEPT_STAGING_BYTES = 1 << 20;

let known: { backend: unknown; gpu: Gpu } | undefined;

export interface GpuOptions {
  /** The browser has to be nudged to look for finished work: see nudge.ts. */
  nudges: boolean;
}

/**
 * The GPU of the current backend, or null when that is not WebGPU. To be asked once before the first tensor; the options
 * are those of that first time.
 */
export function webGpu(options: GpuOptions = { nudges: false }): Gpu | null {
  if (tf.getBackend() !== 'webgpu') return null;
  const backend: unknown = tf.backend();
  if (known !== undefined && known.backend === backend) return known.gpu;
  if (!isWebGpuBackend(backend)) {
    throw new AppError('internal', 'The WebGPU backend is not the pinned tfjs 4.22: its buffers are not reachable.');
  }
  const gpu = createGpu(backend, options);
  known = { backend, gpu };
  return gpu;
}

/** Bytes of the GPU's buffers, null when the backend is not WebGPU. */
export function deviceBytes(): DeviceBytes | null {
  return webGpu()?.bytes() ?? null;
}

function createGpu(backend: WebGpuBackend, { nudges }: GpuOptions): Gpu {
  const { device } = backend;
  const pipelines = new Map<string, { code: string; pipeline: GPUComputePipeline; layout: GPUBindGroupLayout }>();
  const bindGroups = new BindGroups(device);
  const slots = new UniformSlots(device);
  const pool = new BufferPool(device);
  // An empty tensor has no buffer that could be bound; a kernel reads and writes nothing of it. Two, because what is
  // bound for writing may not be bound for reading as well.
  const nothing = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });
  const nothingWritten = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });

  if (backend.bufferManager.getNumUsedBuffers() > 0) {
    throw new AppError('internal', 'Tensors were made before the pool of buffers was in place.');
  }
  backend.bufferManager = pool;
  const submitQueue = backend.submitQueue.bind(backend);
  backend.submitQueue = () => {
    slots.flush();
    submitQueue();
    pool.submitted();
  };
  const submit = (): void => {
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
  };

  const recipeOf = (kernel: Kernel): GPUComputePipelineDescriptor => {
    const module = device.createShaderModule({ code: shaderOf(kernel), label: kernel.name });
    return { layout: 'auto', compute: { module, entryPoint: 'main' }, label: kernel.name };
  };

  const pipelineOf = (kernel: Kernel): { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout } => {
    const kept = pipelines.get(kernel.name);
    if (kept?.code === kernel.code) return kept;
    if (kept) throw new AppError('internal', `Two kernels are named «${kernel.name}».`);
    const pipeline = device.createComputePipeline(recipeOf(kernel));
    const made = { code: kernel.code, pipeline, layout: pipeline.getBindGroupLayout(0) };
    pipelines.set(kernel.name, made);
    return made;
  };

  const bufferOf = ({ dataId }: tf.Tensor): GPUBuffer => {
    backend.uploadToGPU(dataId);
    const { resource } = backend.tensorMap.get(dataId);
    if (resource === null) throw new AppError('internal', 'A tensor has no buffer on the GPU.');
    return resource;
  };

  // Up to a multiple of 16 bytes, so that a kernel may read vec4 at the end; the pool's buffers are large enough.
  const bindingOf = (tensor: tf.Tensor, empty: GPUBuffer): GPUBufferBinding =>
    tensor.size === 0
      ? { buffer: empty }
      : { buffer: bufferOf(tensor), offset: 0, size: Math.ceil(tensor.size / 4) * 16 };

  const openPass = (): GPUComputePassEncoder => {
    backend.ensureCommandEncoderReady();
    backend.computePassEncoder ??= backend.commandEncoder?.beginComputePass() ?? null;
    if (backend.computePassEncoder === null) throw new AppError('internal', 'The GPU has no open pass.');
    return backend.computePassEncoder;
  };

  /** For copies between buffers: those stand outside of compute passes. */
  const openEncoder = (): GPUCommandEncoder => {
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    if (backend.commandEncoder === null) throw new AppError('internal', 'The GPU has no open encoder.');
    return backend.commandEncoder;
  };

  const make: Gpu['make'] = (shape, dtype = 'float32') =>
    tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, dtype));

  return {
    device,
    software: isSoftware(device.adapterInfo),
    make,
    copy(tensor) {
      const copy = make(tensor.shape.slice(), tensor.dtype === 'int32' ? 'int32' : 'float32');
      if (tensor.size === 0) return copy;
      const [from, to] = [bufferOf(tensor), bufferOf(copy)];
      openEncoder().copyBufferToBuffer(from, 0, to, 0, 4 * tensor.size);
      return copy;
    },
    upload(tensors) {
      for (const tensor of tensors) if (tensor.size > 0) bufferOf(tensor);
    },
    run(kernel, { inputs, outputs, uniforms, groups }) {
      if (groups === 0 || outputs.every(({ size }) => size === 0)) return;
      const { pipeline, layout } = pipelineOf(kernel);
      const resources: GPUBufferBinding[] = [
        ...outputs.map((output) => bindingOf(output, nothingWritten)),
        ...inputs.map((input) => bindingOf(input, nothing)),
      ];
      if (slots.isFull(uniforms.length)) submit();
      if (uniforms.length > 0) resources.push(slots.place(kernel.uniforms, uniforms));
      const bindGroup = bindGroups.of(layout, resources);
      // What was read of a tensor before it is changed in place is no longer so.
      for (const { dataId, size } of outputs) if (size > 0) backend.tensorMap.get(dataId).values = null;

      // tfjs would keep the buffers of a disposed tensor until the submit. It need not: dispatches run in their order,
      // so one that comes later may write what this one reads, and the pool destroys nothing before the submit.
      const pass = openPass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...spread(groups));
      backend.dispatchCountInPass++;
      if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) submit();
    },
    async read(tensors) {
      const sizes = tensors.map(({ size }) => 4 * size);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total === 0) return tensors.map(() => new Float32Array());
      const buffers = tensors.map((tensor) => (tensor.size === 0 ? nothing : bufferOf(tensor)));
      const staging = pool.acquireBuffer(total, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
      let read = false;
      try {
        const encoder = openEncoder();
        let offset = 0;
        buffers.forEach((buffer, i) => {
          const size = sizes[i] ?? 0;
          if (size > 0) encoder.copyBufferToBuffer(buffer, 0, staging, offset, size);
          offset += size;
        });
        backend.submitQueue();
        const mapping = staging.mapAsync(GPUMapMode.READ);
        await (nudges ? nudged(device.queue, mapping) : mapping);
        const mapped = staging.getMappedRange();
        // Each in a buffer of its own: one that is kept, stored or handed over takes the others neither with it nor away.
        offset = 0;
        const values = sizes.map((size) => new Float32Array(mapped.slice(offset, (offset += size))));
        staging.unmap();
        read = true;
        return values;
      } finally {
        pool.releaseBuffer(staging, read && total <= KEPT_STAGING_BYTES);
      }
    },
    submit() {
      if (backend.commandEncoder !== null) submit();
    },
    bytes: () => pool.bytes,
    resetPeak: () => pool.resetPeak(),
    releaseFree() {
      submit();
      pool.shrink();
    },
  };
}

function spread(groups: number): [x: number, y: number] {
  const x = Math.min(groups, MOST_GROUPS);
  return [x, Math.ceil(groups / x)];
}

function shaderOf({ inputs, outputs, uniforms, enable = [], code }: Kernel): string {
  const declare = (access: string) => (buffer: string) => `var<storage, ${access}> ${buffer};`;
  const buffers = [...outputs.map(declare('read_write')), ...inputs.map(declare('read'))];
  return [
    ...enable.map((feature) => `enable ${feature};`),
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
