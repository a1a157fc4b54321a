/** Files on their way in: one after the other, in a worker that is ended to cancel. */
import type { Dataset } from '../core/data/dataset';
import type { Task } from '../core/data/mapping';
import type { Mapping } from '../core/data/mapping';
import type { AppError } from '../core/errors';
import { fromErrorData, toErrorData } from '../core/errors';
import { parseSamples, type SampleCard } from '../core/data/samples';
import type { Run } from '../core/run/record';
import type { Changes } from '../storage/changes';
import type { BundleResult, DataClient, ImportProgress, ImportResult, ImportSource } from '../worker/data-client';
import { askServer } from './ask-server';
import { noteUnfinished, takeInterrupted } from './interrupted';
import { demandSecureContext } from './secure-context';
import type { Datasets } from './datasets.svelte';
import type { Runs } from './runs.svelte';
import type { Toasts } from './toasts.svelte';

interface Job {
  fileName: string;
  run(signal: AbortSignal, onProgress: (progress: ImportProgress) => void): Promise<ImportResult | BundleResult>;
  done(opened: Opened | null): void;
}

/** What a file became: a data set, or of a run bundle the run. */
type Opened = { dataset: Dataset } | { run: Run };

/** What several files became. */
export interface OpenedFiles {
  datasets: Dataset[];
  runs: Run[];
}

interface Refusal {
  fileName: string;
  error: AppError;
  /** Asks the server once more; null for what another try would not change. */
  retry: (() => Promise<Dataset | null>) | null;
}

export class Imports {
  readonly #client: Pick<DataClient, 'import' | 'recheck' | 'reread'>;
  readonly #datasets: Datasets;
  readonly #runs: Pick<Runs, 'put'>;
  readonly #toasts: Toasts;
  readonly #changes: Pick<Changes, 'announce'>;
  readonly #baseUrl: string;
  #current: (ImportProgress & { fileName: string }) | null = $state.raw(null);
  #waiting: Job[] = $state.raw([]);
  #errors: Refusal[] = $state.raw([]);
  #toTrain: string | null = null;
  #samples: SampleCard[] = $state.raw([]);
  #abort: AbortController | null = null;
  /** Files that are dropped and not yet kept: what a reload would lose. */
  #unfinished: { fileName: string }[] = [];

  constructor(
    client: Pick<DataClient, 'import' | 'recheck' | 'reread'>,
    datasets: Datasets,
    runs: Pick<Runs, 'put'>,
    toasts: Toasts,
    changes: Pick<Changes, 'announce'>,
    baseUrl: string,
  ) {
    this.#client = client;
    this.#datasets = datasets;
    this.#runs = runs;
    this.#toasts = toasts;
    this.#changes = changes;
    this.#baseUrl = baseUrl;
    const interrupted = takeInterrupted();
    if (interrupted !== null) {
      toasts.show(`Reading ${interrupted} was interrupted by a reload; nothing of it was kept. Drop it again.`);
    }
    void this.#loadSamples();
  }

  /** The file being read; null when none is. */
  get current(): (ImportProgress & { fileName: string }) | null {
    return this.#current;
  }

  /** Names of the files that wait. */
  get queue(): string[] {
    return this.#waiting.map(({ fileName }) => fileName);
  }

  /** The first fault not yet dismissed. */
  get error(): Refusal | null {
    return this.#errors[0] ?? null;
  }

  /** Says that a file which is no data set could not be opened. */
  refuse(fileName: string, error: unknown): void {
    this.#fail(fileName, error);
  }

  dismissError(): void {
    this.#errors = this.#errors.slice(1);
  }

  /** The built-in data sets; empty until their list is there. */
  get samples(): SampleCard[] {
    return this.#samples;
  }

