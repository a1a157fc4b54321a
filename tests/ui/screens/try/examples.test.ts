import { expect, test } from 'vitest';
import { buildReport } from '../../../../src/core/report/build-report';
import { exampleTexts } from '../../../../src/ui/screens/try/examples';
import { sampleContext, sampleOutcome } from '../../../helpers/report-sample';

test('the texts to begin with are of different labels and from rows that were not trained on', () => {
  const report = buildReport(sampleContext(), sampleOutcome(), {
    createdAt: '2026-01-02T03:04:05Z',
    totalSeconds: 21,
    curve: [],
  });
  if (report === null) throw new Error('The sample has folds.');
  expect(exampleTexts(report)).toEqual(['p', 'r']);
});
