/**
 * Labels that are written for answers by names alone. Those of a data set are its labels with what it says of them; where it
 * has none they are written here, and kept with it as descriptions.
 */
import type { Dataset } from '../../../core/data/dataset';
import {
  descriptionOf,
  type LabelDescriptions,
  tidyDescription,
  withDescriptions,
} from '../../../core/data/label-descriptions';
import { labelTexts } from '../../../core/recipes/label-text';
import type { NamedLabels } from '../../../core/run/names-alone';
import { describedLabels } from '../data/label-rows';
import { namedLabels, type WrittenLabel } from './named-labels';

export class NamesForm {
  #rows: readonly WrittenLabel[] = $state.raw([]);
  #nextKey = 0;
  #kept: LabelDescriptions;
  readonly #named = $derived(namedLabels(this.#rows));
  readonly #speaking = $derived(
    labelTexts(this.#named.labels, this.#named.descriptions).filter((text) => text !== null).length,
  );

  constructor(dataset: Dataset | null) {
    this.#kept = dataset?.labelDescriptions ?? {};
    const labels = dataset === null ? [] : describedLabels(dataset);
    for (const name of labels) this.add(name, descriptionOf(dataset?.labelDescriptions, name));
    while (this.#rows.length < 2) this.add();
  }

  get rows(): readonly WrittenLabel[] {
    return this.#rows;
  }

  /** The labels that have a name, each once; of two alike the last holds. */
  get named(): NamedLabels {
    return this.#named;
  }

  /** Labels that say something to a model; it takes two to answer. */
  get speaking(): number {
    return this.#speaking;
  }

  /** For a data set: what is to be kept of labels that have no rows; one without words of its own has its name. */
  get unkept(): LabelDescriptions {
    const { labels, descriptions } = this.#named;
    const wanted = labels.map((label): [string, string] => [
      label,
      tidyDescription(descriptionOf(descriptions, label)) || label,
    ]);
    const gone = Object.keys(this.#kept).filter((label) => !labels.includes(label));
    const changed = wanted.filter(([label, words]) => descriptionOf(this.#kept, label) !== words);
    return Object.fromEntries([...changed, ...gone.map((label): [string, string] => [label, ''])]);
  }

  /** What was to be kept is. */
  kept(changes: LabelDescriptions): void {
    this.#kept = withDescriptions(this.#kept, changes);
  }

  add(name = '', description = ''): number {
    const key = this.#nextKey++;
    this.#rows = [...this.#rows, { key, name, description }];
    return key;
  }

  change(key: number, change: Partial<Omit<WrittenLabel, 'key'>>): void {
    this.#rows = this.#rows.map((row) => (row.key === key ? { ...row, ...change } : row));
  }

  remove(key: number): void {
    this.#rows = this.#rows.filter((row) => row.key !== key);
  }
}
