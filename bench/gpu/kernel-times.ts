/**
 * How long each program takes on the GPU itself: every dispatch in a pass of its own between two timestamps. The work as a
 * whole is slower then; what a program takes is not.
 */
import * as tf from '@tensorflow/tfjs-core';
import { webGpu } from '../../src/engine/device/gpu';

const MOST_PASSES = 2048;

export interface KernelTimes {
  passes: number;
  totalMs: number;
  /** By the program's name, the longest first. */
  programs: Record<string, { count: number; ms: number }>;
}

/** What the bench asks for beyond the engine: times of programs, and what variants of programs need. */
const FEATURES: readonly string[] = ['timestamp-query', 'shader-f16', 'subgroups'];

/** Has the adapter give devices with the features above, as far as it has them. To be called before a device is asked for. */
export function addFeatures(adapter: GPUAdapter): void {
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  const prototype: GPUAdapter = Object.getPrototypeOf(adapter);
  const request = prototype.requestDevice;
  prototype.requestDevice = function (descriptor): Promise<GPUDevice> {
    // The package of types does not know all names of features yet.
    return Reflect.apply(request, this, [{ ...descriptor, requiredFeatures }]);
  };
}

/** Runs `work` once more; null where the device tells no time. */
export async function kernelTimes(work: () => Promise<unknown>): Promise<KernelTimes | null> {
  const device = webGpu()?.device;
  if (!device?.features.has('timestamp-query')) return null;
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * MOST_PASSES });
  const names: string[] = [];
  const restore = record(device, querySet, names);
  const deferred = tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE');
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 1);
  try {
    await work();
  } finally {
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', deferred);
    restore();
  }
  const times = await readTimes(device, querySet, names.length);
  const programs: KernelTimes['programs'] = {};
  let totalMs = 0;
  for (const [i, name] of names.entries()) {
    const ms = Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n)) / 1e6;
    const program = (programs[name] ??= { count: 0, ms: 0 });
    program.count += 1;
    program.ms += ms;
    totalMs += ms;
  }
  const sorted = Object.entries(programs).sort(([, a], [, b]) => b.ms - a.ms);
  return { passes: names.length, totalMs, programs: Object.fromEntries(sorted) };
}

/** Puts timestamps round every pass and notes the program that it runs; gives what undoes that. */
function record(device: GPUDevice, querySet: GPUQuerySet, names: string[]): () => void {
  const probe = device.createCommandEncoder();
  const encoders: GPUCommandEncoder = Object.getPrototypeOf(probe);
  const open = probe.beginComputePass();
  const passes: GPUComputePassEncoder = Object.getPrototypeOf(open);
  open.end();
  probe.finish();
  const { beginComputePass } = encoders;
  const { setPipeline } = passes;
  encoders.beginComputePass = function (descriptor) {
    if (names.length >= MOST_PASSES) return beginComputePass.call(this, descriptor);
    const i = names.push('') - 1;
    const timestampWrites = {
      querySet,
      beginningOfPassWriteIndex: 2 * i,
      endOfPassWriteIndex: 2 * i + 1,
    };
    return beginComputePass.call(this, { ...descriptor, timestampWrites });
  };
  passes.setPipeline = function (pipeline) {
    names[names.length - 1] = pipeline.label || 'of tfjs';
    return setPipeline.call(this, pipeline);
  };
  return () => {
    encoders.beginComputePass = beginComputePass;
    passes.setPipeline = setPipeline;
  };
}

async function readTimes(device: GPUDevice, querySet: GPUQuerySet, passes: number): Promise<BigUint64Array> {
  const size = 16 * MOST_PASSES;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const mapped = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(querySet, 0, 2 * passes, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, mapped, 0, 16 * passes);
  device.queue.submit([encoder.finish()]);
  await mapped.mapAsync(GPUMapMode.READ);
  const times = new BigUint64Array(mapped.getMappedRange().slice(0));
  resolved.destroy();
  mapped.destroy();
  querySet.destroy();
  return times;
}
