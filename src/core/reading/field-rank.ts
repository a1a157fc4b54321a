/** Fields in the order of what speaks for them. */
import type { FieldProfile } from './field-profile';
import { labelScore } from './field-scores';
import { isKnownLabel } from './known-pairs';

/** A field with what speaks for it. */
export interface Ranked {
  field: FieldProfile;
  score: number;
}

/** The likeliest first; without what nothing speaks for. */
export function rank(fields: readonly FieldProfile[], score: (field: FieldProfile) => number): Ranked[] {
  return fields
    .map((field) => ({ field, score: score(field) }))
    .filter((one) => one.score > 0.02)
    .sort((a, b) => b.score - a.score);
}

/** The field among the keys of an answer that is the label; null where none repeats. */
export function bestKey(fields: readonly FieldProfile[]): FieldProfile | null {
  const [best] = rank(fields, labelScore);
  return best?.field ?? fields.find(({ name }) => isKnownLabel(name)) ?? null;
}
