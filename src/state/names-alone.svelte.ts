/** How many rows of a data set come out right by what its labels mean alone; an answer holds for what was asked. */
import type { Dataset } from '../core/data/dataset';
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { NamesMeasured } from '../core/run/names-alone';
import type { MeasuringClient } from '../worker/measuring-client';
import type { Device } from './device.svelte';
import { demandSecureContext } from './secure-context';

export type NamesState =
  | { kind: 'none' }
  | { kind: 'working'; done: number; total: number }
  /** `stale`: rows or descriptions have changed since. */
  | { kind: 'done'; measured: NamesMeasured; stale: boolean }
  | { kind: 'failed'; error: AppError };

export class NamesAlone {
  readonly #client: Pick<MeasuringClient, 'measureNames'>;
  readonly #device: Pick<Device, 'backend'>;
  #datasetId: string | null = $state(null);
  /** What was measured, in one word. */
  #asked = $state('');
  #state: Exclude<NamesState, { kind: 'done' }> | { kind: 'done'; measured: NamesMeasured } = $state.raw({
    kind: 'none',
  });
  #abort: AbortController | null = null;

  constructor(client: Pick<MeasuringClient, 'measureNames'>, device: Pick<Device, 'backend'>) {
    this.#client = client;
    this.#device = device;
  }

  of(dataset: Dataset): NamesState {
    if (dataset.id !== this.#datasetId) return { kind: 'none' };
    return this.#state.kind === 'done' ? { ...this.#state, stale: nameOf(dataset) !== this.#asked } : this.#state;
  }

  /** Measures a data set as it is now; what was asked before is dropped. Never rejects. */
  async measure(dataset: Dataset): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.#datasetId = dataset.id;
    this.#asked = nameOf(dataset);
    this.#state = { kind: 'working', done: 0, total: 0 };
    try {
      demandSecureContext();
      const of = { datasetId: dataset.id, version: dataset.currentVersion, backend: this.#device.backend };
      const measured = await this.#client.measureNames(of, {
        signal: abort.signal,
        onProgress: (done, total) => {
          if (!abort.signal.aborted) this.#state = { kind: 'working', done, total };
        },
      });
      if (!abort.signal.aborted) this.#state = { kind: 'done', measured };
    } catch (error) {
      if (!abort.signal.aborted) this.#state = { kind: 'failed', error: fromErrorData(toErrorData(error)) };
    }
  }

  /** Nothing is measured any more. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.#state.kind === 'working') this.#state = { kind: 'none' };
  }
}

function nameOf({ currentVersion, labelDescriptions = {} }: Dataset): string {
  return JSON.stringify([currentVersion, Object.entries(labelDescriptions).sort()]);
}
