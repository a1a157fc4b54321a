/**
 * How well a field would do as text or as label: content decides, a name helps or warns. Scores are comparable within
 * a file and mean nothing outside it.
 */
import { foldName, LABEL_NAMES, LABEL_WORD_NAMES, TEXT_NAMES } from './field-names';
import type { FieldProfile } from './field-profile';
import { isNumberLabel } from '../data/label-map';

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

const TEXT_WORDS = words(
  'text texts body description descr content message msg review comment comments question tweet post utterance ' +
    'sentence query transcript complaint feedback narrative verbatim article story abstract document passage prompt input',
);
/** What was written about or after the text: an outcome, not what comes in. */
const NO_TEXT_WORDS = words(
  'id url link resolution response reply answer solution explanation rationale translation name address location city ' +
    'label author user note notes cleaned tokens lemmas',
);
const LABEL_WORDS = words(
  'label labels category categories class classes intent target sentiment topic topics tag tags type kind emotion ' +
    'polarity rating ratings stars star overall queue department reason theme genre annotation choice choices accept ' +
    'accepted stance truth gold outcome y',
);
const NO_LABEL_WORDS = words(
  'id ids uuid guid hash key index idx no number num date datetime time timestamp day month year created updated modified ' +
    'at age count total amount price cost qty quantity size length duration lat lon lng latitude longitude zip postcode ' +
    'phone url link email mail ip user username author customer name firstname lastname gender sex country city location ' +
    'address timezone tz language lang locale version platform device os browser status by split fold subset confidence ' +
    'probability verified helpful votes education income marital occupation ethnicity race annotator worker gold ' +
    'assignee reporter requester',
);

const TEXT_EXACT: ReadonlySet<string> = new Set(TEXT_NAMES);
const LABEL_EXACT: ReadonlySet<string> = new Set([...LABEL_NAMES, ...LABEL_WORD_NAMES]);

/** The last key of a path, folded: «value.choices» → «choices». */
export function leafName(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf(']')) + 1;
  return foldName(cut < path.length ? path.slice(cut) : path);
}

/** The words of a field's name: «airline_sentiment», «reviewText» → two each. */
export function nameWords(path: string): string[] {
  return path
    .slice(-200)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');
}

/** True where every value is the same. */
export function isConstant({ values }: FieldProfile): boolean {
  return values.size < 2;
}

/** 0 to about 2: reads like sentences, each its own. */
export function textScore(field: FieldProfile): number {
  return sentences(field) * textName(field.name);
}

/** The same without the name. */
export function sentences(field: FieldProfile): number {
  if (field.filled === 0 || isConstant(field)) return 0;
  const { numbers, dates, addresses, codes, flags, json } = field;
  if (numbers + dates + addresses + codes + flags + json > 0.5) return 0;
  const fill = field.filled / field.records;
  const distinct = field.values.size / field.filled;
  const length = 1 - Math.exp(-field.meanWords / 5);
  return fill * field.letters ** 2 * length * (0.2 + 0.8 * distinct);
}

function textName(path: string): number {
  const name = leafName(path);
  const parts = nameWords(path.slice(path.lastIndexOf('.') + 1));
  const last = parts.at(-1) ?? '';
  if (TEXT_EXACT.has(name)) return 2;
  // What a field holds is said by its last word: «reviewer name», «ticket description».
  if (NO_TEXT_WORDS.has(last)) return 0.4;
  return parts.some((part) => TEXT_WORDS.has(part)) ? 1.4 : 1;
}

/** 0 to about 3: few values, each often repeated, and not an id, a date, an amount. */
export function labelScore(field: FieldProfile): number {
  return repeats(field) * labelName(field.name);
}

/** The same without the name. */
export function repeats(field: FieldProfile): number {
  const { filled, values, records } = field;
  if (filled === 0 || isConstant(field)) return 0;
  if (field.dates > 0.3 || field.addresses > 0.3 || field.json > 0.3) return 0;
  if (field.meanCharacters > 60 || field.meanWords > 8) return 0;
  const each = filled / values.size;
  if (each < 1.5) return 0;
  const kinds = values.size <= 20 ? 1 : values.size <= 100 ? 0.9 : values.size <= 300 ? 0.7 : 0.4;
  const singles = [...values.values()].filter((count) => count === 1).length / values.size;
  const most = Math.max(...values.values()) / filled;
  return (
    (1 - 1 / each) *
    kinds *
    (filled / records) ** 1.5 *
    (singles > 0.5 ? 0.5 : 1) *
    (most > 0.97 ? 0.5 : 1) *
    // A column where all texts have several labels is of another task.
    (1 - 0.6 * (field.several / filled)) *
    numberFactor(field)
  );
}

/** Numbers of classes stand close together: 0 to 3, 1 to 10. Ages, years and amounts do not. */
function numberFactor({ numbers, flags, codes, values }: FieldProfile): number {
  if (flags > 0.9) return 0.75;
  if (codes > 0.5) return 0.4;
  if (numbers < 0.5) return 1;
  const list = [...values.keys()].filter(isNumberLabel).map(Number);
  const whole = list.every((number) => Number.isInteger(number));
  if (!whole) return values.size > 10 ? 0 : 0.4;
  const span = Math.max(...list) - Math.min(...list) + 1;
  if (Math.min(...list) < -5 || span > 2 * values.size + 5) return 0.05;
  return values.size > 25 ? 0.3 : 0.8;
}

function labelName(path: string): number {
  const name = leafName(path);
  if (LABEL_EXACT.has(name)) return path.includes('[]') ? 1.6 : 2.5;
  const parts = nameWords(path.slice(path.lastIndexOf('.') + 1));
  const good = parts.some((part) => LABEL_WORDS.has(part));
  const bad = parts.some((part) => NO_LABEL_WORDS.has(part));
  return (good ? 1.6 : 1) * (bad ? 0.35 : 1);
}

const TOGETHER_WORDS = words(
  'thread conversation session user author customer client case source group family doc document account patient order ' +
    'ticket speaker product asin channel site domain reviewer parent dialog dialogue id person student writer sender',
);
const NO_TOGETHER_WORDS = words(
  'age date datetime time timestamp year month day count price amount rating score status type category priority ' +
    'confidence probability label sentiment length size total version language lang gender sex',
);

/** True for a name that says so: `thread_id`, `user`. */
export function namesTogether(name: string): boolean {
  return TOGETHER_WORDS.has(nameWords(name).at(-1) ?? '');
}

/** 0, or how much a field looks like a key that several rows share: a thread, a user, a case, a source. */
export function togetherScore(field: FieldProfile): number {
  const { filled, records, values } = field;
  if (filled < records * 0.8 || field.meanWords > 5 || field.meanCharacters > 60) return 0;
  if (field.dates > 0.3 || field.flags > 0.5 || field.json > 0.3 || field.lists) return 0;
  const parts = nameWords(field.name);
  const last = parts.at(-1) ?? '';
  const known = namesTogether(field.name);
  if (parts.some((part) => NO_TOGETHER_WORDS.has(part)) && last !== 'id') return 0;
  const whole = [...values.keys()].every((value) => /^\d+(\.0+)?$/.test(value));
  if (field.numbers > 0.5 && !(known && whole)) return 0;
  const each = filled / values.size;
  if (values.size < (known ? 3 : 8) || each < 1.25) return 0;
  return (known ? 2 : 1) * Math.min(1, values.size / 10);
}
