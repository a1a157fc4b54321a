/**
 * A conversation as a decoder learns and continues it: who says what, which answers are learned, which tools there are.
 * Plain values: they go through `postMessage` and IndexedDB as they are.
 */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** True for a list: `Array.isArray` does not tell lists that cannot be changed from objects. */
export function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export type ChatRole = 'system' | 'user' | 'assistant' | 'tool';

/** A tool that the assistant calls. */
export interface ToolCall {
  id?: string;
  name: string;
  arguments: JsonObject;
}

export interface ChatMessage {
  role: ChatRole;
  /** Empty where a message only calls tools. */
  content: string;
  /** Of an answer: 0 = it is context and not learned. Absent: learned. */
  weight?: 0 | 1;
  /** Tools that an answer calls, in their order. */
  toolCalls?: readonly ToolCall[];
  /** Of a tool's answer: the call that it answers. */
  toolCallId?: string;
  /** Of a tool's answer: the tool's name. */
  name?: string;
}

export interface Conversation {
  messages: readonly ChatMessage[];
  /** What can be called, as JSON schemas in the form of OpenAI: `{type: 'function', function: {…}}`. */
  tools?: readonly JsonObject[];
}

/** True for a message that training learns: an answer, unless its weight is 0. */
export function isLearned({ role, weight }: ChatMessage): boolean {
  return role === 'assistant' && weight !== 0;
}

/** An answer as words: what it says, else the tools that it calls. */
export function answerWords({ content, toolCalls = [] }: ChatMessage): string {
  return content.trim() === '' ? toolCalls.map(callWords).join('\n') : content;
}

/** Place of the answer that is judged: the last that is learned, in words where there is one; −1 for none. */
export function answerPlace(messages: readonly ChatMessage[]): number {
  const inWords = messages.findLastIndex((message) => isLearned(message) && message.content.trim() !== '');
  return inWords >= 0
    ? inWords
    : messages.findLastIndex((message) => isLearned(message) && answerWords(message) !== '');
}

/** A call as Hermes, Qwen and SmolLM2 write it: JSON of name and arguments between marks. */
export function callWords({ name, arguments: given }: ToolCall): string {
  return `<tool_call>\n${jsonWords({ name, arguments: given })}\n</tool_call>`;
}

/** JSON with a blank behind each comma and colon, as Python's `json.dumps` writes it. */
export function jsonWords(value: JsonValue): string {
  if (isJsonList(value)) return `[${value.map(jsonWords).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, own]: [string, JsonValue]) => `${JSON.stringify(key)}: ${jsonWords(own)}`)
    .join(', ')}}`;
}

/** A prompt and its answer as one turn. */
export function singleTurn(prompt: string, answer: string): Conversation {
  return {
    messages: [
      { role: 'user', content: prompt },
      { role: 'assistant', content: answer },
    ],
  };
}
