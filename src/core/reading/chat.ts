/**
 * Reads one chat as text and target.
 *
 * The target is the last assistant message that is trained (`weight` not 0) and has words, or calls a tool where only
 * that is asked for. The text is what the user said before it, several messages joined with a blank line. System, tool
 * and earlier assistant messages are not part of the text: a classifier learns from what comes in. Faults bear OpenAI's
 * names; dialects are read by chat-message.
 */
import { answerWords, type ChatMessage } from '../text/conversation';
import { type Message, type MessageFaultId, readMessage, unknownMessageKeys } from './chat-message';
import type { DataRecord } from './field-names';

export { isRecord } from './field-names';

export type ChatFaultId =
  MessageFaultId | 'missing_messages_list' | 'example_missing_assistant_message' | 'example_missing_user_message';

export type ChatFault = { ok: false; id: ChatFaultId; reason: string };

/** What is said of every chat that could be read. */
interface ChatWords {
  ok: true;
  text: string;
  /** Keys of messages that the format does not know. */
  unknownKeys: string[];
  /** Messages that are neither text nor target (system, earlier answers, tools). */
  unread: number;
  /** True where tools are called or answer. */
  tools: boolean;
}

export type ChatResult = ChatFault | (ChatWords & { target: string; messages: ChatMessage[] });
export type CallResult = ChatFault | (ChatWords & { call: DataRecord });
export type UserResult = ChatFault | ChatWords;

/** Before the name of an argument of a tool call. */
export const ARGUMENTS = 'arguments.';

/** Reads the list under `messages` of one record: the last answer in words is the target. */
export function readChat(value: unknown): ChatResult {
  const read = readMessages(value);
  if ('ok' in read) return read;
  const { messages } = read;
  const last = messages.findLastIndex(
    ({ part, trained, content }) => part === 'assistant' && trained && !blank(content),
  );
  const target = messages[last];
  if (target === undefined) {
    return { ok: false, id: 'example_missing_assistant_message', reason: explainNoTarget(messages) };
  }
  const words = wordsBefore(read, last);
  return words.ok ? { ...words, target: target.content, messages: keptMessages(read.messages) } : words;
}

/** … the last answer that only calls tools is the target, in words. */
export function readToolAnswer(value: unknown): ChatResult {
  const read = readMessages(value);
  if ('ok' in read) return read;
  const last = read.messages.findLastIndex(
    ({ part, trained, call }) => part === 'assistant' && trained && call !== null,
  );
  const answer = read.messages[last];
  if (answer === undefined) {
    return { ok: false, id: 'example_missing_assistant_message', reason: explainNoTarget(read.messages) };
  }
  const words = wordsBefore(read, last);
  return words.ok ? { ...words, target: answerWords(answer.kept), messages: keptMessages(read.messages) } : words;
}

/** Up to the last answer that is learned: what stands behind it teaches nothing. */
function keptMessages(messages: readonly Message[]): ChatMessage[] {
  const end = messages.findLastIndex(({ part, trained }) => part === 'assistant' && trained) + 1;
  return messages.slice(0, end).map(({ kept }) => kept);
}

/** … the arguments of the last tool call are the target. */
export function readCall(value: unknown): CallResult {
  const read = readMessages(value);
  if ('ok' in read) return read;
  const last = read.messages.findLastIndex(
    ({ part, trained, call }) => part === 'assistant' && trained && call !== null,
  );
  const call = read.messages[last]?.call;
  if (call === undefined || call === null) {
    const reason = read.messages.some(({ part }) => part === 'assistant')
      ? 'the assistant calls no tool'
      : 'no assistant message';
    return { ok: false, id: 'example_missing_assistant_message', reason };
  }
  const words = wordsBefore(read, last);
  return words.ok ? { ...words, call } : words;
}

/** … everything that the user said; what is to be learned stands elsewhere in the record. */
export function readUserWords(value: unknown): UserResult {
  const read = readMessages(value);
  return 'ok' in read ? read : wordsBefore(read, read.messages.length);
}

interface Read {
  messages: Message[];
  unknownKeys: string[];
}

function readMessages(value: unknown): ChatFault | Read {
  if (!Array.isArray(value) || value.length === 0) {
    const what = value === undefined ? 'is missing' : Array.isArray(value) ? 'is empty' : 'is not a list';
    return { ok: false, id: 'missing_messages_list', reason: `"messages" ${what}` };
  }
  const messages: Message[] = [];
  const unknownKeys = new Set<string>();
  for (const [i, item] of value.entries()) {
    const read = readMessage(item, i + 1);
    if ('id' in read) return { ok: false, ...read };
    messages.push(read);
    for (const key of unknownMessageKeys(item)) unknownKeys.add(key);
  }
  return { messages, unknownKeys: [...unknownKeys] };
}

/** What the user said before message `end`. */
function wordsBefore({ messages, unknownKeys }: Read, end: number): ChatFault | ChatWords {
  const asked = messages.slice(0, end).filter(({ part, content }) => part === 'user' && !blank(content));
  if (asked.length === 0) {
    return { ok: false, id: 'example_missing_user_message', reason: 'no user message before the answer' };
  }
  return {
    ok: true,
    text: asked.map(({ content }) => content).join('\n\n'),
    unknownKeys,
    unread: messages.length - asked.length - (end < messages.length ? 1 : 0),
    tools: messages.some(({ part, call }) => call !== null || part === 'tool'),
  };
}

function explainNoTarget(messages: readonly Message[]): string {
  const answers = messages.filter(({ part }) => part === 'assistant');
  if (answers.length === 0) return 'no assistant message';
  if (answers.every(({ trained }) => !trained)) return 'every assistant message has weight 0';
  return answers.some(({ call }) => call !== null)
    ? 'the assistant only calls tools'
    : 'the assistant message is empty';
}

function blank(text: string): boolean {
  return text.trim() === '';
}
