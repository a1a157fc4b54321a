/**
 * Watches a device: what WebGPU reports on the side (a lost device, a failed validation, memory that ran out) would
 * otherwise leave zeros behind and no exception. `check` is called every step, after a read-back.
 */
import { AppError } from '../../core/errors';

export interface DeviceGuard {
  /** Throws the first thing that went wrong: `device-lost`, `out-of-memory` or `gpu-error`. */
  check(): void;
}

/** For backends that throw by themselves. */
export const NO_GUARD: DeviceGuard = { check: () => undefined };

/** Watches a WebGPU device from now on. */
export function watchDevice(device: GPUDevice): DeviceGuard {
  let failure: AppError | undefined;
  const fail = (error: AppError): void => {
    failure ??= error;
  };
  void device.lost.then(({ reason, message }) =>
    fail(
      new AppError('device-lost', 'The GPU was lost. What was finished is kept.', {
        details: { reason, message },
      }),
    ),
  );
  device.addEventListener('uncapturederror', ({ error }) => fail(gpuErrorOf(error)));
  return {
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}

/** What WebGPU reported, as `out-of-memory` or `gpu-error`. */
export function gpuErrorOf(error: GPUError): AppError {
  const details = { message: error.message };
  return isOutOfMemory(error)
    ? new AppError('out-of-memory', 'The GPU ran out of memory. Choose a smaller batch or shorter texts.', { details })
    : new AppError('gpu-error', `The GPU refused an operation: ${error.message}`, { details });
}

/** Also a buffer over the device's limit counts: it is refused as invalid, and the cause is its size. */
function isOutOfMemory(error: GPUError): boolean {
  return (
    error.constructor.name === 'GPUOutOfMemoryError' || /buffer size|maxBufferSize|out of memory/i.test(error.message)
  );
}
