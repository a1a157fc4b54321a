/**
 * Answers by what labels mean, without a row: how many of a data set's rows come out right, and the answers to texts for
 * which there are no labelled rows. All encoders that are in this browser read; none is fetched for it but the first.
 */
import type { Dataset, DatasetVersion } from '../core/data/dataset';
import { sampleRows } from '../core/data/sample';
import { AppError } from '../core/errors';
import { argmaxRows } from '../core/metrics/probabilistic';
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { deriveSeed } from '../core/random';
import { labelTexts } from '../core/recipes/label-text';
import type { EncodedRows } from '../core/recipes/encoded-rows';
import { answerRecipes } from '../core/recipes/model';
import { namesModel } from '../core/recipes/names-model';
import { NAMES_SAMPLE, type NamedLabels, type NamesMeasured, type NamesScore } from '../core/run/names-alone';
import { autoChoices, resolveSettings } from '../core/settings/defaults';
import { factsOf } from '../core/settings/facts';
import type { Backend } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import { getDataset } from '../storage/datasets';
import { createFeatureStore } from '../storage/features';
import { demandVersion, getRows, getTokenTally } from '../storage/rows';
import type { JobPorts } from './job-ports';
import { encodersHere } from './encoders-here';
import { openDevice } from './open-device';
import type { Prediction, TrainingCommand } from './protocol';
import { TextReader } from './text-reader';

type Measure = Extract<TrainingCommand, { type: 'measure-names' }>;
type Answer = Extract<TrainingCommand, { type: 'answer-names' }>;

/** Tokens of a text or a description that are read. */
const MAX_LENGTH = 256;

/** Encoders that are ready, on one device. */
interface Warm {
  backend: Backend;
  device: Device;
  readers: TextReader[];
}

export class NamesJob {
  readonly #ports: JobPorts;
  #warm: Warm | null = null;

  constructor(ports: JobPorts) {
    this.#ports = ports;
  }

  /** Answers rows of a data set by names alone. Throws `not-found`, `data-unusable`, and `cancelled` when the signal fires. */
  async measure(
    { requestId, datasetId, version: number, backend }: Measure,
    signal: AbortSignal,
  ): Promise<NamesMeasured> {
    const { database, post, now } = this.#ports;
    const dataset = await getDataset(database, datasetId);
    if (!dataset)
      throw new AppError('not-found', 'This data set is not in this browser any more. Open its file again.');
    const version = demandVersion(dataset, number);
    const all = await getRows(database, dataset, number);
    const sample = sampleRows(all, NAMES_SAMPLE, deriveSeed(0, 'names'));
    const rows = Array.from(sample, (row) => all[row]).filter((row) => row !== undefined);
    const labels = version.labels.map(({ label }) => label);
    if (labels.length < 2 || rows.length === 0) {
      throw new AppError('data-unusable', 'Answers need rows with at least two labels.');
    }
    const { readers } = await this.#ready(backend, signal);
    const store = createFeatureStore(database, now);
    const encoded: EncodedRows[] = [];
    const maxLength = await this.#lengthOf(dataset, version, backend, readers);
    for (const [i, reader] of readers.entries()) {
      const tokenIds = reader.encode(
        rows.map(({ text }) => text),
        Math.min(maxLength, reader.model.manifest.card.maxTokens),
      );
      encoded.push(
        await reader.read(tokenIds, {
          signal,
          store,
          onTexts: (done, total) =>
            post({
              type: 'names-progress',
              requestId,
              encoder: reader.id,
              done: i * total + done,
              total: readers.length * total,
            }),
        }),
      );
    }
    const truth = new Map(labels.map((label, index) => [label, index]));
    const score = async (descriptions: NamedLabels['descriptions']): Promise<NamesScore> => {
      const names = await this.#names({ labels, descriptions }, signal);
      const speaking = speakingOf(names);
      if (speaking < 2) return { right: 0, speaking };
      const own = Int32Array.from(rows.keys());
      const answers = argmaxRows(answerRecipes(namesModel(names, encoded), encoded, [], own), labels.length);
      return { right: rows.filter(({ target }, i) => truth.get(target) === answers[i]).length, speaking };
    };
    return {
      rows: rows.length,
      ofRows: all.length,
      labels: labels.length,
      described: await score(dataset.labelDescriptions ?? {}),
      bare: await score({}),
      encoders: readers.map(({ id }) => id),
    };
  }

