import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { JsonValueSplitter, type JsonValueOptions } from '../../../src/core/reading/json-values';
import { bytesOf } from '../import/import-text';

function split(text: string, options: JsonValueOptions, chunk = text.length || 1): string[] {
  const found: string[] = [];
  const splitter = new JsonValueSplitter((piece) => found.push(new TextDecoder().decode(piece.bytes)), options);
  const bytes = bytesOf(text);
  for (let i = 0; i < bytes.length; i += chunk) splitter.push(bytes.slice(i, i + chunk));
  splitter.end();
  return found;
}

describe('JsonValueSplitter', () => {
  test('the elements of any JSON array are found, whatever the indent and the chunks', () => {
    const element = fc.oneof(fc.object(), fc.string(), fc.integer(), fc.array(fc.string()));
    fc.assert(
      fc.property(
        fc.array(element),
        fc.constantFrom(0, 2, '\t'),
        fc.integer({ min: 1, max: 9 }),
        (data, indent, chunk) => {
          const plain: unknown = JSON.parse(JSON.stringify(data));
          const found = split(JSON.stringify(data, null, indent), { kind: 'array' }, chunk);
          expect(found.map((value): unknown => JSON.parse(value))).toEqual(plain);
        },
      ),
    );
  });

  test('objects one after the other need no comma between them', () => {
    expect(split('{"a":1}{"b":\n2},{"c":3}', { kind: 'objects' })).toEqual(['{"a":1}', '{"b":\n2}', '{"c":3}']);
  });

  test('an object that never closes ends where the next line begins one', () => {
    const text = '{\n "a": [1\n\n{\n "b": 2\n}\n';
    expect(split(text, { kind: 'objects', resyncIndent: 0 })).toEqual(['{\n "a": [1\n\n', '{\n "b": 2\n}']);
    expect(split(text, { kind: 'objects', resyncIndent: null })).toHaveLength(1);
  });

  test('what is odd about an array is told with its line', () => {
    const told = (text: string) => {
      const oddities: [string, number][] = [];
      split(text, { kind: 'array', onOddity: (what, line) => oddities.push([what, line]) });
      return oddities;
    };
    expect(told('[1,\n]')).toEqual([['trailing-comma', 2]]);
    expect(told('[1,2')).toEqual([['open-end', 1]]);
    expect(told('[1]\nmore text')).toEqual([['text-outside', 2]]);
    expect(told('[1]\n[2]')).toEqual([]);
  });
});
