import { expect, test } from 'vitest';
import { fieldsOf } from '../../../../src/ui/screens/data/mapping-choice';

test('joined fields stay a choice beside each field of the file', () => {
  const mapping = {
    container: 'jsonl',
    format: 'prompt-completion',
    textFields: ['instruction', 'input'],
    targetField: 'output',
    unused: ['id'],
  } as const;
  expect(fieldsOf({ ...mapping, textFields: [...mapping.textFields], unused: [...mapping.unused] })).toEqual([
    'instruction + input',
    'instruction',
    'input',
    'output',
    'id',
  ]);
});

test('a file of which nothing is read offers all its fields', () => {
  expect(
    fieldsOf({ container: 'csv', format: 'unknown', textFields: [], targetField: '', unused: ['id', 'body', 'kind'] }),
  ).toEqual(['id', 'body', 'kind']);
});
