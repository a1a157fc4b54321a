/** The rows of the panel on what labels mean. Pure. */
import type { Dataset } from '../../../core/data/dataset';
import { descriptionOf, tidyDescription, twinLabels } from '../../../core/data/label-descriptions';
import { sortLabels } from '../../../core/data/label-map';
import { labelTexts, wordsOf } from '../../../core/recipes/label-text';
import { currentVersion } from './readiness';

export interface LabelRow {
  label: string;
  /** Rows of the current version. */
  count: number;
  /** As it stands in the field. */
  typed: string;
  from: 'own' | 'name' | 'edited' | 'unsaved';
  /** How a model reads the name; null where it says nothing to it: «ABBR», «0». */
  words: string | null;
  /** A model has something to go by: a description, or a name that no other label shares. */
  speaks: boolean;
  /** Another label differs from it in case alone. */
  twin: boolean;
}

/** Labels of the current version in their order, then described ones that it does not have. */
export function describedLabels(dataset: Dataset): string[] {
  const own = currentVersion(dataset).labels.map(({ label }) => label);
  const known = new Set(own);
  const gone = Object.keys(dataset.labelDescriptions ?? {}).filter((label) => !known.has(label));
  return [...sortLabels(own), ...sortLabels(gone)];
}

/** `typed`: what is typed and not kept; `active`: the label being edited. */
export function labelRows(dataset: Dataset, typed: ReadonlyMap<string, string>, active: string | null): LabelRow[] {
  const described = describedLabels(dataset);
  // One that only its description kept in the list is not taken from under the cursor.
  const labels = active === null || described.includes(active) ? described : [...described, active];
  const counts = new Map(currentVersion(dataset).labels.map(({ label, count }) => [label, count]));
  const twins = twinLabels(labels);
  const texts = labelTexts(labels, dataset.labelDescriptions);
  return labels.map((label, i) => {
    const kept = descriptionOf(dataset.labelDescriptions, label);
    const own = typed.get(label);
    const unsaved = own !== undefined && tidyDescription(own) !== kept;
    return {
      label,
      count: counts.get(label) ?? 0,
      typed: own ?? kept,
      from: active === label ? 'edited' : unsaved ? 'unsaved' : kept === '' ? 'name' : 'own',
      words: wordsOf(label),
      speaks: texts[i] !== null,
      twin: twins.has(label),
    };
  });
}
