import { expect, test } from 'vitest';
import { fewShotConversation, nearestTrainingRows } from '../../../src/core/run/few-shot';
import type { ChatMessage } from '../../../src/core/text/conversation';

/** Rows on a circle, by their angle in degrees. */
function rows(angles: number[], groups: number[], heldOutIn: number[]) {
  const values = Float32Array.from(
    angles.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
  );
  return {
    vectors: { kind: 'dense' as const, values, rows: angles.length, columns: 2 },
    groups: Int32Array.from(groups),
    heldOutIn: Int32Array.from(heldOutIn),
  };
}

test('the nearest training rows come first; rows of the same fold, the same group and the row itself do not', () => {
  const all = rows([0, 1, 2, 10, 5, 90], [0, 1, 0, 3, 4, 5], [0, 0, -1, -1, 1, -1]);
  // 1 is held out with it, 2 is of its group; 4 is held out in another fold, and trained on in this one.
  expect(nearestTrainingRows(all, 0, 2)).toEqual([4, 3]);
  expect(nearestTrainingRows(all, 0, 9)).toEqual([4, 3, 5]);
  expect(nearestTrainingRows(all, 4, 1)).toEqual([2]);
});

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
