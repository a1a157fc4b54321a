import { expect, test } from 'vitest';
import { FieldCensus, guessReading } from '../../../src/core/data/field-census';

test('fields are listed in file order with up to three short examples', () => {
  const census = new FieldCensus();
  for (const v of ['a', 'a', 'b', 'c', 'd']) census.add({ v, nested: { list: [1, 2, 3, 4] } });
  census.add({ late: 'x'.repeat(500) });
  const fields = census.list();
  expect(fields.map(({ name, count }) => [name, count])).toEqual([
    ['v', 5],
    ['nested', 5],
    ['late', 1],
  ]);
  expect(fields[0]?.examples).toEqual(['a', 'b', 'c']);
  expect(fields[1]?.examples).toEqual(['{"list":[1,2,3]}']);
  expect(fields[2]?.examples[0]).toHaveLength(120);
});

test('the longest field is guessed to be the text, the least varied the label', () => {
  const sample = Array.from({ length: 9 }, (_, i) => ({ id: i, kind: `k${i % 2}`, words: `many words ${i}` }));
  expect(guessReading(sample)).toEqual({ format: 'text-label', textFields: ['words'], targetField: 'kind' });
  expect(guessReading([{ only: 'x' }])).toBeNull();
});
