/**
 * The shapes of file that people bring, and how the fields of a record are read as text and target.
 */
export type Task = 'classification' | 'generation';

export type FormatId = 'text-label' | 'prompt-completion' | 'chat' | 'preference' | 'unknown';
export type Container =
  'jsonl' | 'json-array' | 'json-objects' | 'json-wrapped' | 'json-columns' | 'csv' | 'tsv' | 'fasttext';

/** True where rows are numbered by their place among the items of the file, not by its lines. */
export function countsItems(container: Container): boolean {
  return container === 'json-array' || container === 'json-wrapped' || container === 'json-columns';
}

/**
 * Which fields are read as what. A field is named by its path, see field-paths. For chat the text field is the list of
 * messages; the target is the same list (the answer in words), a key within the answer (`category`, `arguments.category`
 * for a tool call) or another field of the record.
 */
export interface Mapping {
  container: Container;
  format: FormatId;
  /** Field(s) joined with a blank line into the text (instruction + input, title + description), in this order. */
  textFields: string[];
  targetField: string;
  /** Fields of the file that are not used. */
  unused: string[];
  /** Field whose equal values keep rows on one side of every split: a thread, a user, a case. Absent: none. */
  togetherField?: string | null;
  /** Field that says which part a row belongs to. Absent: none. */
  splitField?: string | null;
  /** Tables only: the first row is data, and columns are named by their place. */
  headless?: boolean;
  /** One field of 0 and 1 for every label, instead of one field of labels. */
  labelFields?: string[];
  /** Field that says accept, reject or ignore of the label beside it: only accepted rows are used. Null: not looked at. */
  decisionField?: string | null;
  /** Rows with several labels are left out and the others used, although they are many: a person said so. */
  singleOnly?: boolean;
  /** Numbers and truth values in two spellings are one label; `join` takes case and spaces too, `keep` joins nothing. */
  spellings?: 'numbers' | 'join' | 'keep';
  /** True: «nan» and the like are labels. Absent: they are missing values. */
  missingAsLabels?: boolean;
  /** Labels that are numbers on a scale become ranges, cut at these numbers: up to the first, up to the second, above. */
  cuts?: number[];
  /** What every prompt and every answer ends in and what is taken off: old separators and stop words. */
  textEnd?: string;
  targetEnd?: string;
}

/** What of a mapping decides how one record becomes a row. */
export type Reading = Omit<Mapping, 'container' | 'unused' | 'headless'>;

/** Every field that a reading looks at, by path. */
export function fieldsOf(reading: Reading): string[] {
  const { textFields, targetField, labelFields, togetherField, splitField, decisionField } = reading;
  const fields = [...textFields, ...(labelFields ?? [targetField])];
  for (const field of [togetherField, splitField, decisionField]) if (typeof field === 'string') fields.push(field);
  return fields.filter((field) => field !== '');
}
