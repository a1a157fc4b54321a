/** Answers of finished runs. The model and the weights of the run asked last stay on the device for the next text. */
import { AppError } from '../core/errors';
import type { ModelManifest } from '../core/models/manifest';
import { encodersOfHead, isOfRecipes, type TrainedModel } from '../core/run/trained-model';
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

/** A model that is asked. Its files stay at hand: the words of each text are read from them. */
interface Opened {
  model: ReadModel;
  encoder: Encoder;
}

interface Warm {
  key: string;
  /** Id of the run's first encoder. */
  first: string;
  opened: Opened[];
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
    const tokenIds = warm.opened.map(({ model }) => {
      const most = longestFor(model.manifest, warm);
      return texts.map((text) => model.tokenizer.encode(text, most));
    });
    const [tuned, base = tuned] = await onDevice(warm.device, signal, () =>
      warm.predictor.predict(
        { texts, tokenIds },
        {
          signal,
          onTexts: (done) => post({ type: 'predict-progress', requestId, done, total: texts.length }),
        },
      ),
    );
    warm.device.guard.check();
    const rowsOf = (values: Float32Array = new Float32Array()): number[][] =>
      texts.map((_, i) => Array.from(values.subarray(i * warm.labels.length, (i + 1) * warm.labels.length)));
    const counts = warm.opened.map(({ model }) => texts.map((text) => model.tokenizer.countTokens(text, 10_000)));
    const [tokens = []] = counts;
    return {
      labels: warm.labels,
      tuned: rowsOf(tuned),
      base: rowsOf(base),
      tokens,
      // By any of the encoders.
      cut: texts.map((_, i) =>
        warm.opened.some(({ model }, encoder) => (counts[encoder]?.[i] ?? 0) > longestFor(model.manifest, warm)),
      ),
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
    const { tuned, base } = weights;
    const models = base ? [tuned, base] : [tuned];
    const opened: Opened[] = [];
    const letGo = (): void => opened.forEach(({ encoder }) => disposeWeights(encoder.weights));
    try {
      for (const id of encodersOfModels(run.modelId, models)) {
        const source = modelFiles(id, {});
        const model = await readModel({ read: (file, signal) => source.read(file, signal) }, { signal });
        opened.push({ model, encoder: placeModel(model, []) });
      }
      const asked = opened.map(({ model, encoder }) => {
        return { id: model.manifest.id, encoder, wordsOf: (texts: readonly Int32Array[]) => placeWords(model, texts) };
      });
      const predictor = openKeptModels(asked, models, { guard: device.guard, first: run.modelId });
      const { labels, maxLength } = tuned;
      this.#warm = { key, first: run.modelId, opened, device, predictor, labels, maxLength };
      return this.#warm;
    } catch (error) {
      letGo();
      throw error;
    }
  }

  /** Gives the last run's tensors back. */
  #cool(): void {
    this.#warm?.predictor.dispose();
    for (const { encoder } of this.#warm?.opened ?? []) disposeWeights(encoder.weights);
    this.#warm = null;
  }
}

/** Other encoders than the first are asked where a head says so; the first where a head is of it alone, or changed it. */
function encodersOfModels(first: string, models: readonly TrainedModel[]): string[] {
  return [...new Set(models.flatMap(({ head }) => (isOfRecipes(head) ? encodersOfHead(head) : [first])))];
}

/** The longest text that a run read with one of its models, in that one's tokens. */
function longestFor({ id, card }: ModelManifest, { first, maxLength }: Pick<Warm, 'first' | 'maxLength'>): number {
  return id === first ? maxLength : Math.min(maxLength, card.maxTokens);
}
