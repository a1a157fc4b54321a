/** Two runs of the same rows in words: signs and chance. */
import { expect, test } from 'vitest';
import {
  besideDifference,
  besideFigure,
  chosenSentence,
  pairedSentence,
} from '../../../../src/ui/screens/report/beside-words';

test('a difference is elsewhere minus here, in the unit of its figure', () => {
  expect(besideDifference({ name: '', here: 0.25, there: 0.75, unit: 'share' })).toBe('+50.0');
  expect(besideDifference({ name: '', here: 0.5, there: 0.25, unit: 'loss' })).toBe('−0.250');
  expect(besideDifference({ name: '', here: 61.4, there: 70, unit: 'chrf' })).toBe('+8.6');
  expect(besideDifference({ name: '', here: 1200, there: 1200, unit: 'count' })).toBe('0');
  expect(besideDifference({ name: '', here: null, there: 1, unit: 'share' })).toBe('–');
  expect(besideFigure(0.5, 'share')).toBe('50.0 %');
});

test('a search on the folds leaves the test part alone fair', () => {
  expect(chosenSentence(true)).toMatch(/the folds flatter it\. The test part is fair\.$/);
  expect(chosenSentence(false)).toMatch(/the folds flatter it\.$/);
});

test('chance is named as chance', () => {
  const figures = { rows: 80, onlyHere: 1, onlyThere: 6, pTwoSided: 0.125, isTooSure: false };
  expect(pairedSentence('test', figures)).toBe(
    'Of 80 rows of the test part, 6 only the one elsewhere got right, 1 only this browser’s: no more than chance explains (McNemar p = 0.13).',
  );
  expect(pairedSentence('folds', { ...figures, pTwoSided: 0.031 })).toMatch(
    /more than chance explains \(McNemar p = 0\.031\)\.$/,
  );
  expect(pairedSentence('folds', { ...figures, pTwoSided: 0.031, isTooSure: true })).toMatch(/too small\.$/);
  // What chance explains with a p that is too small it explains with the right one.
  expect(pairedSentence('folds', { ...figures, isTooSure: true })).toMatch(/\(McNemar p = 0\.13\)\.$/);
});
