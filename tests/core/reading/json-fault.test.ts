import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { describeJsonFault, explainJsonFault, withoutFaults } from '../../../src/core/reading/json-fault';

describe('describeJsonFault', () => {
  test.each([
    ['{"text" "x"}', 'column 9: a colon is missing before this'],
    ['{"a":1 "b":2}', 'column 8: a comma or a closing brace is missing before this'],
    ["{'a':1}", 'column 2: a key in double quotes is expected'],
    ['{"a":\'x\'}', 'column 6: another kind of quote; JSON text stands in double quotes'],
    ['{"a":“x”}', 'column 6: a typographic quote; JSON text stands in straight double quotes'],
    ['{"a":None}', 'column 6: None is not JSON; write null'],
    ['{"a":True}', 'column 6: True is not JSON; write true'],
    ['{"a":NaN}', 'column 6: NaN is not JSON; write null or a text in quotes'],
    ['{"a":x}', 'column 6: text must stand in double quotes'],
    ['{"a":}', 'column 6: a value is missing before this'],
    ['{"a":1,}', 'column 7: a comma before the closing brace'],
    ['{"a":"x', 'column 6: the text that begins here is never closed'],
    ['{"a":"\\q"}', 'column 7: a backslash that JSON does not know; write \\\\'],
    ['{"a":1', 'column 7: the line ends before its dictionary is closed'],
    ['{"a":1} {', 'column 9: more text after the end of the value; one dictionary per line'],
    ['// note', 'column 1: JSON has no comments'],
  ])('%s', (text, words) => {
    expect(describeJsonFault(text, 1)).toBe(words);
  });

  test('in a value over several lines the line of the file is named', () => {
    expect(describeJsonFault('{\n "a": 1\n "b": 2\n}', 10)).toBe(
      'line 12, column 2: a comma or a closing brace is missing before this',
    );
  });
});

describe('explainJsonFault', () => {
  test('it agrees with JSON.parse on what is JSON', () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const json = fc.json({ maxDepth: 5 });
    const broken = fc
      .tuple(json, fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '\\', '0', '-', 'e', '\n', '\u0001'))
      .map(
        ([text, at, put]) =>
          `${text.slice(0, at % (text.length + 1))}${put}${text.slice((at % (text.length + 1)) + 1)}`,
      );
    fc.assert(
      fc.property(fc.oneof(json, broken), (text) => {
        expect(explainJsonFault(text) === null).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('withoutFaults', () => {
  test('only commas before an end are taken out, never those inside texts', () => {
    expect(withoutFaults('{"a":",}",\n "b":[1,2, ],},')).toEqual({
      text: '{"a":",}",\n "b":[1,2 ]}',
      commas: true,
      nans: false,
    });
  });

  test('NaN and Infinity become null, never inside texts', () => {
    const repaired = withoutFaults('{"a":NaN,"b":[-Infinity,"NaN"],"c":Infinity}');
    expect(repaired).toEqual({ text: '{"a":null,"b":[null,"NaN"],"c":null}', commas: false, nans: true });
    expect(withoutFaults('{"a":NaNs}')).toBeNull();
  });

  test('null where something else is wrong', () => {
    expect(withoutFaults('{"a":,}')).toBeNull();
  });
});
