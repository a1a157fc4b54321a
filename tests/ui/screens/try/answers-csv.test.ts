import { expect, test } from 'vitest';
import { answersToCsv, surest } from '../../../../src/ui/screens/try/answers-csv';

const row = (line: number, text: string | null) => ({ line, text, reason: text === null ? 'not JSON' : '' });
const file = { rows: [row(1, '=1+1'), row(4, 'a, b')], read: 2, fields: [], asTrained: true };
const prediction = {
  labels: ['ham', 'spam'],
  tuned: [
    [0.25, 0.75],
    [0.5, 0.5],
  ],
  base: [
    [0.9, 0.1],
    [0.4, 0.6],
  ],
  tokens: [3, 4],
  cut: [false, false],
  elapsedMs: 1,
};

test('answers come with their line and certainty, and a text that looks like a formula runs nowhere', async () => {
  expect(await answersToCsv(file, prediction, true)).toBe(
    'line,text,answer,confidence,answer_before,confidence_before\r\n' +
      "1,'=1+1,spam,0.75,ham,0.9\r\n" +
      '4,"a, b",ham,0.5,spam,0.6\r\n',
  );
});

test('a row without a text keeps its line, with the reason, and shifts no answer', async () => {
  const gaps = { ...file, rows: [row(1, '=1+1'), row(2, null), row(4, 'a, b')] };
  expect(await answersToCsv(gaps, prediction, false)).toBe(
    'line,text,answer,confidence,not_read\r\n1,\'=1+1,spam,0.75,\r\n2,,,,not JSON\r\n4,"a, b",ham,0.5,\r\n',
  );
});

test('features only has one answer a row', async () => {
  expect((await answersToCsv(file, prediction, false)).split('\r\n')[0]).toBe('line,text,answer,confidence');
});

test('of equal probabilities the first label is the answer', () => {
  expect(surest(['a', 'b'], [0.5, 0.5])).toEqual({ label: 'a', share: 0.5 });
});

test('thousands of answers give way to the page', async () => {
  const many = { ...file, rows: Array.from({ length: 20_000 }, (_, i) => row(i + 1, 'a')), read: 20_000 };
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const csv = await answersToCsv(many, prediction, false);
  clearInterval(timer);
  expect(turns).toBeGreaterThanOrEqual(2);
  expect(csv.split('\r\n')).toHaveLength(20_002);
});
