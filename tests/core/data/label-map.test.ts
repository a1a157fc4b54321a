import { expect, test } from 'vitest';
import { compareLabels, createLabelMap, indexLabels } from '../../../src/core/data/label-map';

test('labels are sorted by code unit, as scikit-learn sorts them', () => {
  expect(createLabelMap(['b', 'a', 'B', '10', '9', 'é', 'a']).labels).toEqual(['10', '9', 'B', 'a', 'b', 'é']);
});

test('__proto__ and constructor are labels; an unknown label is −1', () => {
  const map = createLabelMap(['__proto__', 'constructor']);
  expect(map.indexOf('__proto__')).toBe(0);
  expect(map.indexOf('toString')).toBe(-1);
  expect([...indexLabels([{ target: 'constructor' }, { target: 'x' }], map)]).toEqual([1, -1]);
});

test('labels that are numbers stand in the order of numbers', () => {
  expect(createLabelMap(['10', '9', '1', '-1', '2.5']).labels).toEqual(['-1', '1', '2.5', '9', '10']);
  expect(createLabelMap(['10', '9', 'x']).labels).toEqual(['10', '9', 'x']);
  expect(['b', '10', 'a', '9'].sort(compareLabels)).toEqual(['9', '10', 'a', 'b']);
});
