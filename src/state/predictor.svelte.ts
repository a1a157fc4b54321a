/** Answers of a finished run's model. Has a worker of its own, so that it works while another run trains. */
import type { NamedLabels } from '../core/run/names-alone';
import type { TrainingClient } from '../worker/client';
import type { Prediction } from '../worker/protocol';
import type { Device } from './device.svelte';

export class Predictor {
  readonly #client: Pick<TrainingClient, 'predict' | 'answerNames'>;
  readonly #device: Device;
  #open = $state(0);

  constructor(client: Pick<TrainingClient, 'predict' | 'answerNames'>, device: Device) {
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
    return this.#counted(() => this.#client.predict(runId, this.#device.backend, $state.snapshot(texts), options));
  }

  /** The same by what labels mean alone. */
  async answerNames(
    named: NamedLabels,
    texts: string[],
    options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<Prediction> {
    const asked = $state.snapshot(named);
    return this.#counted(() => this.#client.answerNames(asked, this.#device.backend, $state.snapshot(texts), options));
  }

  async #counted(work: () => Promise<Prediction>): Promise<Prediction> {
    this.#open++;
    try {
      return await work();
    } finally {
      this.#open--;
    }
  }
}
