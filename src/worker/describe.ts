/** Asks the browser for its GPU without starting a backend. */
import { AppError } from '../core/errors';
import type { DescribedGpu, DeviceDescription } from '../core/run/record';
import { findAdapter, type Patience } from '../engine/device/adapter';
import { describeAdapter } from '../engine/device/describe';

/**
 * The WebGPU adapter in words, or in words why there is none. `refusal` knows devices that failed their self-test: those
 * are named with the reason, for the person to choose.
 */
export async function describeWebGpu(
  refusal: (description: DeviceDescription) => Promise<string | null> = () => Promise.resolve(null),
  patience: Patience = {},
): Promise<DescribedGpu> {
  const none = (reason: string): DescribedGpu => ({ webgpu: null, reason, limits: null });
  const gpu = 'gpu' in navigator ? navigator.gpu : undefined;
  if (!gpu) return none('This browser has no WebGPU. Chrome, Edge, Safari 26 and Firefox 141 or newer have it.');
  try {
    const adapter = await findAdapter(gpu, patience);
    if (!adapter) return none('This browser found no GPU that it can use.');
    const { vendor, architecture, device, description } = adapter.info;
    const isFallbackAdapter = 'isFallbackAdapter' in adapter.info && adapter.info.isFallbackAdapter === true;
    const webgpu = describeAdapter({ vendor, architecture, device, description, isFallbackAdapter });
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
    // All that it offers is asked for when it is opened; a GPU does not say how much it has in all.
    const limits = { tensor: Math.min(maxStorageBufferBindingSize, maxBufferSize), total: Infinity };
    return { webgpu, reason: await refusal(webgpu), limits };
  } catch (error) {
    if (error instanceof AppError) return none(error.message);
    return none(`The GPU could not be asked: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
