import { expect, test } from 'vitest';
import { fewShotConversation } from '../../../src/core/run/few-shot';
import type { ChatMessage } from '../../../src/core/text/conversation';

test('examples stand before the question, the nearest last, without system messages of their own', () => {
  const say = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content });
  const question = { messages: [say('system', 'be short'), say('user', 'q')] };
  const example = (n: number) => ({
    messages: [say('system', 'else'), say('user', `u${n}`), say('assistant', `a${n}`)],
  });
  const { messages } = fewShotConversation(question, [example(1), example(2)]);
  expect(messages.map(({ content }) => content)).toEqual(['be short', 'u2', 'a2', 'u1', 'a1', 'q']);
  expect(messages.filter(({ role }) => role === 'assistant').every(({ weight }) => weight === 0)).toBe(true);
});
