/**
 * Lists the fields of a file by path with a few of their values, so that a person can say which is which. The first
 * records are walked to their leaves; later ones are only looked at for keys that none had before, so that a million
 * rows cost no more than their keys.
 */
import { TOOL_KEYS } from './tools';
import { type DataRecord, foldName } from './field-names';
import { walkFields } from './field-paths';
import { fieldsOf, type Reading } from '../data/mapping';
import type { FieldInfo } from '../data/reading-record';
import { fieldExample } from './field-example';

/** More fields than this are not listed. */
export const MAX_FIELDS = 10_000;
const WALKED_RECORDS = 1000;
const MAX_EXAMPLES = 3;
/** From here on a field is listed with its name alone: the list is kept with every version. */
const MAX_FIELDS_WITH_EXAMPLES = 300;

interface Field extends FieldInfo {
  /** The last record that had it, so that a list of ten elements counts once. */
  last: number;
  filled: boolean;
}

export class FieldCensus {
  readonly #fields = new Map<string, Field>();
  readonly #roots = new Set<string>();
  #records = 0;

  add(record: DataRecord): void {
    this.#records += 1;
    if (this.#records <= WALKED_RECORDS) this.#walk(record);
    else if (this.#roots.size < MAX_FIELDS) this.#walkNew(record);
  }

  /** All fields in file order; columns of a table without a name and without a value are no columns. */
  list(): FieldInfo[] {
    return [...this.#fields.values()]
      .filter(({ name, filled }) => filled || !/^column \d+$/.test(name))
      .map(({ name, count, examples }) => ({ name, count, examples }));
  }

  #walk(record: DataRecord): void {
    for (const key of Object.keys(record)) if (this.#roots.size < MAX_FIELDS) this.#roots.add(key);
    walkFields(record, { leaf: (path, value) => this.#see(path, value) }, MAX_FIELDS);
  }

  #walkNew(record: DataRecord): void {
    for (const key of Object.keys(record)) {
      if (this.#roots.has(key)) continue;
      this.#walk(Object.fromEntries([[key, record[key]]]));
    }
  }

  #see(name: string, value: unknown): void {
    let field = this.#fields.get(name);
    if (field === undefined) {
      if (this.#fields.size >= MAX_FIELDS) return;
      field = { name, count: 0, examples: [], last: 0, filled: false };
      this.#fields.set(name, field);
    }
    if (field.last !== this.#records) {
      field.last = this.#records;
      field.count += 1;
    }
    field.filled ||= value !== '' && value !== null && value !== undefined;
    if (field.examples.length >= MAX_EXAMPLES || field.count > 100) return;
    if (this.#fields.size > MAX_FIELDS_WITH_EXAMPLES) return;
    const example = fieldExample(value);
    if (!field.examples.includes(example)) field.examples.push(example);
  }
}

/** Names of the fields that a reading does not use; one key in two spellings is one field. */
export function unusedFields(fields: readonly FieldInfo[], reading: Reading): string[] {
  const used = new Set(fieldsOf(reading).map(foldName));
  // A list of messages is used with everything in it.
  const inside = reading.format === 'chat' ? reading.textFields.map((name) => `${foldName(name)}[]`) : [];
  // So are the tools that a whole chat can call.
  if (reading.format === 'chat' && reading.targetField === reading.textFields[0]) inside.push(...TOOL_KEYS);
  return fields
    .map(({ name }) => name)
    .filter((name) => !used.has(foldName(name)) && !inside.some((list) => foldName(name).startsWith(list)));
}
