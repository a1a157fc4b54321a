/**
 * One encoder as it came, to read texts with outside a run: for answers by names alone and for rows near to a text. It
 * comes to the device with the first text that is not kept, and stays there for the next.
 */
import { AppError } from '../core/errors';
import type { EncodedRows } from '../core/recipes/encoded-rows';
import type { FeatureStore } from '../core/run/experiment';
import type { Device } from '../engine/device/select';
import { Pace } from '../engine/fit/pace';
import { distinctTexts } from '../engine/frozen/distinct-texts';
import { cachedMeans, uncachedTexts } from '../engine/frozen/feature-cache';
import { type Encoder, withWords, type WordTable } from '../engine/models/encoder';
import { placeModel, placeWords, readModel, type ReadModel } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';

export interface ReadOptions {
  signal: AbortSignal;
  /** Where vectors are looked for and kept; without one they are computed and gone. */
  store?: FeatureStore;
  /** Told how many different texts are done. */
  onTexts?(done: number, total: number): void;
}

const NO_STORE: FeatureStore = { get: () => Promise.resolve(null), put: () => Promise.resolve() };

export class TextReader {
  readonly id: string;
  readonly model: ReadModel;
  readonly #ports: JobPorts;
  readonly #device: Device;
  #encoder: Encoder | null = null;

  private constructor(id: string, model: ReadModel, ports: JobPorts, device: Device) {
    this.id = id;
    this.model = model;
    this.#ports = ports;
    this.#device = device;
  }

  /** Reads the files of a model; fetches what is not in this browser. */
  static async open(ports: JobPorts, id: string, device: Device, signal: AbortSignal): Promise<TextReader> {
    const source = ports.modelFiles(id, {});
    const model = await readModel({ read: (file, stop) => source.read(file, stop) }, { signal });
    return new TextReader(id, model, ports, device);
  }

  encode(texts: readonly string[], maxLength: number): Int32Array[] {
    return texts.map((text) => this.model.tokenizer.encode(text, maxLength));
  }

  /** How many of the different texts are not kept. */
  async missing(tokenIds: readonly Int32Array[], store: FeatureStore): Promise<number> {
    const { config, manifest } = this.model;
    const { tokenIds: distinct } = distinctTexts(tokenIds);
    return (await uncachedTexts(distinct, config.hiddenSize, { store, modelSha256: manifest.sha256 })).length;
  }

  /** What the encoder makes of texts. Throws `cancelled` when the signal fires. */
  async read(
    tokenIds: readonly Int32Array[],
    { signal, store = NO_STORE, onTexts }: ReadOptions,
  ): Promise<EncodedRows> {
    const { config, manifest } = this.model;
    const { tokenIds: distinct, of } = distinctTexts(tokenIds);
    const stopped = (): AppError => new AppError('cancelled', 'Reading was stopped.');
    const control = {
      checkpoint: (): Promise<'continue'> => (signal.aborted ? Promise.reject(stopped()) : Promise.resolve('continue')),
    };
    const words: WordTable[] = [];
    // Only where something is to be computed.
    const place = (): Encoder => {
      this.#encoder ??= placeModel(this.model, []);
      const own = words[0] ?? placeWords(this.model, distinct);
      words[0] = own;
      return withWords(this.#encoder, own);
    };
    try {
      const values = await onDevice(this.#device, signal, () =>
        cachedMeans({ config, place }, distinct, {
          store,
          modelSha256: manifest.sha256,
          pace: new Pace(control, this.#device.guard),
          threads: this.#ports.threads,
          onTexts: (done) => onTexts?.(done, distinct.length),
          onLog: () => undefined,
        }),
      );
      if (values === null) throw stopped();
      this.#device.guard.check();
      return { means: { encoder: this.id, hiddenSize: config.hiddenSize, layers: 3, values }, of };
    } finally {
      for (const { table } of words) table.dispose();
    }
  }

  /** Gives its tensors back. */
  dispose(): void {
    if (this.#encoder) disposeWeights(this.#encoder.weights);
    this.#encoder = null;
  }
}
