import { expect, test } from 'vitest';
import type { OwnSummary } from '../../../../src/core/models/own-summary';
import { headWords, labelFit, namedLabels } from '../../../../src/ui/screens/runs/elsewhere-words';

const summary = { task: 'encoder', labels: null, noHead: null, bytes: 438e6, licence: null } as OwnSummary;

test('what a folder’s head is, and what to do where there is none', () => {
  expect(headWords({ ...summary, labels: ['ham', 'spam'] })).toBe(
    'Sorts into 2 labels: «ham», «spam». 438 MB, its files name no licence.',
  );
  expect(headWords({ ...summary, labels: ['a', 'b'], licence: 'mit' })).toMatch(/licence mit, as its files say\.$/);
  expect(headWords({ ...summary, noHead: 'It is a pickle.' })).toMatch(/^It is a pickle\. Its body can be trained on/);
  expect(headWords(summary)).toMatch(/no head that sorts texts.*a head is fitted to your rows/);
  expect(headWords({ ...summary, task: 'decoder' })).toMatch(/it writes answers\.$/);
});

test('many labels are cut, and how many are left is said', () => {
  const many = Array.from({ length: 77 }, (_, i) => `label ${i}`);
  expect(namedLabels(many)).toMatch(/^«label 0», .*«label 7» and 69 more$/);
});

test('labels that differ are said from both sides', () => {
  expect(labelFit({ unknown: [], unused: [] })).toBeNull();
  expect(labelFit({ unknown: [{ label: 'Spam', rows: 3 }], unused: ['spam'] })).toBe(
    'The model does not have «Spam»: 3 rows that it cannot answer right, and they count. No row has the model’s «spam».',
  );
});
