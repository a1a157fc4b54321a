import { describe, expect, test } from 'vitest';
import { formatMoment } from '../../src/ui/messages';
import { looksLikeRows } from '../../src/ui/open-files';

describe('moments', () => {
  const now = new Date(2025, 5, 15, 18, 0).getTime();

  test('today shows the hour, this year the day and hour, another year the date', () => {
    expect(formatMoment(new Date(2025, 5, 15, 9, 14).getTime(), now)).toBe('today 09:14');
    expect(formatMoment(new Date(2025, 2, 3, 9, 14).getTime(), now)).toBe('3 Mar 09:14');
    expect(formatMoment(new Date(2024, 2, 3).getTime(), now)).toBe('3 Mar 2024');
  });
});

describe('pasting anywhere', () => {
  test('JSON and several lines are taken for rows, a word or an address is not', () => {
    expect(looksLikeRows('{"text": "a"}')).toBe(true);
    expect(looksLikeRows('text\tlabel\nhello\tgreeting')).toBe(true);
    expect(looksLikeRows('hello')).toBe(false);
    expect(looksLikeRows('https://example.org')).toBe(false);
  });
});
