/**
 * What each label means, in a person's words. Descriptions belong to the data set, not to a version of it: a label that
 * a version does not have keeps its own until it is taken away. A label without one stands on its name.
 *
 * A record, since it goes through `postMessage` and IndexedDB; it is asked by `descriptionOf` alone, so that a label called
 * `constructor` is a label.
 */

/** By label; an empty one is never kept. */
export type LabelDescriptions = Readonly<Record<string, string>>;

/** What a model reads of a sentence or two; more is cut. */
export const MAX_DESCRIPTION_LENGTH = 400;

/** The description of a label, or '' where it has none. */
export function descriptionOf(descriptions: LabelDescriptions | undefined, label: string): string {
  if (descriptions === undefined || !Object.hasOwn(descriptions, label)) return '';
  return descriptions[label] ?? '';
}

/** As it is kept: one line, white space folded, at most `MAX_DESCRIPTION_LENGTH` characters. */
export function tidyDescription(typed: string): string {
  const folded = typed.replace(/\s+/gu, ' ').trim();
  return Array.from(folded).slice(0, MAX_DESCRIPTION_LENGTH).join('').trimEnd();
}

/** The descriptions with some changed; an empty one takes it away. */
export function withDescriptions(
  descriptions: LabelDescriptions | undefined,
  changes: LabelDescriptions,
): Record<string, string> {
  const all = new Map(Object.entries(descriptions ?? {}));
  for (const [label, typed] of Object.entries(changes)) {
    const tidy = tidyDescription(typed);
    if (tidy === '') all.delete(label);
    else all.set(label, tidy);
  }
  return Object.fromEntries(all);
}

/**
 * The descriptions after labels were renamed or merged (`renames`: new name by old one). A label that takes its place takes
 * its description along, unless it has one of its own, or several that differ were merged into it: then nobody but the person
 * can say which holds, and all stay where they were.
 */
export function renameDescriptions(
  descriptions: LabelDescriptions | undefined,
  renames: ReadonlyMap<string, string>,
): Record<string, string> {
  const before = new Map(Object.entries(descriptions ?? {}));
  const all = new Map(before);
  const moved = new Map<string, string>();
  for (const [to, sources] of groupBy(
    [...renames.keys()].filter((from) => before.has(from)),
    (from) => renames.get(from),
  )) {
    if (to === undefined) continue;
    const [only, ...others] = new Set(sources.map((from) => before.get(from)));
    const taken = before.has(to) && !renames.has(to);
    if (only === undefined || others.length > 0 || taken) continue;
    for (const from of sources) all.delete(from);
    moved.set(to, only);
  }
  return Object.fromEntries([...all, ...moved]);
}

/**
 * New names by old ones where a label went and exactly one came that differs from it in case and white space alone: what
 * the same rows read in another way, or another spelling of the file, amounts to.
 */
export function respelled(before: readonly string[], after: readonly string[]): Map<string, string> {
  const [had, has] = [new Set(before), new Set(after)];
  const came = groupBy(
    after.filter((label) => !had.has(label)),
    foldLabel,
  );
  const pairs = before
    .filter((label) => !has.has(label))
    .flatMap((label): [string, string][] => {
      const [only, ...others] = came.get(foldLabel(label)) ?? [];
      return only === undefined || others.length > 0 ? [] : [[label, only]];
    });
  return new Map(pairs);
}

/** Labels that differ from another in case or white space alone. */
export function twinLabels(labels: readonly string[]): Set<string> {
  const groups = groupBy(labels, foldLabel);
  return new Set(Array.from(groups.values()).flatMap((group) => (group.length > 1 ? group : [])));
}

function foldLabel(label: string): string {
  return label
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]+/gu, ' ')
    .trim();
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
