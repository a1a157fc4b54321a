import { expect, test } from 'vitest';
import { distinctTexts } from '../../../src/engine/frozen/distinct-texts';

test('rows with the same ids are one text', () => {
  const { of, tokenIds } = distinctTexts([Int32Array.of(1, 23), Int32Array.of(12, 3), Int32Array.of(1, 23)]);
  expect([...of]).toEqual([0, 1, 0]);
  expect(tokenIds).toHaveLength(2);
});
