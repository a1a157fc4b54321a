/**
 * Tools for a chat template that knows none, in the one way that Hermes and Qwen 2.5 write them: what can be called stands
 * in the system message, a call is `<tool_call>` with a JSON of name and arguments, an answer is `<tool_response>` from the
 * user's side. The legacy `function_call` and role `function` of OpenAI are read as the same (core/reading).
 */
import { callWords, type ChatMessage, type Conversation, type JsonObject, jsonWords } from './conversation';

/** The same conversation without tools, calls and tool messages: they are words now. */
export function withPlainTools({ messages, tools = [] }: Conversation): Conversation {
  const plain: ChatMessage[] = [];
  for (const message of messages) {
    if (message.role !== 'tool') {
      plain.push(withPlainCalls(message));
      continue;
    }
    const answer = `<tool_response>\n${message.content}\n</tool_response>`;
    const before = plain.at(-1);
    // Several tools answer in one turn.
    if (before?.role === 'user' && before.content.endsWith('</tool_response>')) {
      plain[plain.length - 1] = { ...before, content: `${before.content}\n${answer}` };
    } else plain.push({ role: 'user', content: answer });
  }
  if (tools.length === 0) return { messages: plain };
  const [first, ...rest] = plain;
  const words = toolWords(tools);
  if (first?.role !== 'system') return { messages: [{ role: 'system', content: words }, ...plain] };
  const content = first.content === '' ? words : `${first.content}\n\n${words}`;
  return { messages: [{ ...first, content }, ...rest] };
}

function withPlainCalls({ toolCalls = [], ...message }: ChatMessage): ChatMessage {
  if (toolCalls.length === 0) return message;
  const parts = [...(message.content === '' ? [] : [message.content]), ...toolCalls.map(callWords)];
  return { ...message, content: parts.join('\n') };
}

function toolWords(tools: readonly JsonObject[]): string {
  return (
    '# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' +
    'You are provided with function signatures within <tools></tools> XML tags:\n' +
    `<tools>\n${tools.map(jsonWords).join('\n')}\n</tools>\n\n` +
    'For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML ' +
    'tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
  );
}
