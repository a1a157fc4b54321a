import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import { explain, formatMoment } from '../../src/ui/messages';
import { looksLikeRows } from '../../src/ui/open-files';

describe('moments', () => {
  const now = new Date(2025, 5, 15, 18, 0).getTime();

  test('today shows the hour, this year the day and hour, another year the date', () => {
    expect(formatMoment(new Date(2025, 5, 15, 9, 14).getTime(), now)).toBe('today 09:14');
    expect(formatMoment(new Date(2025, 2, 3, 9, 14).getTime(), now)).toBe('3 Mar 09:14');
    expect(formatMoment(new Date(2024, 2, 3).getTime(), now)).toBe('3 Mar 2024');
  });
});

describe('headings of errors', () => {
  test('a device that somebody else uses is no setting that cannot be used', () => {
    expect(explain(new AppError('busy', 'A run is working.')).title).toBe('The device is in use');
  });

  test('memory can run out on the processor too', () => {
    expect(explain(new AppError('out-of-memory', 'The memory of WebAssembly is full.')).title).not.toContain('GPU');
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
