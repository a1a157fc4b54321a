import { expect, test } from 'vitest';
import { findKey, foldName } from '../../../src/core/reading/field-names';

test('case, blanks, hyphens, full-width letters and a stray byte order mark make no other name', () => {
  expect(['Text', ' text ', 'TEXT', '\ufefftext', 'ｔｅｘｔ'].map(foldName)).toEqual(Array(5).fill('text'));
  expect(foldName('Label Text')).toBe(foldName('label-text'));
});

test('only own keys are found', () => {
  expect(findKey({ Label: 1 }, 'label')).toBe('Label');
  expect(findKey({}, 'constructor')).toBeNull();
  expect(findKey({}, '__proto__')).toBeNull();
});
