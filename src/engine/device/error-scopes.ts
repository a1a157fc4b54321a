/**
 * Errors that WebGPU reports on the side, brought to where they belong: a buffer for which there is no memory or a
 * refused dispatch leaves zeros behind and no exception.
 */
import { AppError } from '../../core/errors';
import { gpuErrorOf } from './guard';
import { webGpu, type Gpu } from './gpu';

const FILTERS = ['validation', 'internal', 'out-of-memory'] as const;

/** Devices with scopes open. By device, since work on one that was lost may never end, and the next one is free. */
const watched = new WeakSet<GPUDevice>();

/**
 * Does `work` and throws what the GPU reported of it: `out-of-memory`, or `gpu-error`. What `work` itself throws comes
 * first only when the GPU had nothing to say. One at a time, since scopes are a stack: a second one would take what the
 * first has broken, and is refused with `internal`. On other backends only `work` is done.
 */
export async function withErrorScopes<T>(work: () => Promise<T>): Promise<T> {
  const gpu = webGpu();
  if (gpu === null) return work();
  const { device } = gpu;
  if (watched.has(device)) throw new AppError('internal', 'The GPU was given two things to do at the same time.');
  watched.add(device);
  try {
    return await inScopes(gpu, work);
  } finally {
    watched.delete(device);
  }
}

async function inScopes<T>(gpu: Gpu, work: () => Promise<T>): Promise<T> {
  const { device } = gpu;
  // What `work` breaks takes nothing along that was recorded before, such as the update of the step before.
  gpu.submit();
  for (const filter of FILTERS) device.pushErrorScope(filter);
  let outcome: { value: T } | { thrown: unknown };
  try {
    outcome = { value: await work() };
  } catch (thrown) {
    outcome = { thrown };
  }
  // Where `work` threw, some of what it recorded may still wait: an error in it belongs to these scopes.
  gpu.submit();
  const reported = await Promise.all(FILTERS.map(() => popErrorScope(device)));
  const error = reported.find((found) => found !== null);
  if (error) throw gpuErrorOf(error);
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.value;
}

async function popErrorScope(device: GPUDevice): Promise<GPUError | null> {
  try {
    return await device.popErrorScope();
  } catch (cause) {
    throw new AppError('device-lost', 'The GPU was lost.', { cause });
  }
}
