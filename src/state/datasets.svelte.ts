/** The data sets of this browser, as the lists and screens show them. */
import type { Dataset } from '../core/data/dataset';
import type { LabelDescriptions } from '../core/data/label-descriptions';
import { AppError, fromErrorData, toErrorData } from '../core/errors';
import type { Changes } from '../storage/changes';
import { deleteDataset, describeLabels, getFile, listDatasets, renameDataset } from '../storage/datasets';
import type { HoneDatabase } from '../storage/schema';
import type { Removals } from './removals.svelte';

export class Datasets {
  readonly #database: Promise<HoneDatabase>;
  readonly #changes: Pick<Changes, 'announce'>;
  readonly #removals: Removals;
  #all: Dataset[] = $state.raw([]);
  #loaded = $state(false);
  #error: AppError | null = $state.raw(null);
  readonly #list = $derived(this.#all.filter(({ id }) => !this.#removals.isHidden(id)));

  constructor(database: Promise<HoneDatabase>, changes: Pick<Changes, 'announce'>, removals: Removals) {
    this.#database = database;
    this.#changes = changes;
    this.#removals = removals;
    void this.refresh();
  }

  /** Newest first. */
  get list(): Dataset[] {
    return this.#list;
  }

  /** False until the database answered. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): AppError | null {
    return this.#error;
  }

  byId(id: string): Dataset | null {
    return this.#list.find((dataset) => dataset.id === id) ?? null;
  }

  /** The same, or one whose removal can still be taken back: it is in the storage, and goes where that is read. */
  stored(id: string): Dataset | null {
    return this.#all.find((dataset) => dataset.id === id) ?? null;
  }

  async rename(id: string, name: string): Promise<void> {
    this.put(await renameDataset(await this.#database, id, name));
    this.#changes.announce('datasets');
  }

  /** Keeps what some labels mean; an empty description takes it away. */
  async describeLabels(id: string, changes: LabelDescriptions): Promise<void> {
    this.put(await describeLabels(await this.#database, id, changes));
    this.#changes.announce('datasets');
  }

  /** The file that a data set was opened from; null where it was too large to keep, or the set came with a run bundle. */
  async keptFile(id: string): Promise<File | null> {
    const kept = await getFile(await this.#database, id);
    return kept && new File([Uint8Array.from(kept.bytes)], kept.fileName);
  }

  /** Hides a data set at once; it is deleted when Undo is no longer offered. `warning`: a sentence on what that means. */
  remove(id: string, warning = ''): void {
    const { name } = this.#demand(id);
    this.#removals.remove(id, `Deleted «${name}». ${warning}`.trimEnd(), async () => {
      await deleteDataset(await this.#database, id);
      this.#all = this.#all.filter((dataset) => dataset.id !== id);
      this.#changes.announce('datasets');
    });
  }

  /** Takes in a record that was just saved, or opened again while its removal still waited. */
  put(dataset: Dataset): void {
    this.#removals.keep(dataset.id);
    const others = this.#all.filter(({ id }) => id !== dataset.id);
    this.#all = [...others, dataset].sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Reads the list from storage again. */
  async refresh(): Promise<void> {
    try {
      this.#all = await listDatasets(await this.#database);
      this.#error = null;
    } catch (error) {
      this.#error = fromErrorData(toErrorData(error));
    }
    this.#loaded = true;
  }

  #demand(id: string): Dataset {
    const dataset = this.#all.find((dataset) => dataset.id === id);
    if (dataset) return dataset;
    throw new AppError('not-found', 'This data set is not in this browser any more. Open its file again.');
  }
}
