/**
 * Chats as a model was trained to read them: its own Jinja template, in Hugging Face's dialect, run by
 * `@huggingface/jinja`; what it gives is cut into pieces that say which are control tokens and which are learned.
 *
 * - What a person wrote is never a control token: a mark inside each that stands in a message keeps it from being one
 *   while the template runs, and is taken out afterwards.
 * - An answer is learned from behind the words that ask for it (`add_generation_prompt`) to its end token, that included
 *   and the newline behind it not; or where the template marks it by `{% generation %}`.
 * - A template that knows no tools is given them as words (plain-tools.ts).
 */
import { Template } from '@huggingface/jinja';
import { AppError } from '../errors';
import {
  type ChatMessage,
  type Conversation,
  isJsonList,
  isLearned,
  type JsonObject,
  type JsonValue,
} from './conversation';
import { withPlainTools } from './plain-tools';

/** A part of a rendered chat. */
export interface ChatPiece {
  text: string;
  /** It is learned. */
  trained: boolean;
  /** It is a control token. */
  control: boolean;
}

export interface ChatTemplate {
  readonly source: string;
  readonly template: Template;
  readonly bosToken: string;
  readonly eosToken: string;
  /** Finds control tokens; null where there are none. */
  readonly controls: RegExp | null;
  /** The template knows tools itself. */
  readonly hasTools: boolean;
  /** The template marks what is learned. */
  readonly hasMarks: boolean;
}

export interface TemplateTokens {
  bosToken?: string | undefined;
  eosToken?: string | undefined;
  controlTokens: readonly string[];
}

/** For a model that has no template: what was said, line by line, each answer with the end token behind it. */
export const PLAIN_TEMPLATE =
  "{% for message in messages %}{{ message['content'] }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}" +
  "{{ '\n' }}{% endfor %}";

/** Characters that no text has (Unicode calls them noncharacters). */
const MARKS = Array.from({ length: 32 }, (_, i) => String.fromCharCode(0xfdd0 + i));
const [BEGIN = '', END = ''] = MARKS;
const SHIELDS = MARKS.slice(2);
const GENERATION = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

