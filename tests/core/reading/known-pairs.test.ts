import { describe, expect, test } from 'vitest';
import { guessReading } from '../../../src/core/reading/guess';

const read = (...records: Record<string, unknown>[]) => guessReading(records).reading;

describe('known names', () => {
  const texts = ['text', 'sentence', 'content', 'query', 'utterance'];
  const labels = ['label', 'category', 'class', 'intent', 'target', 'sentiment'];
  test.each(texts.flatMap((text) => labels.map((label) => [text, label] as const)))('%s and %s', (text, label) => {
    expect(read({ [text]: 'x', [label]: 'y' })).toEqual({
      format: 'text-label',
      textFields: [text],
      targetField: label,
    });
  });

  test.each([
    ['prompt', 'completion'],
    ['question', 'answer'],
    ['input', 'output'],
    ['instruction', 'output'],
    ['input', 'target'],
  ])('%s and %s are prompt and completion', (prompt, completion) => {
    expect(read({ [prompt]: 'x', [completion]: 'y' })).toEqual({
      format: 'prompt-completion',
      textFields: [prompt],
      targetField: completion,
    });
  });

  test('chat and preference are told before anything else', () => {
    expect(read({ messages: [], text: 'x', label: 'y' }).format).toBe('chat');
    expect(read({ prompt: 'x', chosen: 'y', rejected: 'z' }).format).toBe('preference');
    const said = (role: string) => [{ role, content: 'x' }];
    const pair = { preferred_output: said('assistant'), non_preferred_output: said('assistant') };
    expect(read({ input: { messages: said('user'), tools: [] }, ...pair }).format).toBe('preference');
    expect(read({ chosen: said('assistant'), rejected: said('assistant') }).format).toBe('preference');
    expect(read({ messages: said('user'), chosen: said('assistant'), rejected: said('user') }).format).toBe('chat');
  });

  test('fields are named as the file spells them', () => {
    expect(read({ Text: 'x', Label: 'y' })).toMatchObject({ textFields: ['Text'], targetField: 'Label' });
  });

  test('what most records have counts, not what one has', () => {
    expect(
      read({ text: 'a', intent: 'x', label: '' }, { text: 'b', intent: 'y' }, { text: 'c', intent: 'z' }),
    ).toMatchObject({
      targetField: 'intent',
    });
  });

  test('label_text stands in only for a label of numbers', () => {
    expect(read({ text: 'a', label: 3, label_text: 'x' }).targetField).toBe('label_text');
    expect(read({ text: 'a', label: 'n', label_text: 'x' }).targetField).toBe('label');
  });

  test('unknown names are unknown', () => {
    expect(read({ v1: 'a', v2: 'b' }).format).toBe('unknown');
    expect(read().format).toBe('unknown');
  });
});
