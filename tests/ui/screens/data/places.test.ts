import { expect, test } from 'vitest';
import { firstFrom } from '../../../../src/ui/screens/data/places';

test('the row that was at the top, else the next, else the last is where a filtered list goes on', () => {
  const places = Int32Array.of(2, 5, 9);
  expect([0, 2, 3, 5, 9, 10].map((place) => firstFrom(places, place))).toEqual([0, 0, 1, 1, 2, 2]);
  expect(firstFrom(new Int32Array(0), 3)).toBe(0);
});
