/** An honest way to an answer without training: the base with the nearest training rows as examples in its prompt. */
import type { ChatMessage, Conversation } from '../text/conversation';

/**
 * A conversation with examples before its question: the system message of the question first, then every example without
 * its own, the nearest last, right before the question. No message of an example is learned.
 */
export function fewShotConversation(question: Conversation, nearestFirst: readonly Conversation[]): Conversation {
  const isSystem = ({ role }: ChatMessage): boolean => role === 'system';
  const examples = [...nearestFirst]
    .reverse()
    .flatMap(({ messages }) => messages.filter((message) => !isSystem(message)))
    .map((message) => (message.role === 'assistant' ? { ...message, weight: 0 as const } : message));
  const own = question.messages;
  return { ...question, messages: [...own.filter(isSystem), ...examples, ...own.filter((one) => !isSystem(one))] };
}
