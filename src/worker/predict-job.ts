/** Answers of finished runs. The model and the weights of the run asked last stay on the device for the next text. */
import { AppError } from '../core/errors';
import type { Backend } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import { readModel } from '../engine/models/read-model';
import { TextAnswerer } from '../engine/tasks/classification/answer-texts';
import { getRun, getWeights } from '../storage/runs';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import type { Prediction, TrainingCommand } from './protocol';

type Command = Extract<TrainingCommand, { type: 'predict' }>;

interface Warm {
  key: string;
  device: Device;
  answerer: TextAnswerer;
  labels: string[];
}

export class PredictJob {
  readonly #ports: JobPorts;
  #warm: Warm | null = null;

  constructor(ports: JobPorts) {
    this.#ports = ports;
  }

  /** Throws `not-found` when the run has no weights, `cancelled` when the signal fires. */
  async predict({ requestId, runId, backend, texts }: Command, signal: AbortSignal): Promise<Prediction> {
    const { now, post } = this.#ports;
    const warm = await this.#warmUp(runId, backend, signal);
    const startedAt = now();
    const { probabilities, tokens, cut } = await onDevice(warm.device, signal, () =>
      warm.answerer.answer(texts, {
        signal,
        onTexts: (done) => post({ type: 'predict-progress', requestId, done, total: texts.length }),
      }),
    );
    const [tuned, base = tuned] = probabilities;
    warm.device.guard.check();
    const rowsOf = (values: Float32Array = new Float32Array()): number[][] =>
      texts.map((_, i) => Array.from(values.subarray(i * warm.labels.length, (i + 1) * warm.labels.length)));
    return { labels: warm.labels, tuned: rowsOf(tuned), base: rowsOf(base), tokens, cut, elapsedMs: now() - startedAt };
  }

  async #warmUp(runId: string, backend: Backend, signal: AbortSignal): Promise<Warm> {
    const { database, modelFiles } = this.#ports;
    const key = `${backend} ${runId}`;
    if (this.#warm?.key === key) return this.#warm;
    this.#cool();
    const [run, weights] = await Promise.all([getRun(database, runId), getWeights(database, runId)]);
    if (!run || !weights) {
      throw new AppError('not-found', 'This run kept no model to try. Train it to the end, or choose another run.');
    }
    const device = await openDevice(this.#ports, backend);
    const { tuned, base } = weights;
    const answerer = await TextAnswerer.open(base ? [tuned, base] : [tuned], {
      first: run.modelId,
      guard: device.guard,
      read(id) {
        const source = modelFiles(id, {});
        return readModel({ read: (file, stop) => source.read(file, stop) }, { signal });
      },
    });
    return (this.#warm = { key, device, answerer, labels: tuned.labels });
  }

  /** Gives the last run's tensors back. */
  #cool(): void {
    this.#warm?.answerer.dispose();
    this.#warm = null;
  }
}
