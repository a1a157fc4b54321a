/**
 * What WebGPU throws when the GPU goes away in the middle: reading a value back rejects with a bare AbortError or
 * OperationError, before anybody asks the guard. It is not a cancel of the person, and must not end as one.
 */
import { AppError } from '../core/errors';
import type { Device } from '../engine/device/select';

/** How long the browser may take to say that the device is lost, after what was in flight has failed, in ms. */
const WORD_OF_LOSS_MS = 50;

/**
 * Runs `body` on a device; what failed because the GPU was lost is thrown as what the guard saw, or `device-lost`.
 * `signal`: by which a person breaks it off; null where nobody can.
 */
export async function onDevice<T>(
  { description, guard }: Device,
  signal: AbortSignal | null,
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (description.backend !== 'webgpu' || signal?.aborted || !isBrokenOff(cause)) throw cause;
    await new Promise((resolve) => setTimeout(resolve, WORD_OF_LOSS_MS));
    guard.check();
    throw new AppError('device-lost', 'The GPU was lost. What was finished is kept.', { cause });
  }
}

function isBrokenOff(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'AbortError' || error.name === 'OperationError');
}
