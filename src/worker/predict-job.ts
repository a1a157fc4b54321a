/** Answers of finished runs. The model and the weights of the run asked last stay on the device for the next text. */
import { AppError } from '../core/errors';
import type { Backend } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import type { Encoder } from '../engine/models/encoder';
import { placeModel, placeWords, readModel, type ReadModel } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { openKeptModels, type KeptModels } from '../engine/tasks/classification/evaluate';
import { getRun, getWeights } from '../storage/runs';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import type { Prediction, TrainingCommand } from './protocol';

type Command = Extract<TrainingCommand, { type: 'predict' }>;

interface Warm {
  key: string;
  /** Its files stay at hand: the words of each text are read from them. */
  model: ReadModel;
  encoder: Encoder;
  device: Device;
  predictor: KeptModels;
  labels: string[];
  maxLength: number;
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
    const tokenIds = texts.map((text) => warm.model.tokenizer.encode(text, warm.maxLength));
    const [tuned, base = tuned] = await onDevice(warm.device, signal, () =>
      warm.predictor.predict(tokenIds, {
        signal,
        onTexts: (done) => post({ type: 'predict-progress', requestId, done, total: texts.length }),
      }),
    );
    warm.device.guard.check();
    const rowsOf = (values: Float32Array = new Float32Array()): number[][] =>
      texts.map((_, i) => Array.from(values.subarray(i * warm.labels.length, (i + 1) * warm.labels.length)));
    const tokens = texts.map((text) => warm.model.tokenizer.countTokens(text, 10_000));
    return {
      labels: warm.labels,
      tuned: rowsOf(tuned),
      base: rowsOf(base),
      tokens,
      cut: tokens.map((count) => count > warm.maxLength),
      elapsedMs: now() - startedAt,
    };
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
    const source = modelFiles(run.modelId, {});
    const model = await readModel({ read: (file, signal) => source.read(file, signal) }, { signal });
    const encoder = placeModel(model, []);
    const { tuned, base } = weights;
    const models = base ? [tuned, base] : [tuned];
    const predictor = openKeptModels(encoder, models, {
      guard: device.guard,
      wordsOf: (texts) => placeWords(model, texts),
    });
    const { labels, maxLength } = tuned;
    this.#warm = { key, model, encoder, device, predictor, labels, maxLength };
    return this.#warm;
  }

  /** Gives the last run's tensors back. */
  #cool(): void {
    this.#warm?.predictor.dispose();
    if (this.#warm) disposeWeights(this.#warm.encoder.weights);
    this.#warm = null;
  }
}
