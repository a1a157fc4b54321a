import { describe, expect, test } from 'vitest';
import { LineSplitter, type Piece } from '../../../src/core/reading/pieces';
import { bytesOf } from '../import/import-text';

function split(chunks: string[], maxBytes?: number): { number: number; text: string; tooLong: boolean }[] {
  const pieces: { number: number; text: string; tooLong: boolean }[] = [];
  const sink = ({ number, bytes, tooLong }: Piece) =>
    pieces.push({ number, text: new TextDecoder().decode(bytes), tooLong });
  const splitter = new LineSplitter(sink, 0x0a, maxBytes);
  for (const chunk of chunks) splitter.push(bytesOf(chunk));
  splitter.end();
  return pieces;
}

describe('LineSplitter', () => {
  test('lines are numbered from one, and the last needs no line end', () => {
    expect(split(['a\nb', 'c\n\nd']).map(({ number, text }) => [number, text])).toEqual([
      [1, 'a'],
      [2, 'bc'],
      [3, ''],
      [4, 'd'],
    ]);
    expect(split(['a\n'])).toHaveLength(1);
    expect(split([])).toEqual([]);
  });

  test('a line over the cap is given by its beginning only, however it was cut', () => {
    const line = 'x'.repeat(2000);
    const whole = split([`${line}\nok`], 1000);
    expect(whole[0]?.tooLong).toBe(true);
    expect(whole[0]?.text).toHaveLength(512);
    expect(whole[1]).toEqual({ number: 2, text: 'ok', tooLong: false });
    expect(split([line.slice(0, 10), line.slice(10), '\nok'], 1000)).toEqual(whole);
    expect(split([...line, '\n', 'ok'], 1000)).toEqual(whole);
  });
});
