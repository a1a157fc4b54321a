import { expect, test } from 'vitest';
import { fileNameOf } from '../../../src/ui/parts/save-file';

test('a file name holds nothing that a system refuses', () => {
  expect(fileNameOf('Q3 tickets: "final" / v2')).toBe('Q3-tickets-final-v2');
  expect(fileNameOf('../../etc/passwd')).toBe('etc-passwd');
  expect(fileNameOf('<script>')).toBe('script');
});

test('letters of any language stay', () => {
  expect(fileNameOf('отзывы 2025')).toBe('отзывы-2025');
});

test('a name of nothing but signs still gives a file', () => {
  expect(fileNameOf('///')).toBe('hone');
});
