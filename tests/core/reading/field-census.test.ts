import { expect, test } from 'vitest';
import { FieldCensus } from '../../../src/core/reading/field-census';

test('fields are listed in file order with up to three short examples', () => {
  const census = new FieldCensus();
  for (const v of ['a', 'a', 'b', 'c', 'd']) census.add({ v, nested: { list: [1, 2, 3, 4] } });
  census.add({ late: 'x'.repeat(500) });
  const fields = census.list();
  expect(fields.map(({ name, count }) => [name, count])).toEqual([
    ['v', 5],
    ['nested.list', 5],
    ['late', 1],
  ]);
  expect(fields[0]?.examples).toEqual(['a', 'b', 'c']);
  expect(fields[1]?.examples).toEqual(['[1,2,3]']);
  expect(fields[2]?.examples[0]).toHaveLength(120);
});

test('columns of a table without a name and without a value are no columns', () => {
  const census = new FieldCensus();
  census.add({ v1: 'a', 'column 2': '', 'column 3': '' });
  census.add({ v1: 'b', 'column 2': '', 'column 3': 'x' });
  expect(census.list().map(({ name }) => name)).toEqual(['v1', 'column 3']);
});

test('every one of 10,000 keys is listed, also one that comes late', () => {
  const census = new FieldCensus();
  census.add(Object.fromEntries(Array.from({ length: 9_999 }, (_, i) => [`k${i}`, i])));
  for (let i = 0; i < 1500; i++) census.add({ k0: i });
  census.add({ late: { inside: 1 } });
  const names = census.list().map(({ name }) => name);
  expect(names).toHaveLength(10_000);
  expect(names.at(-1)).toBe('late.inside');
});
