/** Names of the parts that a file may put its rows in: train, validation, test, in the words of many tools. */
import type { Part } from '../data/dataset';
import { nameWords } from './field-scores';
import type { FieldProfile } from './field-profile';

const NAMES: ReadonlyMap<string, Part> = new Map<string, Part>([
  ...'train training trn fit learn'.split(' ').map((name) => [name, 'train'] as const),
  ...'test testing tst holdout held_out'.split(' ').map((name) => [name, 'test'] as const),
  ...'validation valid validate val dev development eval evaluation'
    .split(' ')
    .map((name) => [name, 'validation'] as const),
]);

/** The part that a value names; null where it names none («UNASSIGNED», empty). */
export function partOf(value: string): Part | null {
  const name = value
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  // «train[:80%]», «test-00000-of-00001».
  return NAMES.get(name) ?? NAMES.get(/^[a-z]+(?=[\W_\d])/.exec(name)?.[0] ?? '') ?? null;
}

/** True for a field whose values are names of parts: at least two, or one under a name that says so. */
export function namesParts(field: FieldProfile): boolean {
  if (field.filled === 0 || field.meanWords > 3) return false;
  let named = 0;
  const parts = new Set<Part>();
  for (const [value, count] of field.values) {
    const part = partOf(value);
    if (part === null) continue;
    parts.add(part);
    named += count;
  }
  if (named < field.filled * 0.9 || !(parts.has('train') || parts.has('test'))) return false;
  return (
    parts.size > 1 ||
    nameWords(field.name).some((word) => ['split', 'part', 'set', 'use', 'subset', 'fold', 'partition'].includes(word))
  );
}
