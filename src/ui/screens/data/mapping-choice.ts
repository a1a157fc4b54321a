/** The choices of the form that maps fields. Pure. */
import type { Mapping } from '../../../core/data/formats';

/** Between fields that are joined into one text. */
export const JOINER = ' + ';

/** What may be chosen as text or target: fields that are joined now stay a choice, then every field of the file. */
export function fieldsOf(mapping: Mapping): string[] {
  const joined = mapping.textFields.length > 1 ? [mapping.textFields.join(JOINER)] : [];
  const target = mapping.targetField === '' ? [] : [mapping.targetField];
  return [...new Set([...joined, ...mapping.textFields, ...target, ...mapping.unused])];
}
