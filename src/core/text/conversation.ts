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

/** A prompt and its answer as one turn. */
export function singleTurn(prompt: string, answer: string): Conversation {
  return {
    messages: [
      { role: 'user', content: prompt },
      { role: 'assistant', content: answer },
    ],
  };
}
