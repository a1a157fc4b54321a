/**
 * Lists the fields of a file with a few of their values, so that a person can say which is which.
 */
import { type DataRecord, foldName } from './field-names';
import type { Reading } from './formats';
import { fieldExample } from './record-reader';

export interface FieldInfo {
  name: string;
  /** Records that have it. */
  count: number;
  /** Up to three different values, cut to 120 characters. */
  examples: string[];
}

/** More fields than this are not listed: nobody could choose among them. */
const MAX_FIELDS = 100;
const MAX_EXAMPLES = 3;

export class FieldCensus {
  readonly #fields = new Map<string, FieldInfo>();

  add(record: DataRecord): void {
    for (const name of Object.keys(record)) {
      let field = this.#fields.get(name);
      if (field === undefined) {
        if (this.#fields.size >= MAX_FIELDS) continue;
        this.#fields.set(name, (field = { name, count: 0, examples: [] }));
      }
      field.count += 1;
      if (field.examples.length < MAX_EXAMPLES && field.count <= 100) {
        const example = fieldExample(record[name]);
        if (!field.examples.includes(example)) field.examples.push(example);
      }
    }
  }

  list(): FieldInfo[] {
    return [...this.#fields.values()];
  }
}

/** Names of the fields that a reading does not use; one key in two spellings is one field. */
export function unusedFields(fields: readonly FieldInfo[], reading: Reading): string[] {
  const used = new Set([...reading.textFields, reading.targetField].map(foldName));
  return fields.map(({ name }) => name).filter((name) => !used.has(foldName(name)));
}

/** A guess for fields with unknown names: the field with the longest values is the text, the one with fewest is the label. */
export function guessReading(sample: readonly DataRecord[]): Reading | null {
  const fields = new Map<string, { length: number; values: Set<string> }>();
  for (const record of sample) {
    for (const [name, value] of Object.entries(record).slice(0, MAX_FIELDS)) {
      if (typeof value === 'object') continue;
      let field = fields.get(name);
      if (field === undefined) fields.set(name, (field = { length: 0, values: new Set() }));
      const text = String(value);
      field.length += text.length;
      field.values.add(text.slice(0, 200));
    }
  }
  const byLength = [...fields].sort(([, a], [, b]) => b.length - a.length);
  const text = byLength[0]?.[0];
  const target = byLength.slice(1).sort(([, a], [, b]) => a.values.size - b.values.size)[0]?.[0];
  if (text === undefined || target === undefined) return null;
  return { format: 'text-label', textFields: [text], targetField: target };
}
