/**
 * Reads the mapped fields of a record as text and target. Only those are copied into a fresh row, so nothing that a
 * file may hold under other keys lives on.
 */
import { formatCount } from '../formats/numbers';
import { cutText, detach, excerpt } from '../quality/excerpt';
import { isRecord, readChat } from './chat';
import type { Row } from './dataset';
import { type DataRecord, findKey, foldName } from './field-names';
import type { Reading } from './formats';
import type { ReadingNotes } from './reading-notes';

/** Longer texts and answers are cut here, before anything looks at them. */
export const MAX_FIELD_CHARACTERS = 100_000;

export class RecordReader {
  readonly #reading: Reading;
  readonly #notes: ReadingNotes;
  /** Keys and labels that were seen, so that equal ones are one string in memory. */
  readonly #interned = new Map<string, string>();

  constructor(reading: Reading, notes: ReadingNotes) {
    this.#reading = reading;
    this.#notes = notes;
  }

  /** The row of `record`, or null after noting why there is none. `tellKeys` is false where a header was told of. */
  read(record: DataRecord, line: number, tellKeys: boolean): Row | null {
    if (tellKeys) this.#tellKeys(record, line);
    const raw = this.#reading.format === 'chat' ? this.#readChat(record, line) : this.#readFields(record, line);
    if (raw === null) return null;
    const text = this.#capped(raw.text, line);
    const target = this.#capped(this.#trimmed(raw.target, line), line);
    if (hasLoneSurrogate(text) || hasLoneSurrogate(target)) {
      const where = hasLoneSurrogate(text) ? 'text' : 'target';
      this.#notes.leaveOut('lone-surrogates', line, raw.text, `half a character in the ${where}`);
      return null;
    }
    if (text.trim() === '') {
      this.#notes.leaveOut('empty-rows', line, target, 'the text is empty');
      return null;
    }
    if (target === '') {
      this.#notes.leaveOut('missing-fields', line, text, `${quote(this.#reading.targetField)} is empty`);
      return null;
    }
    return { line, text, target: this.#intern(target) };
  }

  /** Notes keys in another spelling and keys that are not used. */
  #tellKeys(record: DataRecord, line: number): void {
    const { textFields, targetField } = this.#reading;
    const used = new Set([...textFields, targetField].map((name) => findKey(record, name)));
    const extra: string[] = [];
    for (const key of Object.keys(record)) {
      if (!used.has(key)) extra.push(key);
      else if (key !== foldName(key))
        this.#notes.note('key-case', line, key, `${quote(key)} is read as ${quote(foldName(key))}`);
    }
    if (extra.length > 0) {
      const names = extra.slice(0, 3).map(quote).join(', ');
      this.#notes.note('extra-keys', line, extra.join(', '), `Example ${line} contains an extra ${names}`);
    }
  }

  #readChat(record: DataRecord, line: number): { text: string; target: string } | null {
    const key = findKey(record, this.#reading.targetField);
    const value = key === null ? undefined : record[key];
    const chat = readChat(value);
    if (!chat.ok) {
      this.#notes.leaveOut(chat.id, line, fieldExample(record), chat.reason);
      return null;
    }
    if (chat.unknownKeys.length > 0) {
      this.#notes.note('message_unrecognized_key', line, chat.text, chat.unknownKeys.slice(0, 3).map(quote).join(', '));
    }
    if (chat.tools) this.#notes.note('tool-calls', line, chat.text);
    if (chat.unread > 0) this.#notes.note('chat-reduced', line, chat.text);
    return chat;
  }

  #readFields(record: DataRecord, line: number): { text: string; target: string } | null {
    const texts: string[] = [];
    for (const field of this.#reading.textFields) {
      const key = findKey(record, field);
      const value = key === null ? undefined : record[key];
      const text = value === null || value === undefined ? '' : scalarText(value);
      if (text === null)
        return this.#refuse('wrong-type', record, line, `${quote(field)} is ${kindOf(value)}, not a text`);
      if (key === null && this.#reading.textFields.length === 1) {
        return this.#refuse('missing-fields', record, line, `${quote(field)} is missing`);
      }
      if (text.trim() !== '') texts.push(text);
    }
    const field = this.#reading.targetField;
    const key = findKey(record, field);
    let value = key === null ? undefined : record[key];
    if (Array.isArray(value)) {
      if (value.length > 1)
        return this.#refuse('multi-label', record, line, `${quote(field)} is a list of ${value.length}`);
      value = value[0];
    }
    if (value === undefined || value === null) {
      return this.#refuse('missing-fields', record, line, `${quote(field)} is ${key === null ? 'missing' : 'empty'}`);
    }
    const target = scalarText(value);
    if (target === null)
      return this.#refuse('wrong-type', record, line, `${quote(field)} is ${kindOf(value)}, not a label`);
    return { text: texts.join('\n\n'), target };
  }

  #refuse(id: 'wrong-type' | 'missing-fields' | 'multi-label', record: DataRecord, line: number, reason: string): null {
    this.#notes.leaveOut(id, line, fieldExample(record), reason);
    return null;
  }

  #trimmed(target: string, line: number): string {
    const trimmed = target.trim();
    if (trimmed !== target && trimmed !== '')
      this.#notes.note('label-trimmed', line, target, quote(cutText(target, 60)));
    return trimmed;
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

/** A field's value as shown in a list of fields or beside a fault: its beginning, whatever its size. */
export function fieldExample(value: unknown): string {
  return excerpt(typeof value === 'string' ? value : (JSON.stringify(beginning(value, 4)) ?? ''));
}

/** A small copy of a value of any size: the first items of every level, the first characters of every text. */
function beginning(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return cutText(value, 120);
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.slice(0, 3).map((item) => beginning(item, levels - 1));
  const entries = Object.entries(value).slice(0, 5);
  return Object.fromEntries(entries.map(([key, item]) => [cutText(key, 40), beginning(item, levels - 1)]));
}

/** A text, number or truth value as text; null for lists and dictionaries. */
function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function kindOf(value: unknown): string {
  return isRecord(value) ? 'a dictionary' : 'a list';
}

function quote(name: string): string {
  return `"${cutText(name, 60)}"`;
}
