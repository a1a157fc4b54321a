/**
 * Reads one chat of OpenAI's fine-tuning format as text and target.
 *
 * The target is the last assistant message that is trained (`weight` not 0) and has words. The text is what the user
 * said before it, several messages joined with a blank line. System, tool and earlier assistant messages are not part
 * of the text: a classifier learns from what comes in. Faults bear OpenAI's names.
 */
import { type DataRecord, findKey } from './field-names';

export type ChatFaultId =
  | 'missing_messages_list'
  | 'message_missing_key'
  | 'unrecognized_role'
  | 'missing_content'
  | 'example_missing_assistant_message'
  | 'example_missing_user_message';

export type ChatResult =
  | { ok: false; id: ChatFaultId; reason: string }
  | {
      ok: true;
      text: string;
      target: string;
      /** Keys of messages that the format does not know. */
      unknownKeys: string[];
      /** Messages that are neither text nor target (system, earlier answers, tools). */
      unread: number;
      /** True where tools are called or answer. */
      tools: boolean;
    };

const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const KEYS: ReadonlySet<string> = new Set(
  'role content name weight tool_calls tool_call_id function_call refusal audio annotations'.split(' '),
);

interface Message {
  role: string;
  content: string;
  trained: boolean;
  calls: boolean;
}

type MessageResult = Message | { id: ChatFaultId; reason: string };

/** Reads the list under `messages` of one record. */
export function readChat(value: unknown): ChatResult {
  if (!Array.isArray(value) || value.length === 0) {
    const what = Array.isArray(value) ? 'is empty' : 'is not a list';
    return {
      ok: false,
      id: 'missing_messages_list',
      reason: `"messages" ${value === undefined ? 'is missing' : what}`,
    };
  }
  const messages: Message[] = [];
  const unknownKeys = new Set<string>();
  for (const [i, item] of value.entries()) {
    const read = readMessage(item, i + 1);
    if ('id' in read) return { ok: false, ...read };
    messages.push(read);
    for (const key of Object.keys(item)) if (!KEYS.has(key)) unknownKeys.add(key);
  }

  const last = messages.findLastIndex(
    (message) => message.role === 'assistant' && message.trained && hasWords(message),
  );
  const target = messages[last];
  if (target === undefined) {
    return { ok: false, id: 'example_missing_assistant_message', reason: explainNoTarget(messages) };
  }
  const asked = messages.slice(0, last).filter((message) => message.role === 'user' && hasWords(message));
  if (asked.length === 0) {
    return { ok: false, id: 'example_missing_user_message', reason: 'no user message before the answer' };
  }
  return {
    ok: true,
    text: asked.map((message) => message.content).join('\n\n'),
    target: target.content,
    unknownKeys: [...unknownKeys],
    unread: messages.length - asked.length - 1,
    tools: messages.some((message) => message.calls || message.role === 'tool' || message.role === 'function'),
  };
}

function readMessage(item: unknown, number: number): MessageResult {
  if (!isRecord(item)) return { id: 'message_missing_key', reason: `message ${number} is not a dictionary` };
  const role = get(item, 'role');
  const content = get(item, 'content');
  const calls = filled(get(item, 'tool_calls')) || filled(get(item, 'function_call'));
  if (role === undefined) return { id: 'message_missing_key', reason: `message ${number} has no "role"` };
  if (typeof role !== 'string' || !ROLES.has(role)) {
    const got = typeof role === 'string' ? `role "${role.slice(0, 40)}"` : 'a role that is not a text';
    return { id: 'unrecognized_role', reason: `message ${number} has ${got}; known are ${[...ROLES].join(', ')}` };
  }
  if (content === undefined && !calls) {
    return { id: 'message_missing_key', reason: `message ${number} has no "content"` };
  }
  const text = content === undefined || (content === null && calls) ? '' : contentText(content);
  if (text === null) {
    return { id: 'missing_content', reason: `message ${number} has a "content" that is neither text nor text parts` };
  }
  return { role, content: text, calls, trained: get(item, 'weight') !== 0 };
}

/** A message's words: a string, or the text parts of a list; null for anything else (pictures, sound, null). */
function contentText(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const parts: string[] = [];
  for (const part of content) {
    const text: unknown = isRecord(part) && get(part, 'type') === 'text' ? get(part, 'text') : part;
    if (typeof text !== 'string') return null;
    parts.push(text);
  }
  return parts.join('\n');
}

function explainNoTarget(messages: readonly Message[]): string {
  const answers = messages.filter((message) => message.role === 'assistant');
  if (answers.length === 0) return 'no assistant message';
  if (answers.every((message) => !message.trained)) return 'every assistant message has weight 0';
  return answers.some((message) => message.calls) ? 'the assistant only calls tools' : 'the assistant message is empty';
}

function hasWords(message: Message): boolean {
  return message.content.trim() !== '';
}

function filled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

function get(record: DataRecord, name: string): unknown {
  const key = findKey(record, name);
  return key === null ? undefined : record[key];
}

/** True for a JSON dictionary: not null, not a list. */
export function isRecord(value: unknown): value is DataRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
