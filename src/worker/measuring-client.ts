/**
 * The page's side of measuring: estimates and the bench, in a training worker of their own that is ended after each
 * answer, so that a run finds the memory free and nobody waits behind a measurement.
 */
import { AppError } from '../core/errors';
import type { BenchResult } from '../core/run/bench';
import type { NamesMeasured } from '../core/run/names-alone';
import type { PlanEstimate } from '../core/run/estimate';
import type { RunRequest } from '../core/run/record';
import type { Backend } from '../core/settings/settings';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import type { TrainingCommand, TrainingEvent } from './protocol';
import trainingWorkerAddress from './training.worker.ts?worker&url';

interface Options {
  /** Abort ends the worker at once. */
  signal?: AbortSignal | undefined;
  onEvent?(event: TrainingEvent): void;
}

export class MeasuringClient {
  readonly #channel: WorkerChannel<TrainingCommand, TrainingEvent>;

  constructor(baseUrl: string, createWorker: () => WorkerLike = () => startConfinedWorker(trainingWorkerAddress)) {
    this.#channel = new WorkerChannel(createWorker, baseUrl, ['estimated', 'benched', 'names-measured']);
  }

  /** Measures what a run would take; rejects with `plan-too-large` where it does not fit. */
  async estimate(request: RunRequest, signal?: AbortSignal): Promise<PlanEstimate> {
    const event = await this.#ask((requestId) => ({ type: 'estimate', requestId, request }), { signal });
    return event.type === 'estimated' ? event.estimate : unexpected(event);
  }

  /** Answers rows of a data set by what its labels mean alone; `onProgress` hears how many texts are read. */
  async measureNames(
    of: { datasetId: string; version: number; backend: Backend },
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<NamesMeasured> {
    const event = await this.#ask((requestId) => ({ type: 'measure-names', requestId, ...of }), {
      signal,
      onEvent(event) {
        if (event.type === 'names-progress') onProgress?.(event.done, event.total);
      },
    });
    return event.type === 'names-measured' ? event.measured : unexpected(event);
  }

  /** Runs the bench on one backend. */
  async bench(backend: Backend, { signal, onProgress }: BenchOptions = {}): Promise<BenchResult> {
    const event = await this.#ask((requestId) => ({ type: 'bench', requestId, backend }), {
      signal,
      onEvent(event) {
        if (event.type === 'bench-progress') onProgress?.(event.doing, event.result);
      },
    });
    return event.type === 'benched' ? event.result : unexpected(event);
  }

  async #ask(make: (requestId: string) => TrainingCommand, options: Options): Promise<TrainingEvent> {
    if (this.#channel.alive) throw new AppError('busy', 'One measurement at a time.');
    try {
      return await this.#channel.request(make, { ...options, onAbort: () => this.#channel.end() });
    } finally {
      // After an abort the worker is gone, and there may be the next one's by now.
      if (!options.signal?.aborted) this.#channel.end();
    }
  }
}

export interface BenchOptions {
  signal?: AbortSignal;
  onProgress?(doing: string, result: BenchResult | null): void;
}

function unexpected(event: { type: string }): never {
  throw new AppError('internal', `A worker answered with «${event.type}», which was not asked for.`);
}
