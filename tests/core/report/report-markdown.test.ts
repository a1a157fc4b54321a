import { expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import { escapeMarkdown, reportToMarkdown } from '../../../src/core/report/report-markdown';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';

function markdown(change: Parameters<typeof sampleContext>[0] = {}, outcome = sampleOutcome()): string {
  const report = buildReport(sampleContext(change), outcome, { createdAt: '2026-11-23', totalSeconds: 30, curve: [] });
  if (!report) throw new Error('no report');
  return reportToMarkdown(report);
}

test('verdict first, then folds, simpler methods, test part, mistakes and what was run', () => {
  const text = markdown();
  const headings = text.split('\n').filter((line) => line.startsWith('#'));
  expect(headings).toEqual([
    '# mail: Top layers',
    '## 2 folds',
    '## Against simpler methods on the same folds',
    '## Test part: a stratified hold-out of 33 %',
    '## Folds together',
    '## Surest mistakes',
    '## What was run',
  ]);
  expect(text).toContain('| 1 | 4 | 75.0 % | 73.3 % |');
  expect(text).toContain('| Mean of the folds ± sd |  | 87.5 % ± 17.7 |');
  expect(text).toContain('3 of 4 rows right: 75.0 %');
  expect(text).toContain('| Data fingerprint | abab');
});

test('every line of a table has as many cells as its head', () => {
  for (const block of markdown().split('\n\n')) {
    const lines = block.split('\n').filter((line) => line.startsWith('|'));
    const cells = new Set(lines.map((line) => line.replaceAll('\\|', '').split('|').length));
    expect(cells.size).toBeLessThanOrEqual(1);
  }
});

test('what comes from the data is text, never markup', () => {
  expect(escapeMarkdown('<script>alert(1)</script> | *x* [a](b)\n# h `c`')).toBe(
    '&lt;script&gt;alert(1)&lt;/script&gt; \\| \\*x\\* \\[a\\](b) \\# h \\`c\\`',
  );
  const context = sampleContext();
  const text = markdown({ rows: { ...context.rows, labels: ['a|b', '<img src=x>'] } });
  expect(text).toContain('a\\|b');
  expect(text).not.toContain('<img');
});

test('a partial report says what it lacks', () => {
  const outcome = sampleOutcome({ complete: false, missing: ['1 of 2 folds'], test: null, finalFit: false });
  const text = markdown({}, { ...outcome, folds: outcome.folds.slice(0, 1) });
  expect(text).toContain('## 1 of 2 folds');
  expect(text).toContain('Missing: 1 of 2 folds.');
  expect(text).toContain('| Kept model | none |');
  expect(text).not.toContain('## Test part');
});
