/**
 * One message of a chat in whatever dialect: OpenAI (`role`, `content`), ShareGPT (`from`, `value`), Gemini (`role`,
 * `parts`), Cohere (`role`, `message`). Roles in any case; their names are gathered here and nowhere else.
 */
import type { ChatMessage } from '../text/conversation';
import { type DataRecord, findKey, isRecord } from './field-names';
import { jsonInside } from './field-paths';
import { readCalls } from './tools';

export type Part = 'system' | 'user' | 'assistant' | 'tool';

export interface Message {
  part: Part;
  content: string;
  trained: boolean;
  /** Arguments of its last tool call; null where it calls none. */
  call: DataRecord | null;
  /** The same as a conversation keeps it. */
  kept: ChatMessage;
}

export type MessageFaultId = 'message_missing_key' | 'unrecognized_role' | 'missing_content';

const NAMES: readonly (readonly [Part, string])[] = [
  ['system', 'system developer context'],
  ['user', 'user human prompter customer client'],
  ['assistant', 'assistant gpt chatgpt bot chatbot model ai agent bing bard'],
  ['tool', 'tool function tool_result function_response observation ipython'],
];
const PARTS: ReadonlyMap<string, Part> = new Map(
  NAMES.flatMap(([part, names]) => names.split(' ').map((name) => [name, part] as const)),
);

const ROLE_KEYS = ['role', 'from', 'speaker', 'sender', 'author'];
const CONTENT_KEYS = ['content', 'value', 'parts', 'message', 'text'];
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  ...ROLE_KEYS,
  ...CONTENT_KEYS,
  ...'name weight tool_calls tool_call_id function_call functionCall refusal audio annotations'.split(' '),
]);

/** True for a list whose items look like messages: each says who speaks, and most by a name that is known. */
export function isMessageList(items: readonly unknown[]): boolean {
  if (items.length === 0) return false;
  const roles = items.map((item) => (isRecord(item) ? roleOf(item) : undefined));
  if (!items.every((item, i) => isRecord(item) && typeof roles[i] === 'string' && hasContent(item))) return false;
  return roles.filter((role) => typeof role === 'string' && partOf(role) !== null).length * 2 >= items.length;
}

/** Reads one message, `number` counted from 1 for the words. */
export function readMessage(item: unknown, number: number): Message | { id: MessageFaultId; reason: string } {
  if (!isRecord(item)) return { id: 'message_missing_key', reason: `message ${number} is not a dictionary` };
  const role = roleOf(item);
  const raw = contentOf(item);
  const call = callOf(item);
  if (role === undefined) return { id: 'message_missing_key', reason: `message ${number} has no "role"` };
  const part = typeof role === 'string' ? partOf(role) : null;
  if (part === null) {
    const got = typeof role === 'string' ? `role "${role.slice(0, 40)}"` : 'a role that is not a text';
    const known = 'system, developer, user, assistant, tool, function';
    return { id: 'unrecognized_role', reason: `message ${number} has ${got}; known are ${known}` };
  }
  if (raw === undefined && call === null) {
    return { id: 'message_missing_key', reason: `message ${number} has no "content"` };
  }
  const content = raw === undefined || (raw === null && call !== null) ? '' : contentText(raw);
  if (content === null) {
    return { id: 'missing_content', reason: `message ${number} has a "content" that is neither text nor text parts` };
  }
  const trained = get(item, ['weight']) !== 0;
  return { part, content, call, trained, kept: keptMessage(item, part, content, trained) };
}

function keptMessage(item: DataRecord, role: Part, content: string, trained: boolean): ChatMessage {
  const calls = role === 'assistant' ? readCalls(callsIn(item)) : [];
  const [callId, name] = [get(item, ['tool_call_id']), get(item, ['name'])];
  return {
    role,
    content: role === 'assistant' ? content.trim() : content,
    ...(role === 'assistant' && !trained && { weight: 0 }),
    ...(calls.length > 0 && { toolCalls: calls }),
    ...(role === 'tool' && typeof callId === 'string' && { toolCallId: callId }),
    ...(role === 'tool' && typeof name === 'string' && { name }),
  };
}

/** Keys of a message that no dialect knows. */
export function unknownMessageKeys(item: DataRecord): string[] {
  return Object.keys(item).filter((key) => !KNOWN_KEYS.has(key));
}

function partOf(role: string): Part | null {
  return PARTS.get(role.trim().toLowerCase()) ?? null;
}

function roleOf(item: DataRecord): unknown {
  return get(item, ROLE_KEYS);
}

function contentOf(item: DataRecord): unknown {
  return get(item, CONTENT_KEYS);
}

function hasContent(item: DataRecord): boolean {
  return contentOf(item) !== undefined || callOf(item) !== null;
}

/** A message's words: a string, or the text parts of a list; null for anything else (pictures, sound, null). */
function contentText(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const parts: string[] = [];
  for (const part of content) {
    // Gemini's parts: {"text"}, or a call, which is read elsewhere.
    if (isRecord(part) && get(part, ['functionCall', 'function_call', 'functionResponse']) !== undefined) continue;
    const typed = isRecord(part) && (get(part, ['type']) === 'text' || get(part, ['type']) === undefined);
    const text: unknown = typed ? get(part, ['text']) : part;
    if (typeof text !== 'string') return null;
    parts.push(text);
  }
  return parts.join('\n');
}

/** The arguments of the last call: OpenAI's `tool_calls` and `function_call`, Gemini's `functionCall` among the parts. */
function callOf(item: DataRecord): DataRecord | null {
  const last = callsIn(item).at(-1);
  if (last === undefined) return null;
  const body = get(last, ['function']);
  const call = isRecord(body) ? body : last;
  const given = get(call, ['arguments', 'args', 'parameters']);
  const read = isRecord(given) ? given : jsonInside(given);
  return isRecord(read) ? read : {};
}

function callsIn(item: DataRecord): DataRecord[] {
  const calls = get(item, ['tool_calls']);
  const single = get(item, ['function_call', 'functionCall']);
  const parts = get(item, ['parts', 'content']);
  const among = Array.isArray(parts)
    ? parts.filter(isRecord).map((part) => get(part, ['functionCall', 'function_call']))
    : [];
  return [...(Array.isArray(calls) ? calls : []), single, ...among].filter(isRecord);
}

function get(record: DataRecord, names: readonly string[]): unknown {
  for (const name of names) {
    const key = findKey(record, name);
    if (key !== null) return record[key];
  }
  return undefined;
}
