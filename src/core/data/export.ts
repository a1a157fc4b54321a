/**
 * Rows as a JSONL file, in the form that the next tool reads without a question.
 */
import type { Conversation } from '../text/conversation';
import { conversationOf } from './conversations';
import type { Row } from './dataset';
import type { Task } from './mapping';

const CHUNK_CHARACTERS = 64 * 1024;

/**
 * One row as its line of JSON, without a line end: `{"text","label"}`, for generation `{"prompt","completion"}`, or where it
 * has messages or `asChat` says so `{"messages","tools"}` in OpenAI's form.
 */
export function rowToJson(row: Row, task: Task, asChat = row.messages !== undefined): string {
  const { text, target } = row;
  if (task === 'generation' && asChat) return JSON.stringify(chatJson(conversationOf(row)));
  return JSON.stringify(task === 'classification' ? { text, label: target } : { prompt: text, completion: target });
}

/** All rows as JSONL, in UTF-8 chunks of about 64 KiB. */
export function* rowsToJsonl(rows: Iterable<Row>, task: Task): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text = '';
  let asChat = false;
  for (const row of rows) {
    // One form for what stands behind: a file is read in one way.
    asChat ||= row.messages !== undefined;
    text += `${rowToJson(row, task, asChat)}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}

/** A conversation in OpenAI's form. */
export function chatJson({ messages, tools }: Conversation): object {
  return {
    messages: messages.map(({ role, content, weight, toolCalls = [], toolCallId, name }) => ({
      role,
      content: content === '' && toolCalls.length > 0 ? null : content,
      ...(weight !== undefined && { weight }),
      ...(toolCalls.length > 0 && {
        tool_calls: toolCalls.map((call) => ({
          ...(call.id !== undefined && { id: call.id }),
          type: 'function',
          function: { name: call.name, arguments: JSON.stringify(call.arguments) },
        })),
      }),
      ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
      ...(name !== undefined && { name }),
    })),
    ...(tools && tools.length > 0 && { tools }),
  };
}
