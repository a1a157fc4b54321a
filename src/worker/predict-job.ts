/** Answers of finished runs, and of classifiers from elsewhere. The model and the weights of the run asked last stay on the device for the next text. */
import { AppError } from '../core/errors';
import { parseManifest } from '../core/models/manifest';
import { CLASSIFIER_FILE, CLASSIFIER_VALUES, parseClassifier } from '../core/models/own-classifier';
import { isOwnModel } from '../core/models/own-id';
import type { TrainedModel } from '../core/run/trained-model';
import type { Backend } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import { readModel } from '../engine/models/read-model';
import { TextAnswerer } from '../engine/tasks/classification/answer-texts';
import { getRun, getWeights } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
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
    const { first, tuned, base } = isOwnModel(runId)
      ? await readElsewhere(this.#ports, runId)
      : await readKept(database, runId);
    const device = await openDevice(this.#ports, backend);
    const answerer = await TextAnswerer.open(base ? [tuned, base] : [tuned], {
      first,
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

/** What answers, and the id of its first encoder. */
interface Answering {
  first: string;
  tuned: TrainedModel;
  base: TrainedModel | null;
}

async function readKept(database: HoneDatabase, runId: string): Promise<Answering> {
  const [run, weights] = await Promise.all([getRun(database, runId), getWeights(database, runId)]);
  if (run && weights) return { first: run.modelId, tuned: weights.tuned, base: weights.base };
  throw new AppError('not-found', 'This run kept no model to try. Train it to the end, or choose another run.');
}

/** A classifier from elsewhere: its encoder as it came, under its own head. Throws `model-missing` where it was taken out. */
async function readElsewhere({ modelFiles }: Pick<JobPorts, 'modelFiles'>, id: string): Promise<Answering> {
  const source = modelFiles(id, {});
  const [manifest, json, values] = await Promise.all(
    ['manifest.json', CLASSIFIER_FILE, CLASSIFIER_VALUES].map((file) => source.read(file)),
  );
  if (!manifest || !json || !values) throw new AppError('internal', 'A file of the classifier was not read.');
  const { labels, ...head } = parseClassifier(json, values);
  const { card } = parseManifest(new TextDecoder().decode(manifest));
  const tuned = { labels, maxLength: card.maxTokens, head, encoder: [] };
  return { first: id, tuned, base: null };
}
