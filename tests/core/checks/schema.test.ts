import { describe, expect, test } from 'vitest';
import { schemaFaults } from '../../../src/core/checks/schema-keywords';
import { schemaMatcher } from '../../../src/core/checks/schema-match';

/** Schema, a value that fits, one that does not: as the JSON Schema test suite has them, keyword by keyword. */
const CASES: [schema: object | boolean, fits: unknown[], not: unknown[]][] = [
  [{ type: 'integer' }, [1, 1.0, -3], [1.5, '1', null, true]],
  [{ type: ['string', 'null'] }, ['a', null], [0, {}]],
  [{ type: 'object' }, [{}], [[], null]],
  [{ type: 'array' }, [[]], [{}]],
  [{ enum: [1, { a: [2], b: 3 }] }, [1, { b: 3, a: [2] }], [2, { a: [2] }]],
  [{ const: null }, [null], [0, false, '']],
  [{ const: false }, [false], [0]],
  [{ minLength: 2, maxLength: 3 }, ['ab', '😀😀', 7], ['a', '😀', 'abcd']],
  [{ pattern: '^a+$' }, ['aa', 1], ['ab']],
  [{ minimum: 1, exclusiveMaximum: 3 }, [1, 2.9, 'x'], [0.9, 3]],
  [{ maximum: 1, exclusiveMinimum: 0 }, [1, 0.1], [0, 1.1]],
  [{ multipleOf: 0.1 }, [0.3, 7], [0.35]],
  [{ required: ['a'] }, [{ a: null }, []], [{}, { toString: 1 }]],
  [{ required: ['toString'] }, [{ toString: 1 }], [{}]],
  [{ properties: { a: { type: 'string' } } }, [{ a: 'x' }, { b: 1 }], [{ a: 1 }]],
  [{ properties: { a: true }, additionalProperties: false }, [{ a: 1 }, {}], [{ b: 1 }]],
  [
    { patternProperties: { '^x': { type: 'number' } }, additionalProperties: { type: 'string' } },
    [{ x1: 1, y: 'a' }],
    [{ x1: 'a' }, { y: 1 }],
  ],
  [
    { properties: { xa: { minimum: 1 } }, patternProperties: { '^x': { maximum: 3 } } },
    [{ xa: 2 }],
    [{ xa: 0 }, { xa: 4 }],
  ],
  [{ propertyNames: { maxLength: 2 } }, [{ ab: 1 }], [{ abc: 1 }]],
  [{ minProperties: 1, maxProperties: 1 }, [{ a: 1 }], [{}, { a: 1, b: 2 }]],
  [{ items: { type: 'number' } }, [[1, 2], []], [[1, 'a']]],
  [{ items: [{ type: 'number' }], additionalItems: false }, [[1], []], [['a'], [1, 2]]],
  [{ items: [true], additionalItems: { type: 'string' } }, [[1, 'a']], [[1, 2]]],
  [{ contains: { const: 1 } }, [[0, 1]], [[], [2]]],
  [{ minItems: 1, maxItems: 2 }, [[1]], [[], [1, 2, 3]]],
  [
    { uniqueItems: true },
    [[1, '1', { a: 1 }]],
    [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
  ],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1.5], [0, 3]],
  [{ anyOf: [{ const: 1 }, { type: 'string' }] }, [1, 'a'], [2]],
  [{ oneOf: [{ minimum: 2 }, { maximum: 3 }] }, [1, 4], [2.5]],
  [{ not: { type: 'string' } }, [1], ['a']],
  [{ if: { type: 'string' }, then: { minLength: 2 }, else: { const: 1 } }, ['ab', 1], ['a', 2]],
  [{ if: true, then: { const: 1 } }, [1], [2]],
  [{ properties: { a: { $ref: '#/definitions/x~1y' } }, definitions: { 'x/y': { const: 1 } } }, [{ a: 1 }], [{ a: 2 }]],
  [
    { properties: { next: { $ref: '#' }, v: { type: 'number' } }, additionalProperties: false },
    [{ next: { next: { v: 1 } } }],
    [{ next: { w: 1 } }],
  ],
  [true, [1, null], []],
  [false, [], [1, null]],
  [
    { title: 'a', description: 'b', default: 1, $schema: 'http://json-schema.org/draft-07/schema#', examples: [] },
    [1],
    [],
  ],
];

test.each(CASES.map(([schema, fits, not]) => ({ name: JSON.stringify(schema), schema, fits, not })))(
  '$name',
  ({ schema, fits, not }) => {
    expect(schemaFaults(schema)).toEqual([]);
    const matches = schemaMatcher(JSON.parse(JSON.stringify(schema)));
    for (const value of fits) expect([value, matches(value)]).toEqual([value, true]);
    for (const value of not) expect([value, matches(value)]).toEqual([value, false]);
  },
);

describe('what is not understood is said with its place', () => {
  test.each([
    [{ format: 'date' }, '#: «format» is not understood here'],
    [{ properties: { a: { dependentRequired: {} } } }, '#/properties/a: «dependentRequired» is not understood here'],
    [{ allOf: [{ typ: 'string' }] }, '#/allOf/0: «typ» is not understood here'],
    [{ items: [{ $id: 'x' }] }, '#/items/0: «$id» is not understood here'],
    [{ type: 'text' }, '#/type: "text" is no type'],
    [{ $ref: 'http://elsewhere' }, '#/$ref does not point into this schema (#/…)'],
    [{ $ref: '#/definitions/gone' }, '#/definitions/gone points at nothing'],
    [
      { properties: { a: { $ref: '#', minLength: 1 } } },
      '#/properties/a: beside «$ref» nothing else counts in draft 07, here «minLength»',
    ],
    [{ pattern: '(?=a)' }, /^#\/pattern: Look-ahead/],
    [{ patternProperties: { '(': true } }, /^#\/patternProperties\/\(: This is not a regular expression/],
    [{ exclusiveMinimum: true }, '#/exclusiveMinimum is not a number'],
    [{ required: true }, '#/required is not a list of names'],
    [{ properties: { a: 1 } }, '#/properties/a is not a schema'],
    [{ enum: [] }, '#/enum is not a list'],
    [{ minItems: -1 }, '#/minItems is not a whole number from 0 on'],
    [{ anyOf: [] }, '#/anyOf is not a list of schemas'],
    [[], '# is not a schema'],
    [{ constructor: 1 }, '#: «constructor» is not understood here'],
  ])('%j', (schema, said) => {
    expect(schemaFaults(schema)[0]).toEqual(typeof said === 'string' ? said : expect.stringMatching(said));
  });
});

test('a schema that only points at itself, or asks for more than it should, is not judged', () => {
  expect(schemaMatcher({ $ref: '#' })(1)).toBeNull();
  const wide = {
    anyOf: [
      { properties: { a: { $ref: '#' } }, required: ['x'] },
      { properties: { a: { $ref: '#' } }, required: ['y'] },
    ],
  };
  const deep = Array.from({ length: 30 }).reduce<object>((inner) => ({ a: inner }), {});
  expect(schemaMatcher(wide)(deep)).toBe(false);
  const both = { allOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }] };
  expect(schemaMatcher(both)(deep)).toBeNull();
});
