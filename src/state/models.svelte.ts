/**
 * The models of this browser, built-in ones and those that the person brought along: which are kept, how far a fetch is, and where one that broke off goes on. A run fetches what
 * it needs by itself; here a person does so before, stops it, and takes a model out again.
 */
import { AppError, fromErrorData, toErrorData } from '../core/errors';
import { keptFiles, type KeptFiles } from '../core/models/kept-files';
import type { ModelEntry, TaskKind } from '../core/models/card';
import { entryOfManifest } from '../core/models/entry';
import { type ModelManifest, parseManifest } from '../core/models/manifest';
import { type ModelCheck, parseCheck } from '../core/models/model-check';
import { CLASSIFIER_FILE, classifierLabels } from '../core/models/own-classifier';
import { isOwnModel } from '../core/models/own-id';
import { MODELS, modelsFor } from '../core/models/registry';
import { CHECKED, deleteModel, getModelFile, listModelFiles, listOwnModelIds } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';
import type { DataClient, KeepProgress } from '../worker/data-client';

export type ModelState =
  /** Storage was not asked yet. */
  | { kind: 'looking' }
  | { kind: 'absent' }
  /** A fetch broke off or was stopped; what is here stays. */
  | ({ kind: 'partly' } & KeptFiles)
  | { kind: 'fetching'; progress: KeepProgress }
  | { kind: 'here'; bytes: number };

/** A model that the person brought along. */
export interface OwnModel {
  entry: ModelEntry;
  /** Null where it was not asked yet: it is not offered then. */
  check: ModelCheck | null;
  /** Of a classifier from elsewhere, which is tried as it is and not trained on; null of others. */
  labels: readonly string[] | null;
}

interface Fetch {
  done: Promise<number>;
  abort: AbortController;
  listeners: ((progress: KeepProgress) => void)[];
}

export class Models {
  readonly #client: Pick<DataClient, 'keepModel'>;
  readonly #database: Promise<HoneDatabase>;
  readonly #onRemoved: (modelId: string) => void;
  #states: Readonly<Record<string, ModelState>> = $state.raw({});
  #faults: Readonly<Record<string, AppError>> = $state.raw({});
  #own: readonly OwnModel[] = $state.raw([]);
  #looked = $state(false);
  // Not drawn from: what is drawn stands in the states.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #fetches = new Map<string, Fetch>();

  /** `onRemoved` hears of a model that was taken out. */
  constructor(
    client: Pick<DataClient, 'keepModel'>,
    database: Promise<HoneDatabase>,
    onRemoved: (modelId: string) => void = () => undefined,
  ) {
    this.#client = client;
    this.#database = database;
    this.#onRemoved = onRemoved;
    // A database that does not open is said where its records are read.
    this.refresh().catch(() => undefined);
  }

  of(modelId: string): ModelState {
    return this.#states[modelId] ?? { kind: 'looking' };
  }

  /** Why the last fetch or removal came to nothing; null after a stop, and where none did. */
  faultOf(modelId: string): AppError | null {
    return this.#faults[modelId] ?? null;
  }

  /** Those that the person brought along, the first one first. */
  get own(): readonly OwnModel[] {
    return this.#own;
  }

  /** False until it is known which own models are here. */
  get looked(): boolean {
    return this.#looked;
  }

