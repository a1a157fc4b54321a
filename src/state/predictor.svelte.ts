/** Answers of a finished run's model. Has a worker of its own, so that it works while another run trains. */
import type { TrainingClient } from '../worker/client';
import type { Prediction } from '../worker/protocol';
import type { Device } from './device.svelte';

export class Predictor {
  readonly #client: Pick<TrainingClient, 'predict'>;
  readonly #device: Device;
  #open = $state(0);

  constructor(client: Pick<TrainingClient, 'predict'>, device: Device) {
    this.#client = client;
    this.#device = device;
  }

  /** True while an answer is on its way, the loading of the model included. */
  get loading(): boolean {
    return this.#open > 0;
  }

  /** Class probabilities of `texts`; `onProgress` hears how many are done. */
  async predict(
    runId: string,
    texts: string[],
    options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<Prediction> {
    this.#open++;
    try {
      return await this.#client.predict(runId, this.#device.backend, $state.snapshot(texts), options);
    } finally {
      this.#open--;
    }
  }
}
