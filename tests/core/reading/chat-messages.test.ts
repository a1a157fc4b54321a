import { describe, expect, test } from 'vitest';
import { importText } from '../import/import-text';

const say = (role: string, content: unknown, more: object = {}) => ({ role, content, ...more });
const question = say('user', 'What is it?');
const schema = { name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } };
const tool = { type: 'function', function: schema };
/** Records as a file of different answers. */
const read = async (records: object[]) =>
  await importText(records.map((one) => JSON.stringify(one)).join('\n'), { task: 'generation' });
const found = (result: Awaited<ReturnType<typeof read>>, id: string) => result.findings.find((one) => one.id === id);

describe('rows of chats', () => {
  test('keep system message, turns and weights, up to the last answer that is learned', async () => {
    const chat = [
      say('developer', 'Be kind.'),
      question,
      say('assistant', ' no ', { weight: 0 }),
      say('human', 'And now?'),
      say('assistant', ' Yes. '),
      say('user', 'Thanks'),
      say('assistant', 'off', { weight: 0 }),
    ];
    const result = await read([{ messages: chat }]);
    expect(result.rows[0]).toMatchObject({ text: 'What is it?\n\nAnd now?', target: 'Yes.' });
    expect(result.rows[0]?.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'What is it?' },
      { role: 'assistant', content: 'no', weight: 0 },
      { role: 'user', content: 'And now?' },
      { role: 'assistant', content: 'Yes.' },
    ]);
    expect(found(result, 'chat-reduced')).toBeUndefined();
  });

  test('keep calls, what answered them and what can be called, in the old form too', async () => {
    const calls = [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a": "x"}' } }];
    const result = await read([
      {
        messages: [
          question,
          say('assistant', null, { tool_calls: calls }),
          say('tool', '7', { tool_call_id: 'c1' }),
          say('assistant', 'Seven.'),
        ],
        tools: [tool],
      },
      {
        messages: [
          question,
          say('assistant', null, { function_call: { name: 'f', arguments: '{"a": "y"}' } }),
          say('function', '8', { name: 'f' }),
          say('assistant', 'Eight.'),
        ],
        functions: [schema],
      },
    ]);
    const [now, legacy] = result.rows;
    expect(now?.messages?.slice(1, 3)).toEqual([
      { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'f', arguments: { a: 'x' } }] },
      { role: 'tool', content: '7', toolCallId: 'c1' },
    ]);
    expect(legacy?.messages?.slice(1, 3)).toEqual([
      { role: 'assistant', content: '', toolCalls: [{ name: 'f', arguments: { a: 'y' } }] },
      { role: 'tool', content: '8', name: 'f' },
    ]);
    expect([now?.tools, legacy?.tools]).toEqual([[tool], [tool]]);
    expect([result.mapping.unused, found(result, 'extra-keys')]).toEqual([[], undefined]);
    expect(found(result, 'tool-calls')).toBeUndefined();
  });

  test('whose only answer is a call have it as words', async () => {
    const calls = [{ function: { name: 'f', arguments: '{"a": "x"}' } }];
    const other = [say('user', 'Hi'), say('assistant', 'Hello.')];
    const result = await read([
      { messages: other },
      { messages: other },
      { messages: [question, say('assistant', null, { tool_calls: calls })] },
    ]);
    expect(result.rows[2]?.target).toBe('<tool_call>\n{"name": "f", "arguments": {"a": "x"}}\n</tool_call>');
    expect(result.leftOut).toBe(0);
  });

  test('of one question and one answer need no messages', async () => {
    const result = await read([{ messages: [question, say('assistant', 'A kettle.')] }]);
    expect(result.rows[0]).toEqual({ rowId: 1, line: 1, text: 'What is it?', target: 'A kettle.' });
  });

  test('with twenty turns, and with a message of a hundred thousand characters, are read whole as far as they may be', async () => {
    const turns = Array.from({ length: 20 }, (_, i) => [say('user', `q${i}`), say('assistant', `a${i}`)]).flat();
    const long = [say('user', 'x'.repeat(100_001)), say('assistant', 'y')];
    const result = await read([{ messages: turns }, { messages: long }]);
    expect(result.rows[0]?.messages).toHaveLength(40);
    expect(result.rows[1]?.messages?.[0]?.content).toHaveLength(100_000);
    expect(found(result, 'text-capped')?.lines).toContain(2);
  });
});

describe('what is said of chats', () => {
  test.each([
    ['no answer', [question], 'example_missing_assistant_message'],
    ['an empty answer', [question, say('assistant', '  ')], 'example_missing_assistant_message'],
    ['a role that nobody knows', [question, say('narrator', 'Once.')], 'unrecognized_role'],
    [
      'half a character in a system message',
      [say('system', '\ud800'), question, say('assistant', 'a')],
      'lone-surrogates',
    ],
  ])('%s: left out, with the reason', async (_, messages, id) => {
    const good = { messages: [question, say('assistant', 'A kettle.')] };
    const result = await read([good, good, good, { messages }]);
    expect(found(result, id)?.lines).toEqual([4]);
    expect([result.rows.length, result.leftOut]).toEqual([3, 1]);
  });

  test.each([
    ['a tool without a name', [{ type: 'function', function: { parameters: {} } }]],
    ['parameters that are a text', [{ ...schema, parameters: 'a: string' }]],
    ['a property that is a number', [{ ...schema, parameters: { type: 'object', properties: { a: 3 } } }]],
    ['a list of names that is none', [{ ...schema, parameters: { required: 'a' } }]],
    ['a dictionary', { f: schema }],
  ])('%s is no JSON schema: told, and the row is used', async (_, tools) => {
    const result = await read([{ messages: [question, say('assistant', 'a')], tools }]);
    expect(found(result, 'tools-no-schema')?.count).toBe(1);
    expect(result.rows).toHaveLength(1);
    expect(result.rows[0]?.tools).toBeUndefined();
  });

  test('tools as a text of JSON are tools', async () => {
    const result = await read([{ messages: [question, say('assistant', 'a')], tools: JSON.stringify([schema]) }]);
    expect(result.rows[0]?.tools).toEqual([tool]);
    expect(found(result, 'tools-no-schema')).toBeUndefined();
  });
});
