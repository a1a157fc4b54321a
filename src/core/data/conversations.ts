/**
 * Rows as conversations. A row has its text and its target; where these do not say all (a system message, several turns,
 * tools), it keeps its messages too, and text and target stand for what was asked and for the answer, also when a person
 * changed them.
 */
import { answerPlace, answerWords, type ChatMessage, type Conversation, singleTurn } from '../text/conversation';
import type { Row } from './dataset';
import type { Task } from './mapping';

type Said = Pick<Row, 'text' | 'target' | 'messages' | 'tools'>;

/** What the user said before that answer, several messages with a blank line between: a row's text. */
export function askedWords(messages: readonly ChatMessage[]): string {
  return asked(messages, answerPlace(messages))
    .map(({ content }) => content)
    .join('\n\n');
}

/** The conversation of a row, with its text and target as they are now. */
export function conversationOf({ text, target, messages, tools }: Said): Conversation {
  if (messages === undefined) return singleTurn(text, target);
  const place = answerPlace(messages);
  const answer = messages[place];
  const rest = tools && tools.length > 0 ? { tools } : {};
  // Nobody answers: rows are not read from such chats.
  if (answer === undefined) return { ...singleTurn(text, target), ...rest };
  const { toolCalls: _, ...inWords } = answer;
  const answered = answerWords(answer).trim() === target ? answer : { ...inWords, content: target };
  const put = messages.map((message, i) => (i === place ? answered : message));
  return { messages: withText(put, place, text), ...rest };
}

/** Puts a changed text in the place of the message that was changed; of several changed ones it is a single question. */
function withText(messages: readonly ChatMessage[], place: number, text: string): readonly ChatMessage[] {
  const questions = asked(messages, place);
  const words = questions.map(({ content }) => content);
  if (words.join('\n\n') === text) return messages;
  let from = 0;
  let rest = text;
  while (from < words.length - 1 && rest.startsWith(`${words[from] ?? ''}\n\n`)) {
    rest = rest.slice((words[from++]?.length ?? 0) + 2);
  }
  let to = words.length;
  while (to > from + 1 && rest.endsWith(`\n\n${words[to - 1] ?? ''}`)) {
    rest = rest.slice(0, -(words[--to]?.length ?? 0) - 2);
  }
  const changed = questions[from];
  if (changed !== undefined && to === from + 1) {
    return messages.map((message) => (message === changed ? { ...message, content: rest } : message));
  }
  const system = messages.slice(0, place).filter(({ role }) => role === 'system');
  return [...system, { role: 'user', content: text }, ...messages.slice(place)];
}

function asked(messages: readonly ChatMessage[], place: number): ChatMessage[] {
  return messages.slice(0, Math.max(0, place)).filter(({ role, content }) => role === 'user' && content.trim() !== '');
}

/**
 * Takes messages and tools off rows that need none: all rows where the task is to choose a label, or where each is one
 * question and one answer. Else all keep theirs, so that the set is exported in one form.
 */
export function settleConversations(rows: readonly Row[], task: Task): void {
  if (task === 'generation' && rows.some((row) => row.messages !== undefined && !isSingleTurn(row))) return;
  for (const row of rows) {
    delete row.messages;
    delete row.tools;
  }
}

function isSingleTurn({ messages = [], tools = [] }: Row): boolean {
  const [question, answer] = messages;
  return (
    messages.length === 2 &&
    tools.length === 0 &&
    question?.role === 'user' &&
    answer?.role === 'assistant' &&
    (answer.toolCalls ?? []).length === 0
  );
}
