/**
 * How often a run whose device or worker broke down is taken up again by itself. Against a device that fails once this
 * helps; against one that fails always it must end.
 */
import type { ErrorCode } from '../errors';

const MOST = 3;
const WITHIN_MS = 10 * 60_000;

const DEVICE_FAULTS: ReadonlySet<ErrorCode> = new Set(['device-lost', 'gpu-error', 'out-of-memory']);

/** Faults of a device: it never works again in its worker, and may well in the next. */
export function isDeviceFault(code: ErrorCode): boolean {
  return DEVICE_FAULTS.has(code);
}

/** Counts by a clock that only goes forward. */
export class Revivals {
  readonly #elapsed: () => number;
  #at: number[] = [];

  /** `elapsed` in milliseconds since any moment. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** True, and counted, while there were fewer than three in the last ten minutes. */
  allow(): boolean {
    const now = this.#elapsed();
    this.#at = this.#at.filter((at) => now - at < WITHIN_MS);
    if (this.#at.length >= MOST) return false;
    this.#at.push(now);
    return true;
  }
}
