import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import { parseReport } from '../../../src/core/report/parse-report';
import { escapeMarkdown } from '../../../src/core/report/markdown';
import { reportToMarkdown } from '../../../src/core/report/report-markdown';
import { fold, sampleContext, sampleOutcome } from '../../helpers/report-sample';
import { classificationReport } from '../../helpers/classification-report';

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

/** A test part of four rows: the first repeats a training row, the last two are copies. */
function withSeen(texts = ['A!', 'q', 'r', 'R.'], change: Parameters<typeof sampleContext>[0] = {}): string {
  const { test: part } = sampleContext();
  return markdown({ test: part && { ...part, texts }, ...change });
}

test('simpler methods stand with mean and deviation, and with what the run gains over them', () => {
  const text = markdown();
  expect(text).toContain('| 95 % interval of the mean |  | 0.0 to 100.0 | 0.0 to 100.0 |');
  for (const line of [
    '| Majority | 50.0 % ± 0.0 | 33.3 % ± 0.0 |  |',
    '| TF-IDF + logistic regression | 50.0 % ± 0.0 | 50.0 % ± 0.0 | +37.5 (−100.0 to 100.0) |',
    '| Features only | 75.0 % ± 35.4 | 75.0 % ± 35.4 | +12.5 (−100.0 to 100.0) |',
    '| **Top layers, this run** | 87.5 % ± 17.7 | 86.7 % ± 18.9 |  |',
  ]) {
    expect(text).toContain(line);
  }
});

test('one fold has no deviation and no interval, and a method without it is not finished', () => {
  const outcome = sampleOutcome();
  const baselines = { ...outcome.baselines, features_only: [] };
  const text = markdown({}, { ...outcome, folds: outcome.folds.slice(0, 1), baselines });
  expect(text).toContain('## 1 of 2 folds');
  expect(text).toContain('| Mean of the folds ± sd |  | 75.0 % | 73.3 % |');
  expect(text).toContain('| 95 % interval of the mean |  | none with one fold | none with one fold |');
  expect(text).toContain('| Majority | 50.0 % | 33.3 % |  |');
  expect(text).toContain('| Features only | not finished |  |  |');
});

test('a reading has its figures in a sentence, a line for every label, and true labels by rows', () => {
  const text = markdown();
  expect(text).toContain(
    '7 of 8 rows right: 87.5 %, 95 % interval 0.0 to 100.0 (over the folds). Macro-F1 of all these rows together 0.873, ' +
      'balanced accuracy 0.875, Matthews 0.775, log loss 0.281, Brier 0.168, calibration error 0.194.',
  );
  expect(text).toContain('3 of 4 rows right: 75.0 %, 95 % interval 30.1 to 95.4 (Wilson). ');
  for (const line of [
    '| ham | 0.800 | 1.000 | 0.889 | 4 |',
    '| spam | 1.000 | 0.750 | 0.857 | 4 |',
    '| macro avg | 0.900 | 0.875 | 0.873 | 8 |',
    '| weighted avg | 0.900 | 0.875 | 0.873 | 8 |',
    '| true ＼ predicted | ham | spam |',
    '| ham | 4 | 0 |',
    '| spam | 1 | 3 |',
  ]) {
    expect(text).toContain(line);
  }
});

