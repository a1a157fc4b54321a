/** Reports that come as files: told from data, read with care, and kept as runs that have a report and no model. */
import { describe, expect, test } from 'vitest';
import { parseReport } from '../../../src/core/report/parse-report';
import { beginsAsReport, readReportFile, reportedCurve, reportedRun } from '../../../src/core/report/reported-run';
import type { Report } from '../../../src/core/report/report';
import { sampleReport } from '../../helpers/report-sample';

const elsewhere = {
  trainer: 'Ray Train',
  run: { id: 'run-5', name: 'Run 5' },
  processes: 4,
  versions: { torch: '2.14.1' },
};
const CURVE = [
  { trainLoss: 0.5, learningRate: 1e-4, gradNorm: 2, validLoss: null, metrics: null },
  { trainLoss: null, learningRate: null, gradNorm: null, validLoss: 0.4, metrics: { accuracy: 0.75, macro_f1: 0.7 } },
].map((figures, i) => ({ fold: 0, epoch: i + 1, step: i + 1, ...figures }));
const report: Report = { ...sampleReport(CURVE), backend: 'torch', elsewhere };
const text = JSON.stringify(report, null, 1);

describe('a file that is dropped', () => {
  test('is a report by its first lines, whoever indented them', () => {
    expect(beginsAsReport(text)).toBe(true);
    expect(beginsAsReport(`\ufeff\n${JSON.stringify(report)}`)).toBe(true);
    expect(beginsAsReport('{"version": 1, "schema" : "hone.report"')).toBe(true);
  });

  test('is no report where it only speaks of one', () => {
    expect(beginsAsReport('{"text": "a hone.report", "label": "x"}\n')).toBe(false);
    expect(beginsAsReport('[{"schema": "hone.report"}]')).toBe(false);
    expect(beginsAsReport('text,label\n"schema","hone.report"')).toBe(false);
    expect(beginsAsReport('')).toBe(false);
  });

  test('is read as it was written', () => {
    expect(readReportFile(text)).toEqual(report);
  });

  test.each([
    ['cut off in the middle', text.slice(0, 900), /is not whole JSON.*Copy it again/],
    ['of a newer page', JSON.stringify({ ...report, version: 2 }), /version 2; this page reads up to version 1/],
    ['of a task of tomorrow', JSON.stringify({ ...report, task: 'ranking' }), /task «ranking»/],
    ['without its folds', JSON.stringify({ ...report, cross_validation: undefined }), /damaged at «cross_validation»/],
    [
      'with a share above one',
      JSON.stringify(report).replace(/"macro_f1":[\d.]+/, '"macro_f1":1.5'),
      /damaged at «.*macro_f1/,
    ],
  ])('that is %s is refused with what to do', (_, damaged, message) => {
    expect(() => readReportFile(damaged)).toThrow(message);
  });
});

describe('its run', () => {
  const run = reportedRun(report, { id: 'r', now: 99, from: { datasetId: 'mine' } });

  test('bears the name of the run that was handed over and of the trainer, and has no model', () => {
    expect(run).toMatchObject({
      ...{ id: 'r', name: 'Run 5, Ray Train', datasetId: 'mine', state: 'succeeded', hasWeights: false },
      reported: { trainer: 'Ray Train', runId: 'run-5' },
      createdAt: Date.parse(report.created_at),
      summary: { sentence: report.verdict.sentence, methodTitle: report.method_title },
    });
  });

  test('of another browser’s own report says so, and names no trainer', () => {
    const other = reportedRun(sampleReport(), { id: 'r', now: 99, from: null });
    expect(other).toMatchObject({ datasetId: '', reported: { trainer: null, runId: null } });
    expect(other.name).toContain('from a file');
  });

  test('has the report’s curve, figure by figure', () => {
    expect(reportedCurve(report)).toEqual(CURVE);
  });
});

test('a backend that nobody has is no report', () => {
  expect(() => parseReport({ ...report, backend: 'cuda' })).toThrow(/backend/);
});
