/**
 * The names under which people keep texts and answers, and how a name is compared: `Text`, ` text ` and `TEXT` are one
 * key. The order in each list is the order of preference.
 */

export const TEXT_NAMES = [
  'text',
  'sentence',
  'content',
  'query',
  'utterance',
  'message',
  'review',
  'tweet',
  'comment',
  'document',
  'body',
  'title',
  'description',
] as const;

export const LABEL_NAMES = [
  'label',
  'labels',
  'category',
  'class',
  'intent',
  'target',
  'sentiment',
  'topic',
  'tag',
  'label_text',
  'label_name',
] as const;

/** Shown instead of `label` where that is a number. */
export const LABEL_WORD_NAMES = ['label_text', 'label_name', 'label_str'] as const;

export const PROMPT_NAMES = ['prompt', 'instruction', 'question', 'input'] as const;
export const COMPLETION_NAMES = ['completion', 'output', 'response', 'answer'] as const;
/** Pairs of answers to prefer and to avoid: recognised, and said to be unsupported. */
export const PREFERENCE_PAIRS = [
  ['preferred_output', 'non_preferred_output'],
  ['chosen', 'rejected'],
] as const;

const KNOWN: ReadonlySet<string> = new Set([
  ...TEXT_NAMES,
  ...LABEL_NAMES,
  ...LABEL_WORD_NAMES,
  ...PROMPT_NAMES,
  ...COMPLETION_NAMES,
  ...PREFERENCE_PAIRS.flat(),
  'messages',
]);

/** True for a folded name that some format uses. */
export function isKnownField(folded: string): boolean {
  return KNOWN.has(folded);
}

/** No field is known by a longer name, and a hostile key of megabytes costs nothing. */
const LONGEST_NAME = 200;

/** The form in which names are compared: lower case, no blanks around, one underscore for blanks and hyphens. */
export function foldName(name: string): string {
  if (name.length > LONGEST_NAME) return name;
  // `trim` also takes off a byte order mark.
  return name
    .normalize('NFKC')
    .trim()
    .replace(/[\s-]+/g, '_')
    .toLowerCase();
}

/** One record of a file: a JSON dictionary, or a table row under its column names. */
export type DataRecord = Readonly<Record<string, unknown>>;

/** True for a JSON dictionary: not null, not a list. */
export function isRecord(value: unknown): value is DataRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key of `record` that is `name`, exactly or folded; null where there is none. Own keys only: `constructor` is safe. */
export function findKey(record: DataRecord, name: string): string | null {
  if (Object.hasOwn(record, name)) return name;
  const folded = foldName(name);
  for (const key of Object.keys(record)) if (foldName(key) === folded) return key;
  return null;
}
