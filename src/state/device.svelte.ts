/** What this browser can compute on, and which of it was chosen. The choice is never changed behind the person. */
import { toErrorData } from '../core/errors';
import { type MemoryLimits, WASM_LIMITS } from '../core/models/memory-limits';
import type { DeviceDescription } from '../core/run/record';
import type { Backend } from '../core/settings/settings';
import type { TrainingClient } from '../worker/client';

export class Device {
  readonly #client: Pick<TrainingClient, 'describe'>;
  #webgpu: DeviceDescription | null = $state.raw(null);
  #gpuLimits: MemoryLimits | null = $state.raw(null);
  #known = $state(false);
  #reason: string | null = $state(null);
  #chosen: Backend | null = $state(null);

  constructor(client: Pick<TrainingClient, 'describe'>) {
    this.#client = client;
    void this.ask();
  }

  /** The WebGPU device; null when there is none or it is not known yet. */
  get webgpu(): DeviceDescription | null {
    return this.#webgpu;
  }

  get known(): boolean {
    return this.#known;
  }

  /** Why there is no WebGPU, or why it is not trusted, in words; null where there is nothing against it. */
  get reason(): string | null {
    return this.#reason;
  }

  /**
   * What was chosen, else WebGPU on a real GPU that is trusted, else WebAssembly: a GPU imitated in software is the slower
   * one.
   */
  get backend(): Backend {
    const trusted = this.#webgpu !== null && this.#reason === null;
    return this.#chosen ?? (trusted && !this.#webgpu?.software ? 'webgpu' : 'wasm');
  }

  /** How much memory it gives; null while that is not known. */
  get limits(): MemoryLimits | null {
    return this.backend === 'wasm' ? WASM_LIMITS : this.#gpuLimits;
  }

  choose(backend: Backend): void {
    this.#chosen = backend;
  }

  /** Asks the browser, again where it had no answer: a driver may have come back. */
  async ask(): Promise<void> {
    this.#known = false;
    try {
      const { webgpu, reason, limits } = await this.#client.describe();
      this.#webgpu = webgpu;
      this.#gpuLimits = limits;
      this.#reason = reason;
    } catch (error) {
      this.#reason = toErrorData(error).message;
    }
    this.#known = true;
  }
}
