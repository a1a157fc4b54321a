import { describe, expect, test } from 'vitest';
import { readChat } from '../../../src/core/reading/chat';

const user = { role: 'user', content: 'q' };
const answer = { role: 'assistant', content: 'a' };

describe('readChat', () => {
  test('several user messages are joined, the last answer is the target', () => {
    const turns = [
      { role: 'system', content: 's' },
      user,
      answer,
      { role: 'user', content: 'q2' },
      { role: 'assistant', content: 'a2' },
    ];
    expect(readChat(turns)).toMatchObject({ ok: true, text: 'q\n\nq2', target: 'a2', unread: 2, tools: false });
  });

  test('content may be a list of text parts', () => {
    const parts = [
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ];
    expect(readChat([{ role: 'user', content: parts }, answer])).toMatchObject({ text: 'one\ntwo' });
  });

  test('weight 0 switches an answer off', () => {
    const off = { role: 'assistant', content: 'no', weight: 0 };
    expect(readChat([user, answer, { role: 'user', content: 'q2' }, off])).toMatchObject({ text: 'q', target: 'a' });
    expect(readChat([user, off])).toMatchObject({
      id: 'example_missing_assistant_message',
      reason: 'every assistant message has weight 0',
    });
  });

  test('tool calls are passed over and said', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ id: '1' }] };
    expect(readChat([user, call, { role: 'tool', content: '7' }, answer])).toMatchObject({ target: 'a', tools: true });
    expect(readChat([user, call])).toMatchObject({ reason: 'the assistant only calls tools' });
  });

  test.each([
    [undefined, 'missing_messages_list', '"messages" is missing'],
    ['hi', 'missing_messages_list', '"messages" is not a list'],
    [[], 'missing_messages_list', '"messages" is empty'],
    [[user, {}], 'message_missing_key', 'message 2 has no "role"'],
    [[{ role: 'user' }, answer], 'message_missing_key', 'message 1 has no "content"'],
    [['hi'], 'message_missing_key', 'message 1 is not a dictionary'],
    [[user, { role: 'narrator', content: 'a' }], 'unrecognized_role', 'message 2 has role "narrator"'],
    [[{ role: 'user', content: null }, answer], 'missing_content', 'message 1 has a "content" that is neither'],
    [[{ role: 'user', content: [{ type: 'image_url' }] }, answer], 'missing_content', 'message 1'],
    [[user], 'example_missing_assistant_message', 'no assistant message'],
    [
      [user, { role: 'assistant', content: ' ' }],
      'example_missing_assistant_message',
      'the assistant message is empty',
    ],
    [[answer], 'example_missing_user_message', 'no user message before the answer'],
  ])('%j is %s', (messages, id, reason) => {
    const result = readChat(messages);
    expect(result).toMatchObject({ ok: false, id });
    expect(result.ok ? '' : result.reason).toContain(reason);
  });

  test('keys that the format does not know are told', () => {
    expect(readChat([{ ...user, mood: 1 }, answer])).toMatchObject({ unknownKeys: ['mood'] });
  });
});
