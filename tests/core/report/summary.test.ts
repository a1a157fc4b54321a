import { expect, test } from 'vitest';
import { summaryOf } from '../../../src/core/report/summary';
import { written } from '../../../src/core/report/written';
import { sampleReport } from '../../helpers/report-sample';

const curve = [1, 2, 3].map((step) => ({
  fold: 0,
  epoch: step,
  step,
  trainLoss: 1 / step,
  learningRate: 1e-4,
  gradNorm: 1,
  validLoss: step === 3 ? 0.5 : null,
  metrics: null,
}));

test('the record of a run holds the figures of its report that a list shows', () => {
  const report = sampleReport(curve);
  const summary = summaryOf(report);
  expect(summary).toMatchObject({
    task: 'classification',
    status: 'complete',
    methodTitle: 'Top layers',
    writtenAt: '2026-01-02T03:04:05Z',
    sentence: report.verdict.sentence,
    baselines: {
      majority: { accuracy: 0.5 },
      tfidf_logistic_regression: { accuracy: 0.5, macro_f1: 0.5 },
      features_only: { accuracy: 0.75, macro_f1: 0.75 },
    },
    totalSeconds: 21,
  });
  expect(summary.metrics['accuracy']).toEqual({ mean: 0.875, sd: report.cross_validation.accuracy.sd, ci95: [0, 1] });
  expect(summary.metrics['macro_f1']?.mean).toBeCloseTo((11 / 15 + 1) / 2, 12);
  expect(summary.baselines['majority']?.['macro_f1']).toBeCloseTo(1 / 3, 12);
  expect(JSON.stringify(summary.loss)).toContain('0.5');
});

test('a simpler method that was not finished is none of the summary', () => {
  const report = sampleReport();
  const baselines = { ...report.baselines, features_only: null };
  expect(Object.keys(summaryOf({ ...report, baselines }).baselines)).toEqual(['majority', 'tfidf_logistic_regression']);
});

test('answers are counted with those of the test part', () => {
  const report = sampleReport();
  expect(written(report).answeredRows).toBe(12);
  expect(written({ ...report, test: null }).answeredRows).toBe(8);
  expect(written(report).answers().split('\r\n')[0]).toBe(
    'part,fold,line,label,predicted,confidence,p: ham,p: spam,text',
  );
  expect(written(report).tables().split('\r\n')[0]).toBe('part,item,metric,value');
  expect(written(report).markdown()).toMatch(/^# mail: Top layers/);
  expect(written(report).summary()).toEqual(summaryOf(report));
});
