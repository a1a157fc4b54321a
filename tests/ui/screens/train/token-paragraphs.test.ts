import { expect, test } from 'vitest';
import { tokenParagraphs } from '../../../../src/ui/screens/train/token-paragraphs';
import { signWords } from '../../../../src/ui/token-signs';

const run = (use: 'trained' | 'context' | 'cut', text: string) => ({ use, text, tokens: 1 });

test('each message is a paragraph with its role beside it, and the end token a sign', () => {
  const paragraphs = tokenParagraphs([
    run('context', '<|im_start|>user\nTell him no<|im_end|>\n<|im_start|>assistant\n'),
    run('trained', 'Not today.<|im_end|>'),
    run('context', '\n'),
  ]);
  expect(paragraphs).toEqual([
    {
      role: 'user',
      parts: [
        { use: 'context', text: 'Tell him no', sign: false },
        { use: 'context', text: '<|im_end|>', sign: true },
      ],
    },
    {
      role: 'answer',
      parts: [
        { use: 'trained', text: 'Not today.', sign: false },
        { use: 'trained', text: '<|im_end|>', sign: true },
      ],
    },
  ]);
  expect([signWords('<|im_end|>'), signWords('<|pad|>')]).toEqual(['end', 'pad']);
});

test('what is cut off keeps its place, and a template without such marks is one paragraph', () => {
  const [first, answer] = tokenParagraphs([
    run('context', '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n'),
    run('trained', 'Good'),
    run('cut', ' day<|im_end|>'),
  ]);
  expect(first?.role).toBe('user');
  expect(answer?.parts.map(({ use, text }) => [use, text])).toEqual([
    ['trained', 'Good'],
    ['cut', ' day'],
    ['cut', '<|im_end|>'],
  ]);
  expect(tokenParagraphs([run('context', 'Q: Hi\n'), run('trained', 'A')])).toMatchObject([{ role: null }]);
});