test('an interval that rests on the rows is named as such', () => {
  const outcome = sampleOutcome();
  const folds = outcome.folds.map((one) => ({
    ...one,
    probabilities: outcome.folds[0]?.probabilities ?? one.probabilities,
  }));
  expect(markdown({}, { ...outcome, folds })).toMatch(/## Folds together\n\n6 of 8 rows right: .* \(Wilson\)\. /);
});

test('rows that training has seen are counted apart, with simpler methods on the others', () => {
  const text = withSeen();
  expect(text).toContain('(Wilson; 3 different texts, copies count once)');
  expect(text).toContain('### Without the rows that training has seen');
  expect(text).toContain(
    'On the other 3 rows 2 were right: 66.7 %, 95 % interval 14.8 to 95.8 (Wilson; 2 different texts, copies count once).',
  );
  // Features only answers as the run does there; TF-IDF is right where the run is wrong, and the other way round.
  for (const line of [
    '| Majority | 33.3 % | 25.0 % |  |  |',
    '| TF-IDF + logistic regression | 66.7 % | 66.7 % | 1 and 1 | 1.000 |',
    '| Features only | 66.7 % | 40.0 % | 0 and 0 | 1.000 |',
    '| **This run** | 66.7 % | 40.0 % |  |  |',
  ]) {
    expect(text).toContain(line);
  }
  const none = withSeen(['a', 'b', 'c', 'd']);
  expect(none).toContain(
    '4 of 4 rows repeat training rows or belong with them; of those 3 were right. No row is left without them.',
  );
  expect(none).not.toContain('On the other');
  // One row is not several.
  expect(text).toMatch(/\n1 of 4 rows repeats a training row or belongs with one; it was (right|wrong)\. /);
  expect(markdown()).not.toContain('### Without');
});

test('what was run stands with its numbers in their places', () => {
  const dataset = { ...sampleContext().dataset, cutRows: 5 };
  const text = markdown({ dataset, device: { name: 'llvmpipe', software: true, browser: 'Chrome 146' } });
  for (const line of [
    '| Data | mail, version 3: 12 rows, 2 labels |',
    '| Used | 8 rows in folds, 4 in the test part; 5 cut at the token limit, 1 left out |',
    '| Model | Tiny (tiny), Apache-2.0 |',
    '| Trained | 300 of 1,000 values |',
    '| Method | Top layers (top-layers) |',
    '| Kept model | Trained on all 8 training rows. The scores above are of models that saw fewer rows. |',
    '| Device | llvmpipe, wasm, in software; Chrome 146 |',
    '| Time | 30 s, of it folds 4.0 s, baselines 3.0 s |',
    `| Model fingerprint | ${'cd'.repeat(32)} |`,
    '| Finished | 2026-11-23 |',
  ]) {
    expect(text).toContain(line);
  }
  expect(markdown()).toContain('| Device | WebAssembly, SIMD, wasm; Chrome 146, Linux |');
  expect(markdown({}, sampleOutcome({ finalFit: false }))).toContain('| Kept model | none |');
});

/** Rows of so many labels, two of each, all answered with the first label by two folds. */
function ofLabels(count: number, text: string): string {
  const labels = Array.from({ length: count }, (_, i) => `label${i}`);
  const indices = Int32Array.from({ length: 2 * count }, (_, row) => row % count);
  const rows = {
    labels,
    labelIndices: indices,
    lines: indices.map((_, row) => row + 1),
    texts: Array.from(indices, (_, row) => `${text} ${row}`),
  };
  const folds = [0, 1].map((number) => ({
    ...fold(number, [], []),
    rows: Int32Array.from(labels, (_, i) => number * count + i),
    probabilities: Float32Array.from({ length: count * count }, (_, i) => (i % count === 0 ? 0.5 : 0.5 / (count - 1))),
  }));
  const baselines = { majority: [], tfidf_logistic_regression: [], features_only: [] };
  return markdown({ rows, test: null }, sampleOutcome({ folds, baselines, test: null }));
}

test('a table of predictions has twenty labels at most', () => {
  expect(ofLabels(20, 'a')).toContain('predicted | label0 |');
  expect(ofLabels(21, 'a')).not.toContain('predicted |');
});

test('of the mistakes the twenty surest are shown, each text on one line of 160 characters', () => {
  const lines = (text: string) =>
    ofLabels(21, text)
      .split('\n')
      .filter((line) => line.startsWith('| folds |'));
  expect(lines('a')).toHaveLength(20);
  expect(lines('a')[0]).toBe('| folds | 2 | a 1 | label1 | label0 | 50.0 % |');
  expect(lines('x'.repeat(158))[0]).toContain(`| ${'x'.repeat(158)} 1 |`);
  expect(lines('x'.repeat(159))[0]).toContain(`| ${'x'.repeat(159)} … |`);
});

test('every part begins with its title and has no gap where there is nothing to say', () => {
  const text = markdown();
  expect(text).toContain('## Against simpler methods on the same folds\n\n| Method | Accuracy |');
  expect(text).toContain('## Surest mistakes\n\n| Part | Line |');
  expect(text).toContain('## What was run\n\n|  |  |');
  expect(text).toContain('| Settings | layers 2, n\\_epochs 4, ');
  for (const one of [text, markdown({ notes: [] }, sampleOutcome({ notes: [] }))]) expect(one).not.toContain('\n\n\n');
  expect(withSeen()).toContain('### Without the rows that training has seen\n\n1 of 4 rows');
  expect(withSeen()).toContain('| Method | Accuracy | Macro-F1 | This run fixes and breaks, rows | McNemar p |');
  expect(withSeen(['a', 'b', 'c', 'd'])).toContain('### Without the rows that training has seen\n\n4 of 4 rows');
});

test('a single mistake is listed, and where there is none there is no list', () => {
  expect(markdown({}, sampleOutcome({ test: null }))).toContain('## Surest mistakes');
  const outcome = sampleOutcome();
  const folds = [fold(0, [0, 1, 4, 5], [0, 0, 1, 1]), fold(1, [2, 3, 6, 7], [0, 0, 1, 1])];
  expect(markdown({}, { ...outcome, folds, test: null })).not.toContain('## Surest mistakes');
});

test('times are told in hours where there are some', () => {
  const { timings } = sampleOutcome();
  const long = { ...timings, foldsSeconds: 90_000, baselinesSeconds: 80_000 };
  const ending = { createdAt: '2026', totalSeconds: 100_000, curve: [] };
  const report = buildReport(sampleContext(), sampleOutcome({ timings: long }), ending);
  if (!report) throw new Error('no report');
  expect(reportToMarkdown(report)).toContain('| Time | 27 h 47 min, of it folds 25 h 00 min, baselines 22 h 13 min |');
});

test('a reading without an interval of the folds has that of its rows, also in a report of version 0.1', () => {
  const outcome = sampleOutcome();
  const one = markdown({}, { ...outcome, folds: outcome.folds.slice(0, 1) });
  expect(one).toMatch(/## Folds together\n\n3 of 4 rows right: .* \(Wilson\)\. /);
  const old = classificationReport(parseReport(JSON.parse(readFileSync('tests/fixtures/report-0.1.json', 'utf8'))));
  expect(reportToMarkdown(old)).toMatch(/## Folds together\n\n.* \(Wilson\)\. /);
});

test('no letter of the data is markup', () => {
  expect(escapeMarkdown('<a> & b')).toBe('&lt;a&gt; &amp; b');
});
