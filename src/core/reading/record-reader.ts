/**
 * Reads the mapped fields of a record as text and target. Only those are copied into a fresh row, so nothing that a
 * file may hold under other keys lives on. The same reader serves training, the test file and Try: what a mapping says
 * is all it goes by. Over 300 lines because each way to hold a text or a label has its own reasons for a refusal, kept side by side.
 */
import { formatCount } from '../words/numbers';
import { cutText, detach } from '../words/excerpt';
import { readCall, readChat, readToolAnswer, readUserWords, type ChatResult, type UserResult } from './chat';
import { ARGUMENTS } from './chat';
import type { Row } from '../data/dataset';
import { fieldExample } from './field-example';
import { decisionOf } from './decisions';
import { type DataRecord, foldName, isKnownField, isRecord } from './field-names';
import { jsonInside, rootOf, valuesAt } from './field-paths';
import { fieldsOf, type Reading } from '../data/mapping';
import { nameOfColumns } from './label-columns';
import { isMissingWord, isSet, labelsIn, rangeOf } from './label-values';
import { withoutEnd } from './legacy-marks';
import { partOf } from './parts';
import { readTools, TOOL_KEYS } from './tools';
import type { ReadingNotes } from './reading-notes';
import type { ReadingNote } from './reading-words';
import { isNumberLabel } from '../data/label-map';

/** Longer texts and answers are cut here, before anything looks at them. */
export const MAX_FIELD_CHARACTERS = 100_000;

/** A row that has no place among others yet. */
export type ReadRow = Omit<Row, 'rowId'>;

interface Raw extends Pick<Row, 'messages' | 'tools'> {
  text: string;
  target: string;
}

/** Why a record gives no row. */
interface Refusal {
  id: ReadingNote;
  /** What stands beside the reason. */
  text: string;
  reason: string;
}

export class RecordReader {
  readonly #reading: Reading;
  readonly #notes: ReadingNotes;
  readonly #columns: { field: string; label: string }[];
  /** Keys and labels that were seen, so that equal ones are one string in memory. */
  readonly #interned = new Map<string, string>();