  /** Opens files one after the other and resolves with what they became. */
  async openFiles(files: File[]): Promise<OpenedFiles> {
    const opened = await Promise.all(files.map((file) => this.#import(file, file.name, nameOf(file.name), false)));
    return {
      datasets: opened.flatMap((one) => (one !== null && 'dataset' in one ? [one.dataset] : [])),
      runs: opened.flatMap((one) => (one !== null && 'run' in one ? [one.run] : [])),
    };
  }

  async openText(text: string): Promise<Dataset | null> {
    return datasetOf(await this.#import(new Blob([text]), 'pasted text', 'Pasted text', false));
  }

  async openSample(id: string): Promise<Dataset | null> {
    const card = this.#samples.find((sample) => sample.id === id);
    if (!card) return null;
    try {
      const blob = await (await askServer(`samples/${card.file}`, this.#baseUrl)).blob();
      return datasetOf(await this.#import(blob, card.file, card.title, true));
    } catch (error) {
      this.#fail(card.file, error, () => this.openSample(id));
      return null;
    }
  }

  /** The card of a data set that is a sample; null of any other. */
  cardOf({ sample, versions }: Dataset): SampleCard | null {
    return (sample && this.#samples.find(({ file }) => file === versions[0]?.fileName)) || null;
  }

  /** Opens a sample to be trained at once: its form starts by itself, when it asks the first time. */
  async trainSample(id: string): Promise<Dataset | null> {
    const dataset = await this.openSample(id);
    this.#toTrain = dataset?.id ?? null;
    return dataset;
  }

  /** True once for the form of a sample that was asked to be trained. */
  takeStart(datasetId: string): boolean {
    const starts = this.#toTrain === datasetId;
    if (starts) this.#toTrain = null;
    return starts;
  }

  /** Reads the kept file of a data set again as a new version, under another mapping or for another task. */
  async reread(
    datasetId: string,
    as: { mapping: Partial<Mapping> | null; task: Task | null },
  ): Promise<Dataset | null> {
    const fileName = this.#datasets.byId(datasetId)?.versions.at(-1)?.fileName ?? 'the file';
    const opened = await this.#enqueue(fileName, (signal, onProgress) =>
      this.#client.reread({ datasetId, ...as }, { signal, onProgress }),
    );
    return datasetOf(opened);
  }

  /** Runs the checks of a version that waited for the model's tokenizer; rejects with the reason where it does not come. */
  async recheck(datasetId: string, version: number): Promise<void> {
    this.#datasets.put(await this.#client.recheck({ datasetId, version }));
    this.#changes.announce('datasets');
  }

  /** Stops at once and forgets what waits; nothing of the stopped file is kept. */
  cancel(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const job of waiting) job.done(null);
    this.#abort?.abort();
  }

  async #import(blob: Blob, fileName: string, name: string, sample: boolean): Promise<Opened | null> {
    const source: ImportSource = { blob, fileName, name, sample, mapping: null, task: null };
    const noted = { fileName };
    noteUnfinished((this.#unfinished = [...this.#unfinished, noted]));
    const opened = await this.#enqueue(fileName, (signal, onProgress) =>
      this.#client.import(source, { signal, onProgress }),
    );
    noteUnfinished((this.#unfinished = this.#unfinished.filter((one) => one !== noted)));
    return opened;
  }

  #enqueue(fileName: string, run: Job['run']): Promise<Opened | null> {
    // A new try: what went wrong with an earlier file is no longer what the person is looking at.
    if (this.#abort === null && this.#waiting.length === 0) this.#errors = [];
    return new Promise((done) => {
      this.#waiting = [...this.#waiting, { fileName, run, done }];
      if (this.#abort === null) void this.#work();
    });
  }

  async #work(): Promise<void> {
    for (let job = this.#waiting[0]; job; job = this.#waiting[0]) {
      this.#waiting = this.#waiting.slice(1);
      const { fileName } = job;
      this.#abort = new AbortController();
      this.#current = { fileName, phase: 'reading', progress: 0, bytesRead: 0, bytesTotal: 0, rows: 0 };
      let opened: Opened | null = null;
      try {
        demandSecureContext();
        const result = await job.run(this.#abort.signal, ({ phase, progress, bytesRead, bytesTotal, rows }) => {
          this.#current = { fileName, phase, progress, bytesRead, bytesTotal, rows };
        });
        opened = 'run' in result ? this.#takeRun(fileName, result) : this.#takeDataset(fileName, result);
      } catch (error) {
        this.#fail(fileName, error);
      }
      this.#current = null;
      this.#abort = null;
      job.done(opened);
    }
  }

  #takeDataset(fileName: string, { dataset, already }: ImportResult): Opened {
    this.#datasets.put(dataset);
    this.#changes.announce('datasets');
    if (already) this.#toasts.show(`${fileName} was opened before: it is «${dataset.name}».`);
    return { dataset };
  }

  #takeRun(fileName: string, { run, datasets, already, back, toBring }: BundleResult): Opened {
    for (const dataset of datasets) this.#datasets.put(dataset);
    this.#runs.put(run);
    this.#changes.announce('datasets');
    this.#changes.announce('runs');
    const names = back.map(({ name }) => `«${name}»`).join(' and ');
    const came = already
      ? `${fileName}: this run is here already, it is «${run.name}».${names && ` Its data are back: ${names}.`}`
      : `«${run.name}» is here, as it was there.`;
    const [model] = toBring;
    if (model === undefined) this.#toasts.show(came);
    else this.#toasts.keep(`${came} ${modelToBring(model)}`);
    return { run };
  }

  #fail(fileName: string, error: unknown, again: Refusal['retry'] = null): void {
    const data = toErrorData(error);
    if (data.code === 'cancelled') return;
    const refusal: Refusal = { fileName, error: fromErrorData(data), retry: null };
    if (again !== null) {
      refusal.retry = () => {
        this.#errors = this.#errors.filter((one) => one !== refusal);
        return again();
      };
    }
    this.#errors = [...this.#errors, refusal];
  }

  async #loadSamples(): Promise<void> {
    try {
      this.#samples = parseSamples(await (await askServer('samples/samples.json', this.#baseUrl)).json());
    } catch (error) {
      this.#fail('samples.json', error, async () => {
        await this.#loadSamples();
        return null;
      });
    }
  }
}

function datasetOf(opened: Opened | null): Dataset | null {
  return opened !== null && 'dataset' in opened ? opened.dataset : null;
}

/** What a run stands on that is not in this browser, and how it comes here. */
function modelToBring({ title, sha256 }: BundleResult['toBring'][number]): string {
  const hash = sha256 === '' ? '' : ` (SHA-256 ${sha256.slice(0, 12)}…)`;
  return (
    `The model that it stands on, «${title}»${hash}, is not in this browser: bring its files where a model is chosen, in ` +
    `a folder of that name (a GGUF file under that name), then it can be tried and run again. Its report can be read without.`
  );
}

/** A file's name without its ending. */
function nameOf(fileName: string): string {
  return fileName.replace(/\.[A-Za-z0-9]{1,5}$/, '') || fileName;
}
