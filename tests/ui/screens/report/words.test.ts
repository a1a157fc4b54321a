import { describe, expect, test } from 'vitest';
import { buildReport } from '../../../../src/core/report/build-report';
import {
  cutAtFigure,
  partFigures,
  rightWords,
  rowsOfCell,
  weakestLabel,
  zeroDivisionWords,
} from '../../../../src/ui/screens/report/words';
import { sampleContext, sampleOutcome } from '../../../helpers/report-sample';

const report = buildReport(sampleContext(), sampleOutcome(), {
  createdAt: '2026-01-02T03:04:05Z',
  totalSeconds: 21,
  curve: [],
});
if (report === null) throw new Error('The sample has folds.');
const folds = report.out_of_fold;

describe('cutAtFigure', () => {
  test('the verdict is cut at its first figure and loses nothing', () => {
    const sentence = 'Fine-tuning gains 3.1 points over features only, 95 % interval 1.2 to 5.0. Worth it.';
    expect(cutAtFigure(sentence)[1]).toBe('3.1 points');
    expect(cutAtFigure(sentence).join('')).toBe(sentence);
  });

  test('the 95 % of an interval is no finding', () => {
    const level = 'No gain seen: features only is level with TF-IDF, 95 % interval −1.4 to 1.4.';
    expect(cutAtFigure(level)).toEqual([level, '', '']);
  });

  test('a sentence without a figure stays whole', () => {
    expect(cutAtFigure('Nothing was measured.')).toEqual(['Nothing was measured.', '', '']);
  });
});

test('the weakest label is named with what it is taken for', () => {
  // One «spam» (row 4) is answered «ham»: recall of spam 3 of 4, precision of ham 4 of 5.
  expect(weakestLabel(folds)).toMatchObject({
    label: 'spam',
    confusion: { words: '1 of its 4 rows is answered', predicted: 'ham' },
  });
});

test('a cell opens the rows behind it, surest first', () => {
  expect(rowsOfCell(folds.predictions, 'spam', 'ham').map(({ line }) => line)).toEqual([6]);
  const hams = rowsOfCell(folds.predictions, 'ham', 'ham').map(({ confidence }) => confidence);
  expect(hams).toEqual([...hams].sort((a, b) => b - a));
});

test('shares come with their counts and interval', () => {
  expect(rightWords(report, 'test')).toMatch(/^Right in 3 of 4 rows: 75\.0 %, 95 % interval \d+\.\d to \d+\.\d\.$/);
});

test('one score has one interval: that of the folds stands beside all their rows too', () => {
  // Two folds of four rows: cut at 0 and 100.
  expect(rightWords(report, 'folds')).toBe('Right in 7 of 8 rows: 87.5 %, 95 % interval 0.0 to 100.0.');
});

test('rows that training has seen are left out beside the whole', () => {
  const context = sampleContext();
  const test = context.test && { ...context.test, seen: Uint8Array.of(1, 1, 0, 0) };
  const part = buildReport({ ...context, test }, sampleOutcome(), { createdAt: '', totalSeconds: 1, curve: [] });
  expect(part && rightWords(part, 'test')).toMatch(
    / On the 2 rows that training has not seen: 100\.0 %, 34\.2 to 100\.0\.$/,
  );
});

test('labels that were never answered are said, with the rule that scores them', () => {
  expect(zeroDivisionWords(folds)).toBe('zero_division = 0, never needed.');
  const never = {
    ...folds,
    confusion_matrix: {
      labels: ['ham', 'spam'],
      counts: [
        [4, 0],
        [4, 0],
      ],
    },
  };
  expect(zeroDivisionWords(never)).toContain('1 label never answered');
});

test('a part without answers has no reading', () => {
  expect(partFigures({ ...report, test: null }, 'test')).toBeNull();
  expect(partFigures(report, 'test')?.rows).toBe(4);
});
