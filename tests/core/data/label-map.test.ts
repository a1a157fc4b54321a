import { expect, test } from 'vitest';
import { createLabelMap, indexLabels } from '../../../src/core/data/label-map';

test('labels are sorted by code unit, as scikit-learn sorts them', () => {
  expect(createLabelMap(['b', 'a', 'B', '10', '9', 'é', 'a']).labels).toEqual(['10', '9', 'B', 'a', 'b', 'é']);
});

test('__proto__ and constructor are labels; an unknown label is −1', () => {
  const map = createLabelMap(['__proto__', 'constructor']);
  expect(map.indexOf('__proto__')).toBe(0);
  expect(map.indexOf('toString')).toBe(-1);
  expect([...indexLabels([{ target: 'constructor' }, { target: 'x' }], map)]).toEqual([1, -1]);
});
