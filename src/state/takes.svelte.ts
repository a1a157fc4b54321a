/** Files to take away: which are being written, which are there, which could not be. They go on while another screen is open. */
import { SvelteMap } from 'svelte/reactivity';
import { type AppError, fromErrorData, toErrorData } from '../core/errors';

import type { TakeFormatId, TakenFile, TakeProgress } from '../core/export/take';
import type { TrainingClient } from '../worker/client';
import type { Device } from './device.svelte';
import type { TakePlace } from './take-place';

export type TakeState =
  | { kind: 'ready' }
  /** `progress`: null while another file is being written. */
  | { kind: 'working'; progress: TakeProgress | null }
  | { kind: 'done'; file: TakenFile }
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: AppError };

const READY: TakeState = { kind: 'ready' };

export class Takes {
  readonly #client: Pick<TrainingClient, 'take'>;
  readonly #device: Pick<Device, 'backend'>;
  readonly #place: Pick<TakePlace, 'name' | 'file' | 'clear'>;
  readonly #states = new SvelteMap<string, TakeState>();
  readonly #aborts = new SvelteMap<string, AbortController>();

  constructor(
    client: Pick<TrainingClient, 'take'>,
    device: Pick<Device, 'backend'>,
    place: Pick<TakePlace, 'name' | 'file' | 'clear'>,
  ) {
    this.#client = client;
    this.#device = device;
    this.#place = place;
  }

  /** Where a run's file in that format is. */
  state(runId: string, format: TakeFormatId): TakeState {
    return this.#states.get(keyOf(runId, format)) ?? READY;
  }

  /** Has it written; the file when it is there and proved, null when it was cancelled or failed, which the state tells. */
  async write(runId: string, format: TakeFormatId): Promise<File | null> {
    const key = keyOf(runId, format);
    if (this.#aborts.has(key)) return null;
    const abort = new AbortController();
    this.#aborts.set(key, abort);
    this.#states.set(key, { kind: 'working', progress: null });
    try {
      const place = await this.#place.name();
      const file = await this.#client.take({ runId, format, place }, this.#device.backend, {
        signal: abort.signal,
        onProgress: (progress) => {
          if (!abort.signal.aborted) this.#states.set(key, { kind: 'working', progress });
        },
      });
      const blob = await this.#place.file(file);
      this.#states.set(key, { kind: 'done', file });
      return blob;
    } catch (error) {
      const fault = fromErrorData(toErrorData(error));
      this.#states.set(key, abort.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error: fault });
      return null;
    } finally {
      this.#aborts.delete(key);
    }
  }

  /** A file that is there, once more; null where it is not any more, which the state tells. */
  async again(runId: string, format: TakeFormatId): Promise<File | null> {
    const state = this.state(runId, format);
    if (state.kind !== 'done') return null;
    try {
      return await this.#place.file(state.file);
    } catch (error) {
      this.#states.set(keyOf(runId, format), { kind: 'failed', error: fromErrorData(toErrorData(error)) });
      return null;
    }
  }

  /** Stops what is being written and removes what is there: everything of this page is deleted. */
  async clear(): Promise<void> {
    for (const abort of this.#aborts.values()) abort.abort();
    this.#states.clear();
    await this.#place.clear();
  }

  /** Stops the writing; what was begun is removed. */
  cancel(runId: string, format: TakeFormatId): void {
    this.#aborts.get(keyOf(runId, format))?.abort();
  }
}

function keyOf(runId: string, format: TakeFormatId): string {
  return `${format} ${runId}`;
}