  /** Answers texts by what labels mean. Throws `config-invalid` where fewer than two labels say something. */
  async answer({ requestId, named, texts, backend }: Answer, signal: AbortSignal): Promise<Prediction> {
    const { post, now } = this.#ports;
    const startedAt = now();
    const { readers } = await this.#ready(backend, signal);
    const names = await this.#names(named, signal);
    if (speakingOf(names) < 2) {
      throw new AppError(
        'config-invalid',
        'Fewer than two labels say something to a model. Give each a name in words, or say what it means.',
      );
    }
    const encoded: EncodedRows[] = [];
    for (const [i, reader] of readers.entries()) {
      const share = (done: number, total: number): number => (texts.length * (i + done / total)) / readers.length;
      encoded.push(
        await reader.read(reader.encode(texts, MAX_LENGTH), {
          signal,
          onTexts: (done, total) =>
            post({ type: 'predict-progress', requestId, done: Math.floor(share(done, total)), total: texts.length }),
        }),
      );
    }
    const classes = named.labels.length;
    const answers = answerRecipes(namesModel(names, encoded), encoded, texts, Int32Array.from(texts.keys()));
    const tokens = texts.map((text) => readers[0]?.model.tokenizer.countTokens(text, 10_000) ?? 0);
    return {
      labels: [...named.labels],
      tuned: texts.map((_, i) => Array.from(answers.subarray(i * classes, (i + 1) * classes))),
      base: [],
      tokens,
      cut: tokens.map((count) => count > MAX_LENGTH),
      elapsedMs: now() - startedAt,
    };
  }

  /** Tokens of a text as a run would cut it by itself: what that keeps serves here, and what is kept here serves that. */
  async #lengthOf(
    dataset: Dataset,
    version: DatasetVersion,
    backend: Backend,
    [first]: readonly TextReader[],
  ): Promise<number> {
    if (!first) return MAX_LENGTH;
    const { config, manifest } = first.model;
    const lengths = await getTokenTally(this.#ports.database, dataset, version.number);
    const model = { layers: config.layers, maxTokens: manifest.card.maxTokens };
    const evaluation = { folds: 5, test: { kind: 'none' } } as const;
    const facts = factsOf(version, lengths, { backend, evaluation, limit: 0, model });
    return resolveSettings('features', autoChoices(), facts).settings.maxLength;
  }

  /** What each encoder made of the labels' texts; −1 where a label has none. */
  async #names({ labels, descriptions }: NamedLabels, signal: AbortSignal): Promise<EncodedRows[]> {
    const texts = labelTexts(labels, descriptions);
    const present = texts.filter((text) => text !== null);
    const names: EncodedRows[] = [];
    for (const reader of this.#warm?.readers ?? []) {
      const { means, of } = await reader.read(reader.encode(present, MAX_LENGTH), { signal });
      let next = 0;
      names.push({ means, of: Int32Array.from(texts, (text) => (text === null ? -1 : (of[next++] ?? -1))) });
    }
    return names;
  }

  async #ready(backend: Backend, signal: AbortSignal): Promise<Warm> {
    const { database } = this.#ports;
    const ids = [...new Set([DEFAULT_MODEL_ID, ...(await encodersHere(database))])];
    const warm = this.#warm;
    if (warm?.backend === backend && warm.readers.map(({ id }) => id).join() === ids.join()) return warm;
    this.#cool();
    const device = await openDevice(this.#ports, backend);
    const readers: TextReader[] = [];
    for (const id of ids) readers.push(await TextReader.open(this.#ports, id, device, signal));
    return (this.#warm = { backend, device, readers });
  }

  #cool(): void {
    for (const reader of this.#warm?.readers ?? []) reader.dispose();
    this.#warm = null;
  }
}

function speakingOf([first]: readonly EncodedRows[]): number {
  return first?.of.reduce((sum, of) => sum + (of < 0 ? 0 : 1), 0) ?? 0;
}
