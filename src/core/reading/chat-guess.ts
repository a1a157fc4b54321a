/**
 * How chats are read: where the list of messages stands, and what of the answer is to be learned: its words, a key of
 * the JSON in it, an argument of the tool that is called, or a field beside the chat.
 */
import { nameList } from '../words/excerpt';
import { ARGUMENTS, readCall, readChat } from './chat';
import { type DataRecord, foldName } from './field-names';
import { jsonInside, valuesAt } from './field-paths';
import { type FieldProfile, profileFields } from './field-profile';
import type { Reading } from '../data/mapping';
import { bestKey } from './field-rank';
import { isRecord } from './field-names';

export interface ChatGuess {
  reading: Reading;
  why: string;
  /** Keys within the answer that could be the label, the chosen one first. */
  keys: string[];
  /** Keys within the answer that are not read. */
  ignored: string[];
}

/** The reading of a file of chats; null where it is none. */
export function chatReading(
  sample: readonly DataRecord[],
  chats: readonly { path: string; count: number }[],
  profiles: readonly FieldProfile[],
  labels: readonly FieldProfile[],
): ChatGuess | null {
  const named = profiles.find(({ name, present }) => foldName(name) === 'messages' && present * 2 >= sample.length);
  const [most] = [...chats].sort((a, b) => b.count - a.count);
  const path = most !== undefined && most.count * 2 >= sample.length ? most.path : named?.name;
  if (path === undefined) return null;
  const lists = sample.map((record) => valuesAt(record, path)[0]);
  const answers = lists.map(readChat).filter((read) => read.ok);
  const calls = lists.map(readCall).filter((read) => read.ok);
  const where = `${nameList([path])} is a list of messages with roles: the text is what the user wrote`;
  const plain: Reading = { format: 'chat', textFields: [path], targetField: path };

  if (answers.length === 0 && calls.length === 0) {
    const [label] = labels;
    if (label === undefined) return { reading: plain, why: `${where}.`, keys: [], ignored: [] };
    return {
      reading: { ...plain, targetField: label.name },
      why: `${where}, the label stands in ${nameList([label.name])}.`,
      keys: [],
      ignored: [],
    };
  }
  if (calls.length > answers.length) {
    const { keys, ignored } = keysOf(calls.map(({ call }) => call));
    const [key] = keys;
    if (key === undefined) return { reading: plain, why: `${where}.`, keys: [], ignored };
    const why = `${where}, the label is ${nameList([key])} in the arguments of the tool that is called.`;
    const named = (names: string[]): string[] => names.map((name) => ARGUMENTS + name);
    return { reading: { ...plain, targetField: ARGUMENTS + key }, why, keys: named(keys), ignored: named(ignored) };
  }
  const inner = answers.map(({ target }) => jsonInside(target)).filter(isRecord);
  if (inner.length >= answers.length * 0.9) {
    const { keys, ignored } = keysOf(inner);
    const [key] = keys;
    if (key !== undefined) {
      const why = `${where}, and every answer is JSON, of which ${nameList([key])} is the label.`;
      return { reading: { ...plain, targetField: key }, why, keys, ignored };
    }
  }
  return {
    reading: plain,
    why: `${where}, the label or answer is what the assistant says last.`,
    keys: [],
    ignored: [],
  };
}

function keysOf(answers: readonly DataRecord[]): { keys: string[]; ignored: string[] } {
  const { profiles } = profileFields(answers);
  const keys: FieldProfile[] = [];
  for (let best = bestKey(profiles); best !== null && keys.length < 5;) {
    keys.push(best);
    best = bestKey(profiles.filter((field) => !keys.includes(field)));
  }
  const [first] = keys;
  return {
    keys: keys.map(({ name }) => name),
    ignored: profiles.filter((field) => field !== first).map(({ name }) => name),
  };
}
