/**
 * When a fit is to be kept, and what is said when it could not be. By a clock that only goes forward (performance.now):
 * a day that the computer's clock jumps must neither hold checkpoints off nor bring a flood of them.
 */
import { toErrorData } from '../core/errors';
import type { Checkpoints, FitState } from '../core/run/checkpoint';

const INTERVAL_MS = 60_000;
/** Short epochs: saving takes at most about a tenth of the time. */
const SAVING_SHARE = 10;

export interface CheckpointPorts {
  /** Milliseconds since any moment, never backwards. */
  elapsed(): number;
  /** Resolves when the state is on the disk. */
  write(state: FitState): Promise<void>;
  onLog(message: string): void;
}

export class CheckpointClock implements Checkpoints {
  readonly #ports: CheckpointPorts;
  #savedMs: number;
  #tookMs = 0;
  #wanted = false;
  /** What was last said of checkpoints that could not be written; said once, not every minute. */
  #said: string | null = null;
  /** One is on the disk, of this start of the run. */
  #kept = false;

  constructor(ports: CheckpointPorts) {
    this.#ports = ports;
    this.#savedMs = ports.elapsed();
  }

  /** Wants one at the next turn: before a pause, or when the page is hidden and may not come back. */
  ask(): void {
    this.#wanted = true;
  }

  due(at: 'step' | 'epoch'): boolean {
    if (this.#wanted) return true;
    const nowMs = this.#ports.elapsed();
    // No browser should, but some virtual machines have set it back.
    this.#savedMs = Math.min(this.#savedMs, nowMs);
    const sinceMs = nowMs - this.#savedMs;
    return sinceMs >= INTERVAL_MS || (at === 'epoch' && sinceMs >= SAVING_SHARE * this.#tookMs);
  }

  async save(state: FitState): Promise<void> {
    this.#wanted = false;
    const startedMs = this.#ports.elapsed();
    try {
      await this.#ports.write(state);
      if (this.#said !== null) this.#ports.onLog(`Checkpoints are kept again, from step ${state.step} on.`);
      this.#said = null;
      this.#kept = true;
    } catch (error) {
      const { code, message } = toErrorData(error);
      const before = this.#kept ? ' The one before is still good.' : '';
      const words =
        code === 'storage-full'
          ? `The disk is full: the run goes on without ${this.#kept ? 'new ' : ''}checkpoints.${before}`
          : `A checkpoint was not kept.${before} ${message}`;
      if (words !== this.#said) this.#ports.onLog(words);
      this.#said = words;
    }
    this.#savedMs = this.#ports.elapsed();
    this.#tookMs = this.#savedMs - startedMs;
  }
}
