import { expect, test } from 'vitest';
import type { DatasetVersion } from '../../../../src/core/data/dataset';
import type { Mapping } from '../../../../src/core/data/mapping';
import { choicesOf, faultOf, findChoices, mappingOf } from '../../../../src/ui/screens/data/mapping-choice';

const mapping: Mapping = {
  container: 'csv',
  format: 'text-label',
  textFields: ['body'],
  targetField: 'kind',
  unused: ['id'],
};
const version = { mapping } as Pick<DatasetVersion, 'mapping'> as DatasetVersion;

test('a record of version 0.1 offers the fields that it knows', () => {
  expect(choicesOf(version)).toMatchObject({
    text: ['body', 'kind', 'id'],
    label: ['kind', 'body', 'id'],
    together: ['body', 'kind', 'id'],
  });
});

test('fields that fit come first, and every other of 10,000 is there', () => {
  const fields = Array.from({ length: 10_000 }, (_, i) => ({
    name: `k${i}`,
    count: 1,
    examples: i === 7 ? ['a', 'b'] : [],
  }));
  const offered = { text: ['body'], label: ['kind', 'k9999'], together: ['k7'], split: [] };
  const reading = { fields, why: '', doubt: null, examples: [], offered, offers: [] };
  const choices = choicesOf({ ...version, reading });
  expect(choices.label.slice(0, 3)).toEqual(['kind', 'k9999', 'body']);
  expect(choices.label).toHaveLength(10_003);
  expect(choices.fitting).toEqual({ text: 1, label: 2, together: 1, split: 0 });
  expect(choices.examples.get('k7')).toBe('a · b');
  expect(findChoices(choices.label, '99 k', 50)).toMatchObject({ count: 280 });
  expect(findChoices(choices.label, 'K9998', 50).shown).toEqual(['k9998']);
});

test('a chosen label drops what was chosen for another one, and keeps the rest', () => {
  const now: Mapping = { ...mapping, labelFields: ['a', 'b'], singleOnly: true, spellings: 'keep', headless: true };
  const choice = {
    texts: ['title', 'body'],
    target: 'tone',
    together: 'user',
    split: null,
    task: 'classification' as const,
  };
  expect(mappingOf(choice, now)).toEqual({
    format: 'text-label',
    textFields: ['title', 'body'],
    targetField: 'tone',
    togetherField: 'user',
    splitField: null,
    labelFields: [],
    singleOnly: false,
    cuts: [],
    spellings: 'keep',
    headless: true,
  });
  expect(mappingOf({ ...choice, target: 'kind' }, now)).toMatchObject({ labelFields: ['a', 'b'], singleOnly: true });
});

test('the text of a chat stays a chat; its answer or a key in it is the label', () => {
  const chat: Mapping = { ...mapping, format: 'chat', textFields: ['messages'], targetField: 'messages' };
  const choice = {
    texts: ['messages'],
    target: 'category',
    together: null,
    split: null,
    task: 'classification' as const,
  };
  expect(mappingOf(choice, chat)).toMatchObject({ format: 'chat', targetField: 'category' });
  expect(faultOf({ ...choice, target: 'messages' }, chat)).toBeNull();
  expect(faultOf({ ...choice, texts: ['body'], target: 'body' }, mapping)).toBe('Text and label are the same field');
  expect(faultOf({ ...choice, texts: [] }, mapping)).toBe('Choose a field for the text');
});
