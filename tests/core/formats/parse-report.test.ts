import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { buildReport } from '../../../src/core/formats/build-report';
import { parseReport } from '../../../src/core/formats/parse-report';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';

const report = buildReport(sampleContext(), sampleOutcome(), { createdAt: '2026', totalSeconds: 1, curve: [] });

function fault(json: unknown): AppError {
  try {
    parseReport(json);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('accepted');
}

test('a downloaded report opens again as it was', () => {
  expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
});

test('another file, a newer version and a damaged field are each told apart', () => {
  expect(fault({ a: 1 }).message).toContain('not a report of Hone');
  expect(fault(null).code).toBe('file-unreadable');
  expect(fault({ ...report, version: 99 }).message).toContain('version 99');
  expect(fault({ ...report, model: { ...report?.model, parameters: 'many' } }).message).toContain('«model.parameters»');
});
