/**
 * Errors that WebGPU reports on the side, brought to where they belong: a buffer for which there is no memory or a
 * refused dispatch leaves zeros behind and no exception.
 */
import { AppError } from '../../core/errors';
import { gpuErrorOf } from './guard';
import { webGpu } from './gpu';

const FILTERS = ['validation', 'internal', 'out-of-memory'] as const;

/**
 * Does `work` and throws what the GPU reported of it: `out-of-memory`, or `gpu-error`. What `work` itself throws comes
 * first only when the GPU had nothing to say. One at a time; on other backends only `work` is done.
 */
export async function withErrorScopes<T>(work: () => Promise<T>): Promise<T> {
  const gpu = webGpu();
  if (gpu === null) return work();
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