/** From a template's source; throws `model-unsupported` where it cannot be run here, with the reason. */
export function chatTemplate(source: string, tokens: TemplateTokens): ChatTemplate {
  const { bosToken = '', eosToken = '', controlTokens } = tokens;
  const marked = source.replace(GENERATION, (_, before: string, end: string | undefined, behind: string) => {
    return `{%${before} if true %}{{ '${end === undefined ? BEGIN : END}' }}{% endif ${behind}%}`;
  });
  const byLength = [...controlTokens].sort((a, b) => b.length - a.length);
  const controls = byLength.map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  try {
    return {
      source,
      template: new Template(marked),
      bosToken,
      eosToken,
      controls: controls === '' ? null : new RegExp(controls, 'gu'),
      hasTools: /\btools\b/.test(source),
      hasMarks: marked !== source,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('model-unsupported', `The model's chat template cannot be used here: ${reason}.`, { cause });
  }
}

/**
 * A conversation as the model reads it. `generationPrompt`: with the words that ask for an answer behind it.
 * Throws `data-unusable` where the template refuses the conversation (roles that do not take turns, say).
 */
export function renderChat(
  chat: ChatTemplate,
  conversation: Conversation,
  { generationPrompt = false }: { generationPrompt?: boolean } = {},
): ChatPiece[] {
  const own = chat.hasTools ? conversation : withPlainTools(conversation);
  const shield = shieldFor(chat, own);
  const { messages, tools } = shield === null ? own : shielded(chat, own, shield);
  const render = (some: readonly ChatMessage[], generation: boolean): string => run(chat, some, tools, generation);

  const whole = render(messages, generationPrompt);
  const { text, spans } = chat.hasMarks
    ? markedSpans(whole, messages)
    : { text: whole, spans: answerSpans(chat, whole, messages, render) };
  return cut(chat, text, spans).flatMap(({ text: part, ...piece }) => {
    const words = shield === null ? part : part.replaceAll(shield, '');
    return words === '' ? [] : [{ text: words, ...piece }];
  });
}

function run(
  { template, bosToken, eosToken }: ChatTemplate,
  messages: readonly ChatMessage[],
  tools: Conversation['tools'],
  generation: boolean,
): string {
  try {
    return template.render({
      messages: messages.map(asTemplatesHaveIt),
      ...(tools && tools.length > 0 && { tools }),
      add_generation_prompt: generation,
      bos_token: bosToken,
      eos_token: eosToken,
      // Else Llama 3.2 writes the day's date: the same rows would not be the same tokens tomorrow.
      date_string: '26 Jul 2024',
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('data-unusable', `The model's chat template refuses this conversation: ${reason}`, { cause });
  }
}

function asTemplatesHaveIt({ role, content, toolCalls, toolCallId, name }: ChatMessage): Record<string, unknown> {
  const calls = toolCalls?.map(({ id, name: tool, arguments: given }) => ({
    ...(id !== undefined && { id }),
    type: 'function',
    function: { name: tool, arguments: given },
  }));
  return {
    role,
    content,
    ...(calls && calls.length > 0 && { tool_calls: calls }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(name !== undefined && { name }),
  };
}

interface Span {
  start: number;
  end: number;
}

/** The answers that are learned in a rendered chat, found by rendering what stands before them. */
function answerSpans(
  chat: ChatTemplate,
  whole: string,
  messages: readonly ChatMessage[],
  render: (some: readonly ChatMessage[], generation: boolean) => string,
): Span[] {
  const spans: Span[] = [];
  let before = 0;
  for (const [i, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    const start = startOfAnswer(whole, messages, i, before, render);
    const end = endOfAnswer(chat, whole, start, message);
    before = end;
    if (isLearned(message)) spans.push({ start, end });
  }
  return spans;
}

function startOfAnswer(
  whole: string,
  messages: readonly ChatMessage[],
  place: number,
  before: number,
  render: (some: readonly ChatMessage[], generation: boolean) => string,
): number {
  const asked = rendered(() => render(messages.slice(0, place), true));
  if (asked !== null && asked.length >= before && whole.startsWith(asked)) return asked.length;
  // A template that does not begin so: where its own words would stand.
  const other = messages.map((message, i) => (i === place ? { ...message, content: BEGIN } : message));
  const probe = rendered(() => render(other, false));
  const start = probe?.indexOf(BEGIN) ?? -1;
  if (probe !== null && start >= before && whole.startsWith(probe.slice(0, start))) return start;
  throw new AppError('data-unusable', "The model's chat template does not say where an answer of this chat begins.");
}

/** Null where a template refuses a part of a conversation that it takes as a whole. */
function rendered(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof AppError && error.code === 'data-unusable') return null;
    throw error;
  }
}

/** Behind the end token; where the template writes none, behind the answer's own words. */
function endOfAnswer(
  { controls, eosToken }: ChatTemplate,
  whole: string,
  start: number,
  { content }: ChatMessage,
): number {
  const rest = whole.slice(start);
  for (const { 0: token, index } of controls === null ? [] : rest.matchAll(controls)) {
    // Any control token ends it: messages have none of their own.
    return start + index + (token === eosToken || isEnd(token) ? token.length : 0);
  }
  const words = content.trim();
  const at = words === '' ? -1 : rest.indexOf(words);
  return at < 0 ? whole.length : start + at + words.length;
}

/** Names of tokens that end a turn where they are not what ends a text: <|eot_id|>, <|im_end|>, <end_of_turn>. */
function isEnd(token: string): boolean {
  return /end|eot|eom|<\/s>/i.test(token);
}

/** What stands between the marks of the template, and the text without them. */
function markedSpans(whole: string, messages: readonly ChatMessage[]): { text: string; spans: Span[] } {
  const spans: Span[] = [];
  let text = '';
  let start = 0;
  for (const part of whole.split(new RegExp(`(${BEGIN}|${END})`))) {
    if (part === BEGIN) start = text.length;
    else if (part === END) spans.push({ start, end: text.length });
    else text += part;
  }
  const answers = messages.filter(({ role }) => role === 'assistant');
  // One mark an answer: then the weights of answers count too.
  const each = answers.length === spans.length;
  return { text, spans: spans.filter((_, i) => !each || answers[i]?.weight !== 0) };
}

/** A rendered chat at its control tokens and at the ends of what is learned. */
function cut({ controls }: ChatTemplate, text: string, spans: readonly Span[]): ChatPiece[] {
  const pieces: ChatPiece[] = [];
  const add = (start: number, end: number, control: boolean): void => {
    let at = start;
    while (at < end) {
      const span = spans.find((one) => one.end > at);
      const trained = span !== undefined && span.start <= at;
      const next = Math.min(end, span === undefined ? end : trained ? span.end : Math.max(span.start, at + 1));
      pieces.push({ text: text.slice(at, next), trained, control });
      at = next;
    }
  };
  let end = 0;
  for (const { 0: token, index } of controls === null ? [] : text.matchAll(controls)) {
    add(end, index, false);
    end = index + token.length;
    add(index, end, true);
  }
  add(end, text.length, false);
  return pieces;
}

/** A character that no part of the conversation has; null where none of it looks like a control token. */
function shieldFor({ controls }: ChatTemplate, conversation: Conversation): string | null {
  const all = JSON.stringify(conversation);
  if (controls === null || (all.search(controls) < 0 && !all.includes(BEGIN) && !all.includes(END))) return null;
  const free = SHIELDS.find((mark) => !all.includes(mark));
  if (free !== undefined) return free;
  throw new AppError('data-unusable', 'This chat has every character in it that Hone could mark control tokens with.');
}

function shielded({ controls }: ChatTemplate, { messages, tools }: Conversation, shield: string): Conversation {
  const text = (words: string): string =>
    controls === null
      ? words
      : words.replace(controls, (token) => token.slice(0, 1) + shield + token.slice(1)).replace(/[\ufdd0\ufdd1]/g, '');
  const deep = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return text(value);
    if (isJsonList(value)) return value.map(deep);
    if (typeof value !== 'object' || value === null) return value;
    return object(value);
  };
  const object = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([key, own]) => [text(key), deep(own)]));
  return {
    messages: messages.map((message) => ({
      ...message,
      content: text(message.content),
      ...(message.name !== undefined && { name: text(message.name) }),
      ...(message.toolCalls && {
        toolCalls: message.toolCalls.map((call) => ({
          ...call,
          name: text(call.name),
          arguments: object(call.arguments),
        })),
      }),
    })),
    ...(tools && { tools: tools.map(object) }),
  };
}
