/** A run from elsewhere beside the one of this browser: row by row, by hand. */
import { expect, test } from 'vitest';
import { besideReports } from '../../../src/core/report/beside';
import type { Answer, ClassificationReport } from '../../../src/core/report/report';
import { sampleLadder } from '../../helpers/ladder-sample';
import { sampleReport } from '../../helpers/report-sample';

const answer = (line: number, predicted: string, fold: number | null = 0): Answer => ({
  ...{ line, text: `row ${line}`, label: 'a', predicted, confidence: 1, fold },
});

function withAnswers(answers: Answer[], accuracy: number): ClassificationReport {
  const report = sampleReport();
  return {
    ...report,
    test: null,
    dataset: { ...report.dataset, grouped_rows: 0 },
    cross_validation: { ...report.cross_validation, accuracy: { mean: accuracy, sd: null, ci95: null } },
    out_of_fold: { ...report.out_of_fold, predictions: answers },
  };
}

// Elsewhere gets 1 to 6 right, here 1 and 7; 8 is in another fold there.
const here = withAnswers(
  [1, 2, 3, 4, 5, 6, 7, 8].map((line) => answer(line, line === 1 || line === 7 ? 'a' : 'b')),
  0.25,
);
const there = withAnswers(
  [1, 2, 3, 4, 5, 6, 7, 8].map((line) => answer(line, line <= 6 ? 'a' : 'b', line === 8 ? 1 : 0)),
  0.75,
);

test('counts the rows that only one got right, in the same fold', () => {
  const beside = besideReports(here, there);
  // 2 · P(X ≤ 1) of 6 tosses: 2 · (1 + 6) / 64.
  expect(beside?.paired).toEqual([
    {
      part: 'folds',
      figures: {
        rows: 7,
        onlyHere: 1,
        onlyThere: 5,
        pTwoSided: expect.closeTo(14 / 64, 12) as number,
        isTooSure: false,
      },
    },
  ]);
  expect(beside?.rows[0]).toEqual({ name: 'Right, mean of the folds', here: 0.25, there: 0.75, unit: 'share' });
});

test('where rows belong together their count is too sure', () => {
  const grouped = { ...here, dataset: { ...here.dataset, grouped_rows: 2 } };
  expect(besideReports(grouped, there)?.paired[0]?.figures.isTooSure).toBe(true);
});

test('of a search the folds flatter the one elsewhere', () => {
  expect(besideReports(here, there)?.isChosenOnFolds).toBe(false);
  expect(besideReports({ ...here, ladder: sampleLadder() }, there)?.isChosenOnFolds).toBe(true);
  expect(besideReports(here, { ...there, ladder: sampleLadder() })?.isChosenOnFolds).toBe(false);
});

test('the two are not mixed up when they change places', () => {
  const [paired] = besideReports(there, here)?.paired ?? [];
  expect(paired?.figures).toMatchObject({ onlyHere: 5, onlyThere: 1 });
});

test('runs of other rows are not compared', () => {
  const other = { ...there, dataset: { ...there.dataset, sha256: 'other' } };
  expect(besideReports(here, other)).toBe(null);
});
