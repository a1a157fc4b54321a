/** What is said under a text that is asked about. */
import { expect, test } from 'vitest';
import { askedWords } from '../../../../src/ui/screens/try/asked-words';

const how = { loading: 'Loading the model.', where: ' on the GPU' };
const prediction = {
  labels: ['a'],
  base: [],
  tuned: [[1]],
  tokens: [12],
  cut: [false],
  elapsedMs: 41.6,
};

test('before the first answer what is waited for; then how much was read, how soon and where', () => {
  expect(askedWords({ waiting: false, prediction: null }, how)).toBe('The answer comes as you type.');
  expect(askedWords({ waiting: true, prediction: null }, how)).toBe('Loading the model.');
  expect(askedWords({ waiting: false, prediction }, how)).toBe('12 tokens, answered in 42 ms on the GPU');
  // The last answer stands while the next is on its way.
  const slow = { ...prediction, tokens: [1], elapsedMs: 2000 };
  expect(askedWords({ waiting: true, prediction: slow }, { ...how, where: '' })).toBe('1 token, answered in 2.0 s');
});
