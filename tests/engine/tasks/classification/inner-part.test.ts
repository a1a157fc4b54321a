import { expect, test } from 'vitest';
import { autoChoices, resolveSettings } from '../../../../src/core/settings/defaults';
import { factsOf } from '../../../../src/core/settings/facts';
import { createCorpus } from '../../../../src/engine/tasks/classification/corpus';
import { innerPart } from '../../../../src/engine/tasks/classification/inner-part';
import { toyData } from '../../fit/toy';

const facts = factsOf({ rowCount: 10, labels: [{ label: 'a', count: 10 }] }, null, {
  backend: 'wasm',
  evaluation: { folds: 5, test: { kind: 'none' } },
  limit: 0,
  model: { layers: 2, maxTokens: 64 },
});
const { settings } = resolveSettings('full', { ...autoChoices(), earlyStoppingPatience: 2 }, facts);

test('validation is a part of the given rows, apart from training, with every label and whole groups', () => {
  const data = toyData(400);
  const corpus = createCorpus({ ...data, groups: data.groups.map((group) => group >> 1) }, null);
  const rows = corpus.trainRows.filter((row) => row % 5 !== 0);
  const { part, note } = innerPart(corpus, rows, 0, settings);
  expect(note).toBeNull();
  if (!part) throw new Error('There are rows enough.');
  expect([...part.training, ...part.validation].sort((a, b) => a - b)).toEqual([...rows]);
  expect(part.validation.length / rows.length).toBeCloseTo(0.15, 1);
  const groups = new Set(Array.from(part.training, (row) => corpus.groups[row]));
  for (const row of part.validation) expect(groups.has(corpus.groups[row])).toBe(false);
  expect(new Set(Array.from(part.validation, (row) => corpus.labelIndices[row])).size).toBe(3);
});

test('few rows are not split, which is said; patience 0 asks for no split', () => {
  const corpus = createCorpus(toyData(100), null);
  expect(innerPart(corpus, corpus.trainRows, 0, settings)).toMatchObject({ part: null, note: expect.any(String) });
  const off = { ...settings, earlyStoppingPatience: 0 };
  expect(innerPart(createCorpus(toyData(400), null), corpus.trainRows, 0, off)).toEqual({ part: null, note: null });
});
