/**
 * Labels that stand in columns of 0 and 1, one for every label (`toxic,insult,…`, `"cats": {"a": 1, "b": 0}`): each text
 * may have several of them, and no single column is the label.
 */
import type { FieldProfile } from './field-profile';
import { leafName, nameWords } from './field-scores';
import { isSet } from './label-values';

/** Flags that say something of a row and not what its text is about. */
const NO_LABELS: ReadonlySet<string> = new Set([
  'is',
  'has',
  'was',
  'verified',
  'deleted',
  'active',
  'archived',
  'public',
]);

/** The fields of one such group, in file order; null where there is none. */
export function labelColumns(profiles: readonly FieldProfile[]): FieldProfile[] | null {
  const isFlags = ({ name, flags, filled, records, lists }: FieldProfile): boolean =>
    !lists && flags === 1 && filled >= records * 0.9 && !NO_LABELS.has(nameWords(leafName(name))[0] ?? '');
  const groups: FieldProfile[][] = [];
  let group: FieldProfile[] = [];
  let parent = '';
  for (const profile of profiles) {
    const at = parentOf(profile.name);
    if (isFlags(profile)) {
      if (group.length > 0 && at !== parent) group = [];
      if (group.length === 0) groups.push(group);
      group.push(profile);
      parent = at;
    } else {
      group = [];
    }
  }
  const good = groups.filter((one) => {
    // A dictionary of its own is a group from two on, columns of a table from three, or where each row has just one.
    const [first] = one;
    if (first === undefined || one.length < 2 || first.name.includes('[]')) return false;
    const inDictionary = parentOf(first.name) !== '';
    const set = first.texts.map((_, i) => one.filter(({ texts }) => isSet(texts[i])).length);
    const some = set.filter((count) => count > 0).length;
    const exactlyOne = set.every((count) => count === 1);
    return some >= set.length * 0.05 && (inDictionary || one.length >= 3 || exactlyOne);
  });
  return good.sort((a, b) => b.length - a.length)[0] ?? null;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

/** How a group of columns is called: its dictionary, or its columns one after the other. */
export function nameOfColumns(fields: readonly string[]): string {
  const parents = new Set(fields.map(parentOf));
  const [parent = ''] = parents;
  return parents.size === 1 && parent !== '' ? parent : fields.join(', ');
}
