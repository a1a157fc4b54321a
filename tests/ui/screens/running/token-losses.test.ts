import { expect, test } from 'vitest';
import { tokenLooks } from '../../../../src/ui/screens/running/token-losses';

const shown = { line: 7, prompt: 'hi', pieces: ['SEL', 'ECT', ' 1', '<|im_end|>'] };
const losses = (...p: number[]): number[] => p.map((one) => -Math.log(one));
const look = (fold: number, epoch: number, nll?: number[]) => ({ fold, epoch, texts: [], ...(nll && { nll }) });

test('each token of the newest training is told by its probability, look by look', () => {
  const answers = [
    look(0, 1, losses(1, 1, 1, 1)),
    look(1, 0, losses(0.0005, 0.02, 0.3, 0.7)),
    look(1, 1, losses(0.9, 0.6, 0.51, 0.49)),
  ];
  const [before, after, ...more] = tokenLooks({ prompts: [], shown, answers });
  expect(more).toEqual([]);
  expect([before?.name, after?.name]).toEqual(['Before', 'Pass 1']);
  expect(before?.tokens.map(({ surprise }) => surprise)).toEqual([3, 2, 1, 0]);
  expect(before?.tokens.map(({ text }) => text)).toEqual(['SEL', 'ECT', ' 1', 'end']);
  expect(before?.tokens.map(({ sign }) => sign)).toEqual([false, false, false, true]);
  expect(before?.tokens[0]?.words).toBe('Probability under 0.1 %, loss 7.60');
  expect(after?.tokens.map(({ surprise }) => surprise)).toEqual([0, 0, 0, 1]);
  expect(after?.summary).toBe('loss 0.50 a token, 3 of 4 likely');
});

test('without a shown answer, or with losses of another one, nothing is drawn', () => {
  expect(tokenLooks({ prompts: [], answers: [look(0, 1, losses(1))] })).toEqual([]);
  expect(tokenLooks({ prompts: [], shown, answers: [look(0, 1, losses(1)), look(0, 2)] })).toEqual([]);
});
