/**
 * The shapes of file that people bring, and how the fields of a record are read as text and target.
 */
import {
  COMPLETION_NAMES,
  type DataRecord,
  findKey,
  foldName,
  LABEL_NAMES,
  LABEL_WORD_NAMES,
  PREFERENCE_PAIRS,
  PROMPT_NAMES,
  TEXT_NAMES,
} from './field-names';

export type FormatId = 'text-label' | 'prompt-completion' | 'chat' | 'preference' | 'unknown';
export type Container = 'jsonl' | 'json-array' | 'json-objects' | 'csv' | 'tsv';

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
}

/** What of a mapping decides how one record becomes a row. */
export type Reading = Omit<Mapping, 'container' | 'unused' | 'headless'>;

const UNKNOWN: Reading = { format: 'unknown', textFields: [], targetField: '' };

/** The reading of a file whose first records are `sample`. Fields are named as the file spells them. */
export function recogniseReading(sample: readonly DataRecord[]): Reading {
  const seen = countNames(sample);
  // Fields that at least half of the records have; where that gives no reading, any field will do.
  return recogniseWith(sample, seen, sample.length / 2) ?? recogniseWith(sample, seen, 1) ?? UNKNOWN;
}

interface SeenName {
  count: number;
  /** As the file spells it the first time. */
  spelling: string;
}

function countNames(sample: readonly DataRecord[]): Map<string, SeenName> {
  const seen = new Map<string, SeenName>();
  for (const record of sample) {
    for (const key of Object.keys(record)) {
      const name = foldName(key);
      const known = seen.get(name);
      if (known) known.count += 1;
      else seen.set(name, { count: 1, spelling: key });
    }
  }
  return seen;
}

function recogniseWith(
  sample: readonly DataRecord[],
  seen: ReadonlyMap<string, SeenName>,
  least: number,
): Reading | null {
  const find = (names: readonly string[]): string | null => {
    const name = names.find((one) => (seen.get(one)?.count ?? 0) >= Math.max(1, least));
    return name === undefined ? null : (seen.get(name)?.spelling ?? name);
  };
  const messages = find(['messages']);
  if (messages !== null) return { format: 'chat', textFields: [messages], targetField: messages };
  for (const [good, bad] of PREFERENCE_PAIRS) {
    if (find([good]) !== null && find([bad]) !== null) return { ...UNKNOWN, format: 'preference' };
  }

  const text = find(TEXT_NAMES);
  const label = find(LABEL_NAMES);
  const prompt = find(PROMPT_NAMES);
  const completion = find(COMPLETION_NAMES);
  if (text !== null && label !== null) return labelled(text, label, sample, find);
  if (prompt !== null && completion !== null) {
    const input = foldName(prompt) === 'instruction' ? find(['input']) : null;
    const textFields = input === null ? [prompt] : [prompt, input];
    return { format: 'prompt-completion', textFields, targetField: completion };
  }
  if (prompt !== null && label !== null) {
    // «input, target» is how sequence-to-sequence sets name prompt and answer.
    if (foldName(label) !== 'target') return labelled(prompt, label, sample, find);
    return { format: 'prompt-completion', textFields: [prompt], targetField: label };
  }
  if (text !== null && completion !== null) {
    return { format: 'prompt-completion', textFields: [text], targetField: completion };
  }
  return null;
}

/** Text and label, with the label's words instead of its number where the file has both. */
function labelled(
  text: string,
  label: string,
  sample: readonly DataRecord[],
  find: (names: readonly string[]) => string | null,
): Reading {
  const words = find(LABEL_WORD_NAMES);
  const numbers = sample.every((record) => {
    const key = findKey(record, label);
    return key === null || /^-?\d+$/.test(String(record[key]).trim());
  });
  return { format: 'text-label', textFields: [text], targetField: words !== null && numbers ? words : label };
}
