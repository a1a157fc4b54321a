import { describe, expect, test } from 'vitest';
import { askedWords, conversationOf, settleConversations } from '../../../src/core/data/conversations';
import type { Row } from '../../../src/core/data/dataset';
import { rowsToJsonl, rowToJson } from '../../../src/core/data/export';
import { fingerprintRows } from '../../../src/core/data/fingerprint';
import type { ChatMessage } from '../../../src/core/text/conversation';

const messages: ChatMessage[] = [
  { role: 'system', content: 's' },
  { role: 'user', content: 'one' },
  { role: 'assistant', content: 'first', weight: 0 },
  { role: 'user', content: 'two' },
  { role: 'assistant', content: 'last' },
];
const tools = [{ type: 'function', function: { name: 'f' } }];
const row: Row = { rowId: 1, line: 1, text: 'one\n\ntwo', target: 'last', messages, tools };
const contents = (change: Partial<Row>) => conversationOf({ ...row, ...change }).messages.map(({ content }) => content);

describe('the conversation of a row', () => {
  test('without messages is its text and its target', () => {
    expect(conversationOf({ text: 'q', target: 'a' })).toEqual({
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
      ],
    });
  });

  test('is its messages and tools as they are', () => {
    expect(conversationOf(row)).toEqual({ messages, tools });
    expect(askedWords(messages)).toBe(row.text);
  });

  test.each<[string, Partial<Row>, string[]]>([
    ['another answer', { target: 'better' }, ['s', 'one', 'first', 'two', 'better']],
    ['another last question', { text: 'one\n\nthree' }, ['s', 'one', 'first', 'three', 'last']],
    ['another first question', { text: 'zero\n\nzero\n\ntwo' }, ['s', 'zero\n\nzero', 'first', 'two', 'last']],
    ['other questions than there were', { text: 'all new' }, ['s', 'all new', 'last']],
  ])('has %s where a person wrote one', (_, change, expected) => {
    expect(contents(change)).toEqual(expected);
  });

  test('whose answer is a call keeps it until a person writes words', () => {
    const call: ChatMessage = { role: 'assistant', content: '', toolCalls: [{ name: 'f', arguments: { a: 1 } }] };
    const asked: ChatMessage = { role: 'user', content: 'go' };
    const target = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>';
    const calling = { text: 'go', target, messages: [asked, call] };
    expect(conversationOf(calling).messages[1]).toEqual(call);
    expect(conversationOf({ ...calling, target: 'no' }).messages[1]).toEqual({ role: 'assistant', content: 'no' });
  });
});

describe('rows that need no messages', () => {
  const plain: Row = {
    ...{ rowId: 2, line: 2, text: 'q', target: 'a' },
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
    ],
  };

  test('have none, unless others of the set do', () => {
    const [alone, beside, chat] = [{ ...plain }, { ...plain }, { ...row }];
    settleConversations([alone], 'generation');
    expect(alone).toEqual({ rowId: 2, line: 2, text: 'q', target: 'a' });
    settleConversations([beside, chat], 'generation');
    expect([beside, chat]).toEqual([plain, row]);
  });

  test('are all rows where a label is chosen', () => {
    const chat = { ...row };
    settleConversations([chat], 'classification');
    expect(chat).toEqual({ rowId: 1, line: 1, text: 'one\n\ntwo', target: 'last' });
  });
});

describe('a row with messages as a line of JSON', () => {
  test("is a chat in OpenAI's form, with calls and what answers them", () => {
    const called: ChatMessage[] = [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'f', arguments: { a: 1 } }] },
      { role: 'tool', content: '7', toolCallId: 'c', name: 'f' },
      { role: 'assistant', content: 'seven' },
    ];
    const line = rowToJson({ ...row, text: 'go', target: 'eight', messages: called }, 'generation');
    expect(JSON.parse(line)).toEqual({
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', content: '7', tool_call_id: 'c', name: 'f' },
        { role: 'assistant', content: 'eight' },
      ],
      tools,
    });
  });

  test('makes those behind it chats too', () => {
    const added: Row = { rowId: 3, line: 0, text: 'q', target: 'a' };
    const text = (rows: Row[]) =>
      [...rowsToJsonl(rows, 'generation')].map((chunk) => new TextDecoder().decode(chunk)).join('');
    expect(text([added])).toBe('{"prompt":"q","completion":"a"}\n');
    expect(text([row, added]).split('\n')[1]).toBe(
      '{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}',
    );
  });

  test('counts in the fingerprint', () => {
    const of = (change: Partial<Row>) => fingerprintRows([{ ...row, ...change }], 'generation');
    const silent = messages.slice(1);
    expect(new Set([of({}), of({ messages: silent }), of({ tools: [] }), of({ target: 'x' })]).size).toBe(4);
  });
});
