/** Accept and reject: what an annotator said to a label that was shown. A rejected label is not the row's label. */
import type { FieldProfile } from './field-profile';

export type Decision = 'accept' | 'reject' | 'ignore';

const NAMES: ReadonlyMap<string, Decision> = new Map<string, Decision>([
  ...'accept accepted approve approved'.split(' ').map((name) => [name, 'accept'] as const),
  ...'reject rejected deny denied'.split(' ').map((name) => [name, 'reject'] as const),
  ...'ignore ignored skip skipped'.split(' ').map((name) => [name, 'ignore'] as const),
]);

/** What a value decides; null where it is none of these words. */
export function decisionOf(value: string): Decision | null {
  return NAMES.get(value.trim().toLowerCase()) ?? null;
}

/** True for a field of nothing but decisions. */
export function holdsDecisions(field: FieldProfile): boolean {
  if (field.filled < field.records * 0.9) return false;
  const values = [...field.values.keys()].map(decisionOf);
  return values.includes('accept') && values.every((value) => value !== null);
}
