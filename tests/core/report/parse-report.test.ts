import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { buildReport } from '../../../src/core/report/build-report';
import { parseReport } from '../../../src/core/report/parse-report';
import { quotedInterval } from '../../../src/core/report/figures';
import { reportToCsv } from '../../../src/core/report/report-csv';
import { reportToMarkdown } from '../../../src/core/report/report-markdown';
import { gainFigure, verdictMetric } from '../../../src/ui/charts/figures';
import { rightWords } from '../../../src/ui/screens/report/words';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';
import { classificationReport } from '../../helpers/classification-report';

const build = () =>
  buildReport(sampleContext(), sampleOutcome(), { createdAt: '2026-01-02T03:04:05.678Z', totalSeconds: 1, curve: [] });

function fault(json: unknown): AppError {
  try {
    parseReport(json);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('accepted');
}

test('a downloaded report opens again as it was', () => {
  const report = build();
  expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
});

test('a report of version 0.1 opens, and its files can be saved again', () => {
  const old = classificationReport(parseReport(JSON.parse(readFileSync('tests/fixtures/report-0.1.json', 'utf8'))));
  expect(old.verdict.sentence).toMatch(/^No clear gain/);
  expect(old.comparisons.majority).toBeUndefined();
  expect(quotedInterval(old.out_of_fold)).toEqual(old.out_of_fold.accuracy_wilson95);
  for (const text of [reportToMarkdown(old), reportToCsv(old)]) expect(text).not.toMatch(/undefined|NaN|null/);
  expect(gainFigure(old, verdictMetric(old))).toMatchObject({ low: -100, high: 100 });
  expect(rightWords(old, 'test')).toContain('Right in 3 of 4 rows');
});

test('a report from before there were tasks is one of classification', () => {
  const report = build();
  const { task, ...before } = report ?? { task: null };
  expect(task).toBe('classification');
  expect(parseReport(JSON.parse(JSON.stringify(before)))).toEqual(report);
});

test('another file, a newer version, another task and a damaged field are each told apart', () => {
  const report = build();
  expect(fault({ a: 1 }).message).toContain('not a report of Hone');
  expect(fault(null).code).toBe('file-unreadable');
  expect(fault({ ...report, version: 99 }).message).toContain('version 99');
  expect(fault({ ...report, task: 'translation' }).message).toMatch(
    /task «translation».*reads reports of classification/,
  );
  expect(fault({ ...report, model: { ...report?.model, parameters: 'many' } }).message).toContain('«model.parameters»');
  for (const time of ['soon', '', '28.11.2026', '2026-11-28', '2026-11-28T12:00:00', '2026-02-31T12:00:00+99:00']) {
    expect(fault({ ...report, created_at: time }).message).toMatch(
      /damaged at «created_at»: it is no time such as 2026/,
    );
  }
  const unreal = { ...report, created_at: '2026-11-28T12:00:00 +01' };
  expect(fault(unreal).message).toContain('«created_at»: there is no such time');
  // As Python writes it.
  const ours = { ...report, created_at: '2026-11-28T12:00:00.000+00:00' };
  expect(parseReport(ours)).toEqual(ours);
  const { test: part } = report ?? { test: null };
  expect(fault({ ...report, test: { ...part, accuracy: 1.5 } }).message).toContain('«test.accuracy»');
});