  /** Classifiers from elsewhere that are here. */
  get classifiers(): { entry: ModelEntry; labels: readonly string[] }[] {
    return this.#own.flatMap(({ entry, labels }) => {
      return labels !== null && this.of(entry.id).kind === 'here' ? [{ entry, labels }] : [];
    });
  }

  /** What is known of a model; null of one that was brought along and is not here any more. */
  entry(modelId: string): ModelEntry | null {
    return this.#all.find(({ id }) => id === modelId) ?? null;
  }

  /** What the check of a model said that was brought along; null of a built-in one. */
  checkOf(modelId: string): ModelCheck | null {
    return this.#own.find(({ entry }) => entry.id === modelId)?.check ?? null;
  }

  /** The models to choose from for a task, the usual one first, own ones last. */
  for(task: TaskKind): [ModelEntry, ...ModelEntry[]] {
    const own = this.#own.filter(({ entry, check }) => check !== null && entry.tasks.includes(task));
    const [first, ...others] = modelsFor(task);
    return [first, ...others, ...own.map(({ entry }) => entry)];
  }

  get #all(): ModelEntry[] {
    return [...MODELS, ...this.#own.map(({ entry }) => entry)];
  }

  /** The models that are whole in this browser, with their sizes. */
  get here(): { model: ModelEntry; bytes: number }[] {
    return this.#all.flatMap((model) => {
      const state = this.of(model.id);
      return state.kind === 'here' ? [{ model, bytes: state.bytes }] : [];
    });
  }

  /** Bytes that a run has to fetch before it can read with a model, at most; `bytes`: what its card says. */
  bytesLeft(modelId: string, bytes: number): number {
    const state = this.of(modelId);
    switch (state.kind) {
      case 'here':
        return 0;
      case 'partly':
        return state.bytesTotal - state.bytesKept;
      case 'fetching':
        return Math.max(0, (state.progress.bytesTotal || bytes) - state.progress.bytesKept);
      case 'looking':
      case 'absent':
        return bytes;
    }
  }

  /** Looks again at what is in storage: runs and other tabs fetch too. */
  async refresh(): Promise<void> {
    for (const { id } of MODELS) if (!this.#fetches.has(id)) await this.#look(id);
    await this.#lookAtOwn();
  }

  async #lookAtOwn(): Promise<void> {
    const database = await this.#database;
    const own: OwnModel[] = [];
    for (const id of await listOwnModelIds(database)) {
      const manifest = await this.#manifest(id);
      if (manifest === null) continue;
      const noted = await getModelFile(database, `${id}/${CHECKED}`);
      const classifier = await getModelFile(database, `${id}/${CLASSIFIER_FILE}`);
      own.push({
        entry: entryOfManifest(manifest),
        check: noted && parseCheck(new TextDecoder().decode(noted.bytes)),
        labels: classifier && classifierLabels(classifier.bytes),
      });
      await this.#look(id);
    }
    this.#own = own;
    this.#looked = true;
  }

  /** Fetches a model, or goes on with it. What goes wrong stands in `faultOf`. */
  async fetch(modelId: string): Promise<void> {
    try {
      await this.keep(modelId);
    } catch (error) {
      // Said in `faultOf`.
      if (!(error instanceof AppError)) throw error;
    }
  }

  /** The same for one that wants to know: resolves with the model's bytes, rejects with why it came to nothing. */
  keep(modelId: string, onProgress: (progress: KeepProgress) => void = () => undefined): Promise<number> {
    const under = this.#fetches.get(modelId);
    if (under) {
      under.listeners.push(onProgress);
      return under.done;
    }
    const abort = new AbortController();
    const fetch: Fetch = { done: this.#work(modelId, abort.signal), abort, listeners: [onProgress] };
    this.#fetches.set(modelId, fetch);
    return fetch.done;
  }

  /** Stops a fetch; shards that came whole stay. */
  stop(modelId: string): void {
    this.#fetches.get(modelId)?.abort.abort();
  }

  /** Takes a model out of this browser; a run that needs it fetches it again. */
  async remove(modelId: string): Promise<void> {
    this.stop(modelId);
    await this.#fetches.get(modelId)?.done.catch(() => undefined);
    try {
      await deleteModel(await this.#database, modelId);
      this.#blame(modelId, null);
      this.#onRemoved(modelId);
    } catch (error) {
      this.#blame(modelId, fromErrorData(toErrorData(error)));
    }
    if (isOwnModel(modelId)) await this.#lookAtOwn();
    else await this.#look(modelId);
  }

  async #work(modelId: string, signal: AbortSignal): Promise<number> {
    this.#blame(modelId, null);
    const tell = (progress: KeepProgress): void => {
      this.#put(modelId, { kind: 'fetching', progress });
      for (const listener of this.#fetches.get(modelId)?.listeners ?? []) listener(progress);
    };
    this.#put(modelId, { kind: 'fetching', progress: { bytesKept: 0, bytesTotal: 0, shard: 0, shards: 0 } });
    try {
      return await this.#client.keepModel(modelId, tell, signal);
    } catch (error) {
      const fault = fromErrorData(toErrorData(error));
      if (fault.code !== 'cancelled') this.#blame(modelId, fault);
      throw fault;
    } finally {
      this.#fetches.delete(modelId);
      await this.#look(modelId);
    }
  }

  async #look(modelId: string): Promise<void> {
    const kept = await this.#kept(modelId);
    if (this.#fetches.has(modelId)) return;
    if (kept === null || kept.bytesKept === 0) this.#put(modelId, { kind: 'absent' });
    else if (kept.whole) this.#put(modelId, { kind: 'here', bytes: kept.bytesTotal });
    else this.#put(modelId, { kind: 'partly', ...kept });
  }

  async #kept(modelId: string): Promise<KeptFiles | null> {
    const manifest = await this.#manifest(modelId);
    return manifest && keptFiles(manifest, await listModelFiles(await this.#database, modelId));
  }

  async #manifest(modelId: string): Promise<ModelManifest | null> {
    const kept = await getModelFile(await this.#database, `${modelId}/manifest.json`);
    if (kept === null) return null;
    try {
      return parseManifest(new TextDecoder().decode(kept.bytes));
    } catch (error) {
      // Of another version of the page: it is fetched anew.
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  #put(modelId: string, state: ModelState): void {
    this.#states = { ...this.#states, [modelId]: state };
  }

  #blame(modelId: string, fault: AppError | null): void {
    const { [modelId]: _, ...others } = this.#faults;
    this.#faults = fault === null ? others : { ...others, [modelId]: fault };
  }
}
