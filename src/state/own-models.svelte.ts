/**
 * A model on its way in: its headers are read, what it is is shown, the person has it kept, it is asked something easy, and
 * stands among the models from then on. One at a time. What is here stands in `Models`.
 */
import { AppError, fromErrorData, toErrorData } from '../core/errors';
import type { ModelCheck } from '../core/models/model-check';
import type { OwnSummary } from '../core/models/own-summary';
import type { Backend } from '../core/settings/settings';
import type { TrainingClient } from '../worker/client';
import type { DataClient, OwnProgress } from '../worker/data-client';
import type { Models } from './models.svelte';

/** A file with its path in the folder that was chosen. */
export interface ChosenFile {
  path: string;
  blob: Blob;
}

/** What was chosen or dropped at once. */
export interface ChosenModel {
  /** The folder's name, or the file's. */
  title: string;
  files: ChosenFile[];
}

export type Incoming =
  | { kind: 'none' }
  | { kind: 'reading'; title: string }
  /** It can be used, and waits for the person. */
  | { kind: 'found'; title: string; summary: OwnSummary }
  /** Null before the first of its bytes. */
  | { kind: 'keeping'; title: string; progress: OwnProgress | null }
  | { kind: 'checking'; title: string; modelId: string }
  | { kind: 'here'; title: string; modelId: string; check: ModelCheck }
  | { kind: 'refused'; title: string; error: AppError };

type Reader = Pick<DataClient, 'inspectModel' | 'keepOwnModel'>;
type Asker = Pick<TrainingClient, 'checkModel'>;

export class OwnModels {
  readonly #reader: Reader;
  readonly #asker: Asker;
  readonly #models: Pick<Models, 'refresh' | 'remove'>;
  readonly #backend: () => Backend;
  #incoming: Incoming = $state.raw({ kind: 'none' });
  #chosen: ChosenModel | null = null;
  /** Of what is under way; another one takes its place. */
  #stop = new AbortController();

  constructor(reader: Reader, asker: Asker, models: Pick<Models, 'refresh' | 'remove'>, backend: () => Backend) {
    this.#reader = reader;
    this.#asker = asker;
    this.#models = models;
    this.#backend = backend;
  }

  get incoming(): Incoming {
    return this.#incoming;
  }

  /** True while files are read, kept or checked: nothing else is taken in then. */
  get busy(): boolean {
    return ['reading', 'keeping', 'checking'].includes(this.#incoming.kind);
  }

  /** Reads the headers of what was chosen. */
  async open(chosen: ChosenModel): Promise<void> {
    if (this.busy) return;
    const { title, files } = chosen;
    this.#chosen = chosen;
    await this.#work(title, async () => {
      this.#incoming = { kind: 'reading', title };
      const summary = await this.#reader.inspectModel({ title, files });
      return { kind: 'found', title, summary };
    });
  }

  /** Refuses what was dropped before it could be read: an empty folder, a disk that does not answer. */
  refuse(title: string, error: AppError): void {
    if (!this.busy) this.#incoming = { kind: 'refused', title, error };
  }

  /** Keeps what was found, and has it asked. */
  async keep(): Promise<void> {
    if (this.#incoming.kind !== 'found' || this.#chosen === null) return;
    const { title, files } = this.#chosen;
    await this.#work(title, async (signal) => {
      this.#incoming = { kind: 'keeping', title, progress: null };
      const tell = (progress: OwnProgress): void => {
        if (!signal.aborted) this.#incoming = { kind: 'keeping', title, progress };
      };
      const modelId = await this.#reader.keepOwnModel({ title, files, withHead: false }, tell, signal);
      if (!signal.aborted) return this.#check(title, modelId, signal);
      // Stopped when all of it was there: it stands in Privacy, not asked yet.
      await this.#models.refresh();
      throw new AppError('cancelled', 'Taking the model in was stopped.');
    });
  }

  /** Keeps what was found as the classifier that it is; its id when it is here, null when that came to nothing. */
  async keepClassifier(): Promise<string | null> {
    if (this.#incoming.kind !== 'found' || this.#chosen === null) return null;
    const { title, files } = this.#chosen;
    let kept: string | null = null;
    await this.#work(title, async (signal) => {
      this.#incoming = { kind: 'keeping', title, progress: null };
      const tell = (progress: OwnProgress): void => {
        if (!signal.aborted) this.#incoming = { kind: 'keeping', title, progress };
      };
      try {
        const modelId = await this.#reader.keepOwnModel({ title, files, withHead: true }, tell, signal);
        if (!signal.aborted) kept = modelId;
      } finally {
        await this.#models.refresh();
      }
      return { kind: 'none' };
    });
    return kept;
  }

  /** Asks one that is here and was not asked: its check was broken off. */
  async check(title: string, modelId: string): Promise<void> {
    if (!this.busy) await this.#work(title, (signal) => this.#check(title, modelId, signal));
  }

  async #check(title: string, modelId: string, signal: AbortSignal): Promise<Incoming> {
    this.#incoming = { kind: 'checking', title, modelId };
    try {
      const check = await this.#asker.checkModel(modelId, this.#backend(), signal);
      return { kind: 'here', title, modelId, check };
    } catch (error) {
      // It does not compute: it is not offered, and takes no room.
      if (error instanceof AppError && error.code === 'non-finite') await this.#models.remove(modelId);
      throw error;
    } finally {
      await this.#models.refresh();
    }
  }

  /** Breaks off what is under way, or puts away what was found or refused. */
  letGo(): void {
    this.#stop.abort();
    this.#chosen = null;
    this.#incoming = { kind: 'none' };
  }

  async #work(title: string, work: (signal: AbortSignal) => Promise<Incoming>): Promise<void> {
    const stop = (this.#stop = new AbortController());
    let next: Incoming;
    try {
      next = await work(stop.signal);
    } catch (error) {
      next = { kind: 'refused', title, error: fromErrorData(toErrorData(error)) };
    }
    // What was let go is not shown any more.
    if (!stop.signal.aborted) this.#incoming = next;
  }
}
