import fc from '../../helpers/fast-check';
import Papa from 'papaparse';
import { describe, expect, test } from 'vitest';
import { type CsvOptions, CsvReader } from '../../../src/core/reading/csv';

interface Read {
  records: [number, string[]][];
  faults: number[];
  odd: [string, number][];
}

function read(text: string, options: CsvOptions = { delimiter: ',' }): Read {
  const result: Read = { records: [], faults: [], odd: [] };
  const reader = new CsvReader(
    {
      cells: (cells, line) => result.records.push([line, cells]),
      blank: () => undefined,
      fault: (line) => result.faults.push(line),
      odd: (what, line) => result.odd.push([what, line]),
    },
    options,
  );
  for (const [i, line] of text.split('\n').entries()) reader.push(line, i + 1);
  reader.end();
  return result;
}

describe('CsvReader', () => {
  test('quotes, doubled quotes and line breaks inside quotes', () => {
    expect(read('a,"b ""c"" d"\n"two\n\nlines",x').records).toEqual([
      [1, ['a', 'b "c" d']],
      [2, ['two\n\nlines', 'x']],
    ]);
  });

  test('a quote inside an unquoted cell is a quote', () => {
    expect(read('5" pipe,x').records).toEqual([[1, ['5" pipe', 'x']]]);
  });

  test('what Papa Parse writes is read back as it was', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', ';') });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(table, (rows) => {
        const text = Papa.unparse(rows, { newline: '\n', quotes: true });
        expect(read(text).records.map(([, cells]) => cells)).toEqual(rows);
      }),
    );
  });

  test('a quote that never closes is a letter, and no line behind it is lost', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `t${i},a`).join('\n');
    const { records, odd } = read(`x,"open\n${lines}`);
    expect(odd).toEqual([['stray-quotes', 1]]);
    expect(records[0]).toEqual([1, ['x', '"open']]);
    expect(records).toHaveLength(3001);
  });
});
