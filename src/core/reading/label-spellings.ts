/**
 * One label in several spellings: numbers («1», «1.0»), truth values («true», «True», «1») and, when asked for, case,
 * spaces and Unicode form. Numbers and truth values are always written in one way, so that a train and a test file that
 * spell them differently give the same labels.
 */
import { lookOf } from '../text/look-alikes';
import type { LabelCount, Row } from '../data/dataset';
import type { Mapping } from '../data/mapping';
import { canonicalLabel, joinTruthValues } from './label-values';
import type { ReadingNotes } from './reading-notes';

/** Writes every label in one way, in place, and notes the rows where that changed it; true where any was. */
export function joinSpellings(
  rows: readonly Row[],
  labels: readonly LabelCount[],
  spellings: Mapping['spellings'],
  notes: ReadingNotes,
): boolean {
  if (spellings === 'keep') return false;
  const renamed = new Map<string, string>();
  for (const { label } of labels) {
    const one = canonicalLabel(label);
    if (one !== label) renamed.set(label, one);
  }
  const truth = joinTruthValues([...new Set(labels.map(({ label }) => renamed.get(label) ?? label))]);
  for (const { label } of truth === null ? [] : labels) {
    const word = truth?.get(renamed.get(label) ?? label);
    if (word !== undefined) renamed.set(label, word);
  }
  if (spellings === 'join') {
    for (const [label, main] of variantsOf(
      labels.map(({ label, count }) => ({ label: renamed.get(label) ?? label, count })),
    )) {
      renamed.set(label, main);
    }
  }
  if (renamed.size === 0) return false;
  for (const row of rows) {
    const label = renamed.get(row.target);
    if (label === undefined) continue;
    notes.note('label-spellings', row.line, row.text, `"${row.target}" is read as "${label}"`);
    row.target = label;
  }
  return true;
}

/** Every label that is another in a second spelling (case, spaces, Unicode form), with the more frequent one. */
export function variantsOf(labels: readonly LabelCount[]): Map<string, string> {
  const mainOf = new Map<string, string>();
  const variants = new Map<string, string>();
  for (const { label } of [...labels].sort((a, b) => b.count - a.count)) {
    const form = labelForm(label);
    const main = mainOf.get(form);
    if (main === undefined) mainOf.set(form, label);
    else if (main !== label) variants.set(label, main);
  }
  return variants;
}

/** The form in which labels are compared that differ only in case, spaces, Unicode form or letters that look alike. */
export function labelForm(label: string): string {
  return lookOf(label).toLowerCase().replace(/\s+/g, ' ').trim();
}
