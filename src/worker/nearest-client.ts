/**
 * The page's side of nearest rows: a training worker of its own, since reading rows must not keep answers waiting. It stays
 * while a screen asks, with the vectors of one run.
 */
import { AppError } from '../core/errors';
import type { Nearest } from '../core/run/nearest';
import type { Backend } from '../core/settings/settings';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import type { TrainingCommand, TrainingEvent } from './protocol';
import trainingWorkerAddress from './training.worker.ts?worker&url';

export interface NearestQuestion {
  runId: string;
  backend: Backend;
  text: string;
  /** Also where the vectors of many rows have to be read first. */
  readAll: boolean;
}

export class NearestClient {
  readonly #channel: WorkerChannel<TrainingCommand, TrainingEvent>;

  constructor(baseUrl: string, createWorker: () => WorkerLike = () => startConfinedWorker(trainingWorkerAddress)) {
    this.#channel = new WorkerChannel(createWorker, baseUrl, ['nearest-found']);
  }

  async nearest(
    question: NearestQuestion,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<Nearest> {
    const event = await this.#channel.request((requestId) => ({ type: 'nearest', requestId, ...question }), {
      signal,
      onEvent(event) {
        if (event.type === 'nearest-progress') onProgress?.(event.done, event.total);
      },
      onAbort: (requestId) => this.#channel.send({ type: 'cancel-request', requestId }),
    });
    if (event.type === 'nearest-found') return event.nearest;
    throw new AppError('internal', `A worker answered with «${event.type}», which was not asked for.`);
  }

  /** Ends the worker, and all that it holds. */
  end(): void {
    this.#channel.end();
  }
}
