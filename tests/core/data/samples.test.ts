import { expect, test } from 'vitest';
import { parseSamples } from '../../../src/core/data/samples';

const card = {
  id: 'a',
  title: 'A',
  description: 'One.',
  file: 'a.jsonl',
  task: 'classification',
  rows: 3,
  labels: 2,
  exampleInput: 'in',
  exampleOutput: 'out',
};

test('cards of another shape, and files outside their folder, are refused with the field', () => {
  const settings = { nEpochs: '2' };
  expect(parseSamples([card, { ...card, settings }])).toEqual([
    { ...card, settings: {} },
    { ...card, settings },
  ]);
  expect(() => parseSamples([{ ...card, settings: { nEpochs: 2 } }])).toThrow('0.settings.nEpochs');
  expect(() => parseSamples([{ ...card, rows: 'three' }])).toThrow('0.rows');
  expect(() => parseSamples([{ ...card, file: '../secret' }])).toThrow('0.file');
  expect(() => parseSamples({})).toThrow('samples.json');
});
