import { expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import { predictionsToCsv, reportToCsv } from '../../../src/core/report/report-csv';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';

function build(texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], labels = ['ham', 'spam']) {
  const context = sampleContext();
  const rows = { ...context.rows, texts, labels };
  const outcome = sampleOutcome({ test: null });
  const report = buildReport({ ...context, rows, test: null }, outcome, { createdAt: '', totalSeconds: 1, curve: [] });
  if (!report) throw new Error('no report');
  return report;
}

test('every line has four cells, and every figure of the report is one of them', () => {
  const lines = reportToCsv(build()).split('\r\n').slice(0, -1);
  expect(lines[0]).toBe('part,item,metric,value');
  expect(lines).toContain('fold,1,accuracy,0.75');
  expect(lines).toContain('folds,accuracy,mean,0.875');
  expect(lines).toContain('baseline features_only,accuracy,mean,0.75');
  expect(lines).toContain('against features_only,accuracy,mean_difference,0.125');
  expect(lines).toContain('out of fold confusion,spam,predicted ham,1');
  expect(lines).toContain('settings,top-layers,n_epochs,4');
});

test('no cell that comes from the data can run as a formula', () => {
  const csv = reportToCsv(build(undefined, ['=HYPERLINK("x")', '@sum']));
  expect(csv).toContain('"\'=HYPERLINK(""x"")"');
  expect(csv).not.toMatch(/(^|,)"?[=@]/m);
});

test('the answered rows are a table of their own, quotes and line breaks kept', () => {
  const csv = predictionsToCsv(build(['say "hi",\nnow', '-1+1', 'c', 'd', 'e', 'f', 'g', 'h']));
  const lines = csv.split('\r\n');
  expect(lines[0]).toBe('part,fold,line,label,predicted,confidence,text');
  expect(lines[1]).toMatch(/^folds,1,2,ham,ham,0\.8999\d*,"say ""hi"",\nnow"$/);
  expect(lines[2]).toMatch(/,'-1\+1$/);
});
