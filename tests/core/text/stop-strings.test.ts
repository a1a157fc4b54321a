import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { StopStrings } from '../../../src/core/text/stop-strings';

function run(pieces: readonly string[], stops: readonly string[]): { text: string; stopped: boolean } {
  const reader = new StopStrings(stops);
  let text = '';
  for (const piece of pieces) text += reader.push(piece);
  return { text: text + reader.end(), stopped: reader.stopped };
}

test('ends before a stop that comes in several pieces, and gives nothing of it', () => {
  const reader = new StopStrings(['</end>']);
  expect(reader.push('one <')).toBe('one ');
  expect(reader.push('/e')).toBe('');
  expect(reader.push('nd> two')).toBe('');
  expect(reader.stopped).toBe(true);
  expect(reader.push('more')).toBe('');
  expect(reader.end()).toBe('');
});

test('what only begins like a stop is given as soon as it cannot be one, or at the end', () => {
  const reader = new StopStrings(['abc', 'bd']);
  expect(reader.push('xab')).toBe('x');
  expect(reader.push('x')).toBe('abx');
  expect(reader.push('ab')).toBe('');
  expect(reader.end()).toBe('ab');
  expect(reader.stopped).toBe(false);
});

test('the first of several stops counts; an empty one is none', () => {
  expect(run(['a b c'], ['c', 'b'])).toEqual({ text: 'a ', stopped: true });
  expect(run(['a b c'], [''])).toEqual({ text: 'a b c', stopped: false });
  expect(run(['a', 'b'], [])).toEqual({ text: 'ab', stopped: false });
});

test('however the text is cut, it is what stands before the first stop', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const stop = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 6 }), fc.array(stop, { maxLength: 3 }), (pieces, stops) => {
      const whole = pieces.join('');
      // The stop that is complete first, and of those the one that begins first.
      const ends = stops.flatMap((one) => (whole.includes(one) ? [whole.indexOf(one) + one.length] : []));
      if (ends.length === 0) expect(run(pieces, stops)).toEqual({ text: whole, stopped: false });
      else {
        const { text, stopped } = run(pieces, stops);
        expect(stopped).toBe(true);
        expect(stops.some((one) => whole.startsWith(text + one))).toBe(true);
        expect(stops.every((one) => !text.includes(one))).toBe(true);
      }
    }),
  );
});
