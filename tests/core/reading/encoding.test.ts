import { readFileSync } from 'node:fs';
import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import type { Encoding } from '../../../src/core/data/reading-record';
import { bytesOf } from '../import/import-text';
import { readBytes, readText } from './read-records';

const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/cases/${path}`, import.meta.url), 'utf8');

function utf16(text: string, endian: 'le' | 'be'): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le');
  return endian === 'le' ? bytes : bytes.swap16();
}

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const line = (text: string): string => `${JSON.stringify({ text, label: 'a' })}\n`;

describe('encodings', () => {
  test.each([
    '26-other-language/zh.jsonl',
    '26-other-language/fr.jsonl',
    '42-unknown-script/am.jsonl',
    '39-split-column/all.csv',
  ])('%s reads the same in UTF-16 of either order, with and without a mark, in chunks of any size', (path) => {
    const text = fixture(path);
    const { records } = readText(text);
    for (const endian of ['le', 'be'] as const)
      for (const mark of ['', '\ufeff'])
        for (const chunk of [1, 7, 100_000]) {
          const read = readBytes(utf16(mark + text, endian), {}, chunk);
          expect(read.layout.encoding).toBe(`utf-16${endian}`);
          expect(read.records).toEqual(records);
        }
  });

  test('a first £ far into the file is read as Windows-1252', () => {
    const bytes = Buffer.concat([latin(line('plain').repeat(10_000)), latin(line('it cost \xa310 \x96 don\x92t'))]);
    const { records, layout } = readBytes(bytes, {}, 65_536);
    expect(layout.encoding).toBe('windows-1252');
    expect(records.at(-1)).toEqual({ text: 'it cost £10 – don’t', label: 'a' });
  });

  test('UTF-8 with a few broken lines stays UTF-8, and those lines are left out', () => {
    const bytes = Buffer.concat([bytesOf(line('größer').repeat(5)), latin(line('caf\xe9')), bytesOf(line('naïve'))]);
    const { records, layout, leftOut } = readBytes(bytes);
    expect(layout.encoding).toBe('utf-8');
    expect(records).toHaveLength(6);
    expect(leftOut).toEqual(['column 13: not UTF-8']);
  });

  test('a script that is not Latin is not misread as Windows-1252', () => {
    // «привет мир» in KOI8-R.
    const bytes = latin(line('\xd0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2').repeat(20));
    const { records, layout, leftOut } = readBytes(bytes);
    expect(layout.encoding).toBe('utf-8');
    expect(records).toEqual([]);
    expect(leftOut).toHaveLength(20);
  });
});

describe('any table', () => {
  const encode: Record<Encoding, (text: string) => Uint8Array> = {
    'utf-8': bytesOf,
    'utf-16le': (text) => utf16(`\ufeff${text}`, 'le'),
    'utf-16be': (text) => utf16(`\ufeff${text}`, 'be'),
    'windows-1252': latin,
  };
  const cell = fc.string({ unit: fc.constantFrom('a', 'b c', '"', '\n', ',', ';', '\t', '£5', 'né'), maxLength: 8 });
  const table = fc.array(fc.tuple(fc.nat(999), cell), { minLength: 3, maxLength: 20 });

  test('is read back as it was written, whatever its delimiter, line ends, encoding and chunks', () => {
    const encodings: Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom(...encodings),
        fc.integer({ min: 1, max: 50 }),
        (rows, delimiter, newline, encoding, chunk) => {
          const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
          const all = [['text', 'label'], ...rows.map(([number, text]) => [`n${number} ${text}.`, `l${number % 3}`])];
          const text = all.map((cells) => cells.map(quote).join(delimiter) + newline).join('');
          const { records, leftOut } = readBytes(encode[encoding](text), { fileName: 'a.csv' }, chunk);
          expect(leftOut).toEqual([]);
          expect(records).toEqual(all.slice(1).map(([one, label]) => ({ text: one, label })));
        },
      ),
      { numRuns: 300 },
    );
  });
});
