/**
 * What the values of a field look like in the first records: sentences, names that repeat, numbers, dates, addresses,
 * flags. The guess goes by this, not by what a field is called.
 */
import { type DataRecord, isRecord } from './field-names';
import { walkFields } from './field-paths';
import { isMessageList } from './chat-message';
import { isFlag, isMissingWord, labelsIn } from './label-values';

export interface FieldProfile {
  /** Path, see field-paths. */
  name: string;
  /** 0 for the first field of the file, and so on. */
  place: number;
  /** Records that have the field, with a value or without. */
  present: number;
  /** Records that have something there. */
  filled: number;
  /** Records of the sample. */
  records: number;
  /** Records with several labels in one value. */
  several: number;
  /** True where some value is a list, or JSON with labels in it. */
  lists: boolean;
  /** Different values with their counts; long ones by their beginning. */
  values: Map<string, number>;
  /** Value of every record of the sample, `null` where it has none. */
  texts: (string | null)[];
  meanWords: number;
  meanCharacters: number;
  /** Share of letters and spaces among all characters. */
  letters: number;
  /** Share of values that are numbers, dates, addresses of any kind, codes, flags. */
  numbers: number;
  dates: number;
  addresses: number;
  codes: number;
  flags: number;
  /** Share of values that are dictionaries written as JSON. */
  json: number;
}

/** Profiles beyond this many fields are not taken: a table of ten thousand columns is chosen from by hand. */
const MAX_PROFILES = 500;
const MAX_VALUE_CHARACTERS = 2000;

/** Profiles of all fields of the sample, in file order, and the lists of messages found on the way. */
export function profileFields(sample: readonly DataRecord[]): {
  profiles: FieldProfile[];
  chats: { path: string; count: number }[];
} {
  const fields = new Map<string, Gathered>();
  const chats = new Map<string, number>();
  for (const [i, record] of sample.entries()) {
    const seen = new Map<string, unknown[]>();
    walkFields(
      record,
      {
        leaf(path, value) {
          const values = seen.get(path);
          if (values === undefined) seen.set(path, [value]);
          else values.push(value);
        },
        list(path, items) {
          if (isMessageList(items)) chats.set(path, (chats.get(path) ?? 0) + 1);
        },
      },
      MAX_PROFILES,
    );
    for (const [path, values] of seen) {
      let field = fields.get(path);
      if (field === undefined) {
        if (fields.size >= MAX_PROFILES) continue;
        field = {
          place: fields.size,
          present: 0,
          several: 0,
          lists: false,
          texts: Array<string | null>(sample.length).fill(null),
        };
        fields.set(path, field);
      }
      field.present += 1;
      const labels = labelsIn(values);
      field.lists ||= values.some((value) => Array.isArray(value)) || isJsonLabels(values, labels);
      if (labels !== null && labels.length > 1) field.several += 1;
      field.texts[i] = labels === null ? plainText(values) : (labels[0] ?? null);
    }
  }
  return {
    profiles: [...fields].map(([name, field]) => profile(name, sample.length, field)),
    chats: [...chats].map(([path, count]) => ({ path, count })),
  };
}

type Gathered = Pick<FieldProfile, 'place' | 'present' | 'several' | 'lists' | 'texts'>;

/** JSON in a cell from which labels were taken: the cell is not one of them. */
function isJsonLabels(values: readonly unknown[], labels: readonly string[] | null): boolean {
  const [value] = values;
  return labels !== null && typeof value === 'string' && /^\s*[[{]/.test(value) && labels[0] !== value;
}

function plainText(values: readonly unknown[]): string | null {
  const text = values.filter((value) => value !== null && value !== undefined && !isRecord(value)).map(String);
  return text.length === 0 ? null : text.join(' ');
}

const NUMBER = /^[+-]?[\d.,\s]*\d\s*%?$|^[+-]?\d+(\.\d+)?e[+-]?\d+$/i;
const DATE =
  /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$|^\d{1,2}:\d{2}(:\d{2})?$|^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? |^\d{1,2} \d{1,2}, \d{4}$|^([a-z]{3,9}\.? \d{1,2}|\d{1,2}\.? [a-z]{3,9}),? \d{4}\b/i;
const ADDRESS =
  /^(https?:\/\/|www\.)\S+$|^\S+@\S+\.\S+$|^(\/|[a-z]:\\)\S+\.\w+$|^\S+\.(png|jpe?g|gif|wav|mp3|pdf|txt|html?)$/i;
/** One word of digits with letters or marks between them: B000123, 3f2a-99, user_12. */
const CODE = /^(?=\S*\d)[\w.:#/-]{4,}$/;

function profile(name: string, records: number, { texts, ...gathered }: Gathered): FieldProfile {
  const values = new Map<string, number>();
  const sums = { words: 0, characters: 0, letters: 0, numbers: 0, dates: 0, addresses: 0, codes: 0, flags: 0, json: 0 };
  let filled = 0;
  for (const [i, whole] of texts.entries()) {
    if (whole === null || whole.trim() === '' || isMissingWord(whole.trim())) {
      texts[i] = null;
      continue;
    }
    const text = whole.slice(0, MAX_VALUE_CHARACTERS).trim();
    texts[i] = text;
    filled += 1;
    values.set(text.slice(0, 200), (values.get(text.slice(0, 200)) ?? 0) + 1);
    sums.words += countWords(text);
    sums.characters += text.length;
    sums.letters += (text.match(/[\p{L}\p{M} ]/gu)?.length ?? 0) / text.length;
    if (isFlag(text)) sums.flags += 1;
    if (NUMBER.test(text)) sums.numbers += 1;
    else if (DATE.test(text)) sums.dates += 1;
    else if (ADDRESS.test(text)) sums.addresses += 1;
    else if (CODE.test(text)) sums.codes += 1;
    else if (/^\{[^]*\}$/.test(text)) sums.json += 1;
  }
  const mean = (sum: number): number => (filled === 0 ? 0 : sum / filled);
  return {
    name,
    ...gathered,
    filled,
    records,
    values,
    texts,
    meanWords: mean(sums.words),
    meanCharacters: mean(sums.characters),
    letters: mean(sums.letters),
    numbers: mean(sums.numbers),
    dates: mean(sums.dates),
    addresses: mean(sums.addresses),
    codes: mean(sums.codes),
    flags: mean(sums.flags),
    json: mean(sums.json),
  };
}

/** Words of a text; in scripts that put no spaces between them, two letters are taken for one. */
export function countWords(text: string): number {
  const dense = text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/gu,
  );
  const spaced = text.match(/[\p{L}\p{N}\p{M}'’-]+/gu)?.length ?? 0;
  return dense === null ? spaced : Math.max(spaced, dense.length / 2);
}