  constructor(reading: Reading, notes: ReadingNotes) {
    this.#reading = reading;
    this.#notes = notes;
    const fields = reading.labelFields ?? [];
    const parent = `${nameOfColumns(fields)}.`;
    this.#columns = fields.map((field) => ({
      field,
      label: field.startsWith(parent) ? field.slice(parent.length) : field,
    }));
  }

  /** The row of `record`, or null after noting why there is none. `tellKeys` is false where a header was told of. */
  read(record: DataRecord, line: number, tellKeys: boolean): ReadRow | null {
    if (tellKeys) this.#tellKeys(record, line);
    const raw = this.#decided(record) ?? this.#raw(record, line);
    if ('id' in raw) return this.#refuse(raw, line);
    const [asked, ended] = this.#withoutMarks(raw, line);
    const text = this.#capped(asked, line);
    const trimmed = this.#capped(this.#trimmed(ended, line), line);
    if (hasLoneSurrogate(text) || hasLoneSurrogate(trimmed)) {
      const where = hasLoneSurrogate(text) ? 'text' : 'target';
      return this.#refuse({ id: 'lone-surrogates', text: raw.text, reason: `half a character in the ${where}` }, line);
    }
    if (text.trim() === '') return this.#refuse({ id: 'empty-rows', text: trimmed, reason: 'the text is empty' }, line);
    const target = this.#ranged(trimmed);
    if (target === '') {
      return this.#refuse({ id: 'missing-fields', text, reason: `${this.#targetName()} is empty` }, line);
    }
    if (this.#reading.missingAsLabels !== true && this.#reading.format === 'text-label' && isMissingWord(target)) {
      return this.#refuse({ id: 'missing-words', text, reason: `${this.#targetName()} is ${quote(target)}` }, line);
    }
    const said = this.#conversation(raw, line);
    if (said === null) {
      return this.#refuse({ id: 'lone-surrogates', text: raw.text, reason: 'half a character in a message' }, line);
    }
    return this.#withKeys({ line, text, target: this.#intern(target), ...said }, record);
  }

  /** Text and target as the file has them, without a note and without repair; null where there is no row in it. */
  peek(record: DataRecord): Raw | null {
    const raw = this.#decided(record) ?? this.#raw(record, null);
    return 'id' in raw ? null : raw;
  }

  /** The text alone, as for a row: for records whose label is not known. Null where there is none. */
  readText(record: DataRecord): string | null {
    const { format, textFields, textEnd } = this.#reading;
    let raw: string | Refusal | null;
    if (format === 'chat') {
      const chat = readUserWords(valuesAt(record, textFields[0] ?? '')[0]);
      raw = chat.ok ? chat.text : null;
    } else {
      raw = this.#text(record);
    }
    if (typeof raw !== 'string' || hasLoneSurrogate(raw)) return null;
    const text = cutText(withoutEnd(raw, textEnd), MAX_FIELD_CHARACTERS);
    return text.trim() === '' ? null : text;
  }

  /** Notes keys in another spelling and keys that are not used. */
  #tellKeys(record: DataRecord, line: number): void {
    const used = new Set(fieldsOf(this.#reading).map((path) => rootOf(record, path)));
    if (this.#reading.format === 'chat') for (const key of TOOL_KEYS) used.add(rootOf(record, key));
    const extra: string[] = [];
    for (const key of Object.keys(record)) {
      if (!used.has(key)) extra.push(key);
      else if (key !== foldName(key) && isKnownField(foldName(key)))
        this.#notes.note('key-case', line, key, `${quote(key)} is read as ${quote(foldName(key))}`);
    }
    if (extra.length > 0) {
      const names = extra.slice(0, 3).map(quote).join(', ');
      this.#notes.note('extra-keys', line, extra.join(', '), `Example ${line} contains an extra ${names}`);
    }
  }

  /** A refusal where an annotator did not accept the label; null where the row is to be read. */
  #decided(record: DataRecord): Refusal | null {
    const { decisionField, targetField } = this.#reading;
    if (decisionField === undefined || decisionField === null) return null;
    const value = plain(valuesAt(record, decisionField)[0]) ?? '';
    const decision = decisionOf(value);
    // Where accept or reject is itself the label, only what was passed over is out.
    if (decision === null || decision === 'accept' || (decisionField === targetField && decision === 'reject'))
      return null;
    return { id: 'not-accepted', text: fieldExample(record), reason: `${quote(decisionField)} is ${quote(value)}` };
  }

  #raw(record: DataRecord, line: number | null): Raw | Refusal {
    return this.#reading.format === 'chat' ? this.#readChat(record, line) : this.#readFields(record);
  }

  #readChat(record: DataRecord, line: number | null): Raw | Refusal {
    const { textFields, targetField } = this.#reading;
    const [path = ''] = textFields;
    const list = valuesAt(record, path)[0];
    const fault = (read: { id: ReadingNote; reason: string }): Refusal => ({
      id: read.id,
      text: fieldExample(record),
      reason: read.reason,
    });
    if (targetField === path) {
      const inWords = readChat(list);
      const inCalls = inWords.ok ? inWords : readToolAnswer(list);
      const read = inCalls.ok ? inCalls : inWords;
      if (!read.ok) return fault(read);
      this.#tellChat(read, line);
      const { tools, faults } = readTools(record);
      if (faults.length > 0 && line !== null) this.#notes.note('tools-no-schema', line, read.text, faults[0]);
      const { text, target, messages } = read;
      return { text, target, messages, ...(tools.length > 0 && { tools }) };
    }
    if (targetField.startsWith(ARGUMENTS)) {
      const read = readCall(list);
      if (!read.ok) return fault(read);
      this.#tellChat({ ...read, tools: false }, line);
      return this.#withTarget(read.text, valuesAt(read.call, targetField.slice(ARGUMENTS.length)), record);
    }
    if (rootOf(record, targetField) !== null) {
      const read = readUserWords(list);
      if (!read.ok) return fault(read);
      this.#tellChat(read, line);
      return this.#withTarget(read.text, valuesAt(record, targetField), record);
    }
    const read = readChat(list);
    if (!read.ok) return fault(read);
    this.#tellChat(read, line);
    const answer = jsonInside(read.target);
    if (!isRecord(answer)) {
      return { id: 'wrong-type', text: read.target, reason: `the answer is no JSON with a ${quote(targetField)}` };
    }
    return this.#withTarget(read.text, valuesAt(answer, targetField), record);
  }

  /** Messages as long as any field may be; null where half a character stands in one. */
  #conversation({ messages, tools }: Raw, line: number): Pick<Row, 'messages' | 'tools'> | null {
    if (messages === undefined) return {};
    if (hasLoneSurrogate(messages.map(({ content }) => content).join('\n'))) return null;
    const capped = messages.map((message) =>
      message.content.length <= MAX_FIELD_CHARACTERS
        ? message
        : { ...message, content: this.#capped(message.content, line) },
    );
    return { messages: capped, ...(tools && { tools }) };
  }

  #tellChat(read: (ChatResult | UserResult) & { ok: true }, line: number | null): void {
    if (line === null) return;
    if (read.unknownKeys.length > 0) {
      this.#notes.note('message_unrecognized_key', line, read.text, read.unknownKeys.slice(0, 3).map(quote).join(', '));
    }
    if (read.tools) this.#notes.note('tool-calls', line, read.text);
    if (read.unread > 0) this.#notes.note('chat-reduced', line, read.text);
  }

  #readFields(record: DataRecord): Raw | Refusal {
    const text = this.#text(record);
    if (typeof text !== 'string') return text;
    if (this.#columns.length > 0) return this.#fromColumns(record, text);
    return this.#withTarget(text, valuesAt(record, this.#reading.targetField), record);
  }

  /** The text fields, joined with a blank line; one that is empty or «nan» is passed over. */
  #text(record: DataRecord): string | Refusal {
    const { textFields } = this.#reading;
    const texts: string[] = [];
    for (const field of textFields) {
      const values = valuesAt(record, field);
      if (values.length === 0 && textFields.length === 1) {
        return { id: 'missing-fields', text: fieldExample(record), reason: `${quote(field)} is missing` };
      }
      for (const value of values) {
        const text = value === null || value === undefined ? '' : plain(value);
        if (text === null) {
          const reason = `${quote(field)} is ${kindOf(value)}, not a text`;
          return { id: 'wrong-type', text: fieldExample(record), reason };
        }
        if (text.trim() !== '' && !isMissingWord(text.trim())) texts.push(text);
      }
    }
    return texts.join('\n\n');
  }

  /** The row with what stands in a label field: one label, or the reason why there is none. */
  #withTarget(text: string, values: readonly unknown[], record: DataRecord): Raw | Refusal {
    const [only] = values;
    // A label or an answer that is no list: whatever it looks like, written answers are taken as they are.
    if (values.length === 1 && typeof only === 'string' && this.#reading.format !== 'text-label') {
      return { text, target: only };
    }
    // The example is made for a row that is refused only: for every row it took longer than the reading.
    const refusal = (id: ReadingNote, reason: string): Refusal => ({ id, text: fieldExample(record), reason });
    if (values.length === 0) return refusal('missing-fields', `${this.#targetName()} is missing`);
    const labels = labelsIn(values);
    if (labels === null) {
      // A cell that looks like JSON and holds no labels is a text.
      if (values.length === 1 && typeof only === 'string') return { text, target: only };
      return refusal('wrong-type', `${this.#targetName()} is ${kindOf(only)}, not a label`);
    }
    if (labels.length > 1) {
      const names = labels.slice(0, 3).map(quote).join(', ');
      return refusal('multi-label', `${this.#targetName()} is a list of ${labels.length}: ${names}`);
    }
    const [label] = labels;
    if (label !== undefined) return { text, target: label };
    return refusal('missing-fields', `${this.#targetName()} is ${Array.isArray(only) ? 'an empty list' : 'empty'}`);
  }

  #fromColumns(record: DataRecord, text: string): Raw | Refusal {
    const set = this.#columns.filter(({ field }) => isSet(valuesAt(record, field)[0])).map(({ label }) => label);
    const [label] = set;
    const of = `of the ${formatCount(this.#columns.length)} labels`;
    if (label === undefined) return { id: 'no-label-set', text, reason: `none ${of} is set` };
    if (set.length === 1) return { text, target: label };
    return { id: 'multi-label', text, reason: `${set.length} ${of} are set: ${set.slice(0, 3).map(quote).join(', ')}` };
  }

  #withKeys(row: ReadRow, record: DataRecord): ReadRow {
    const { togetherField, splitField } = this.#reading;
    if (togetherField !== undefined && togetherField !== null) {
      const key = plain(valuesAt(record, togetherField)[0])?.trim() ?? '';
      if (key !== '') row.together = this.#intern(cutText(key, 200));
    }
    if (splitField !== undefined && splitField !== null) {
      const part = partOf(plain(valuesAt(record, splitField)[0]) ?? '');
      if (part !== null) row.part = part;
    }
    return row;
  }

  #refuse({ id, text, reason }: Refusal, line: number): null {
    this.#notes.leaveOut(id, line, text, reason);
    return null;
  }

  #targetName(): string {
    return quote(this.#reading.targetField);
  }

  #withoutMarks({ text, target }: Raw, line: number): [text: string, target: string] {
    const { textEnd, targetEnd } = this.#reading;
    const [asked, ended] = [withoutEnd(text, textEnd), withoutEnd(target, targetEnd)];
    if (asked !== text || ended !== target) {
      const marks = [asked === text ? '' : textEnd, ended === target ? '' : targetEnd].filter((mark) => mark !== '');
      this.#notes.note('legacy-marks', line, text, marks.map((mark) => quote((mark ?? '').trim())).join(' and '));
    }
    return [asked, ended];
  }

  #trimmed(target: string, line: number): string {
    const trimmed = target.trim();
    if (trimmed !== target && trimmed !== '')
      this.#notes.note('label-trimmed', line, target, quote(cutText(target, 60)));
    return trimmed;
  }

  /** The range that a number falls into, where ranges were asked for. */
  #ranged(target: string): string {
    const { cuts } = this.#reading;
    return cuts !== undefined && cuts.length > 0 && isNumberLabel(target) ? rangeOf(Number(target), cuts) : target;
  }

  #capped(text: string, line: number): string {
    if (text.length <= MAX_FIELD_CHARACTERS) return text;
    this.#notes.note('text-capped', line, text, `${formatCount(text.length)} characters`);
    const cut = cutText(text, MAX_FIELD_CHARACTERS);
    return hasLoneSurrogate(cut) ? cut : detach(cut);
  }

  #intern(label: string): string {
    const known = this.#interned.get(label);
    if (known !== undefined) return known;
    if (this.#interned.size < 10_000) this.#interned.set(label, label);
    return label;
  }
}

/** True where half of a surrogate pair stands alone, which no UTF-8 can hold. */
export function hasLoneSurrogate(text: string): boolean {
  return /[\ud800-\udfff]/.test(text) && /\p{Surrogate}/u.test(text);
}

/** A text, number or truth value as text, a list of such as its items: words with a space, texts apart; else null. */
function plain(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return null;
  const items: string[] = [];
  for (const item of value) {
    if (typeof item === 'object') return null;
    items.push(String(item));
  }
  return items.join(items.every((item) => !/\s/.test(item)) ? ' ' : '\n\n');
}

function kindOf(value: unknown): string {
  return isRecord(value) ? 'a dictionary' : 'a list';
}

function quote(name: string): string {
  return `"${cutText(name, 60)}"`;
}
