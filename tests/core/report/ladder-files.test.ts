/** A search in the files of its report: its table, the settings tried, where the time went. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import { parseReport } from '../../../src/core/report/parse-report';
import { reportToCsv } from '../../../src/core/report/report-csv';
import { reportToMarkdown } from '../../../src/core/report/report-markdown';
import { ladderSchema } from '../../../src/core/report/ladder-schema';
import { settingWords } from '../../../src/core/report/ladder-words';
import { timeParts, timeWords } from '../../../src/core/report/search-times';
import { sampleLadder, sampleTried } from '../../helpers/ladder-sample';
import { classificationReport } from '../../helpers/classification-report';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';

function searched(change: Parameters<typeof sampleLadder>[0] = {}) {
  const report = buildReport(sampleContext(), sampleOutcome(), {
    createdAt: '2026-11-23T00:00:00Z',
    totalSeconds: 130,
    curve: [],
  });
  const timings = { total: 130, model: 1, features: 5, baselines: 0, folds: 90, final_fit: 20, test: 1 };
  return { ...classificationReport(report), timings, ladder: sampleLadder(change), search: sampleTried() };
}
const report = searched();

test('Markdown: the verdict, then what each rung bought, the settings tried, where the time went', () => {
  const text = reportToMarkdown(report);
  const headings = text.split('\n').filter((line) => line.startsWith('#'));
  expect(headings.slice(1, 5)).toEqual([
    '## What each rung bought',
    '## Settings tried for top layers',
    '## Where the time went',
    '## 2 folds',
  ]);
  expect(text).toContain(
    '| Features only | all 3 folds | 91.0 | 89.0 to 93.0 | +4.5 (+3.5 to +5.5) | −1.7 (−3.1 to −0.3) | 8.0 s | Done |',
  );
  expect(text).toContain('| **Top layers** (recommended) | all 3 folds | 92.9 |');
  // A figure of a part says so in its own line.
  expect(text).toMatch(/\| Everything \| a quarter of the rows \| 90\.0 .*\| Dropped: on a quarter of the rows a gain/);
  expect(text).toContain('| **passes over the data 6** | all | 93.4 |');
  expect(text).toContain('93.4 is the best of 3 looks, so it flatters. Chosen inside each fold they gain +0.3');
  expect(text).toContain('Auto stays.');
  expect(text).toContain('| Settings of the best | 35 s |');
});

test('Markdown: every line of a table has as many cells as its head, and a title is text', () => {
  const rungs = report.ladder.rungs.map((row) => ({ ...row, title: 'a|<b>' }));
  const text = reportToMarkdown(searched({ rungs }));
  expect(text).not.toContain('<b>');
  for (const block of text.split('\n\n')) {
    const lines = block.split('\n').filter((line) => line.startsWith('|'));
    const cells = new Set(lines.map((line) => line.replaceAll('\\|', '').split('|').length));
    expect(cells.size).toBeLessThanOrEqual(1);
  }
});

test('CSV: each figure of each rung under its own name, folds and tried settings too', () => {
  const lines = reportToCsv(report).split('\r\n');
  for (const line of [
    'search,top-layers,nested_score,0.927',
    'search,top-layers,over,features',
    'search,top-layers,nested_gain,0.017',
    'rung,features,score,0.91',
    'rung,features,ci95_high,0.93',
    'rung,features,gain,0.045',
    'rung,features,over_recommended,-0.017',
    'rung,full,state,dropped',
    'rung,full,seen_on,a quarter of the rows',
    'rung,full,seconds_by_hand,200',
    'rung top-layers,fold 3,score,0.937',
    'rung top-layers,fold 3,before,0.92',
    'setting tried top-layers,1,settings,n_epochs 6',
    'setting tried top-layers,2,share_of_rows,0.25',
    'time,Settings of the best,seconds,35',
  ])
    expect(lines.map((own) => own.replace(/^([^,]*),([^,]*),([^,]*),'?/, '$1,$2,$3,'))).toContain(line);
  // The first has nothing before it, the recommended is not beside itself.
  expect(lines.some((line) => line.startsWith('rung,label_names,gain'))).toBe(false);
  expect(lines.some((line) => line.startsWith('rung,top-layers,over_recommended'))).toBe(false);
});

test('a report of one method by hand has none of it', () => {
  const { ladder: _, search: __, ...plain } = report;
  expect(reportToMarkdown(plain)).not.toContain('rung');
  expect(reportToCsv(plain)).not.toContain('rung');
  expect(timeParts(plain)).toEqual([]);
});

test('tried settings are told by the names and choices of the form, in files for machines by the field’s', () => {
  const [auto, epochs] = sampleTried().tried;
  if (!auto || !epochs) throw new Error('There are some.');
  const other = { ...epochs, settings: { ...auto.settings, learning_rate: 4e-5, noise: 'letters', dropout: 0.2 } };
  expect(settingWords(auto, auto)).toBe('auto');
  expect(settingWords(other, auto)).toBe('learning rate 4e-5, noise letters, dropout 0.2');
  const weighed = { ...other, settings: { ...auto.settings, class_weight: 'balanced', lr_scheduler_type: 'cosine' } };
  expect(settingWords(weighed, auto)).toBe('weight rare labels balanced, schedule cosine');
  expect(settingWords(weighed, auto, true)).toBe('class_weight balanced, lr_scheduler_type cosine');
  const encoder = { ...auto, auto: false, encoder: 'E5 multilingual' };
  expect(settingWords(encoder, auto)).toBe('E5 multilingual, else auto');
  expect(settingWords({ ...other, encoder: 'E5 multilingual' }, auto)).toBe(
    'E5 multilingual, learning rate 4e-5, noise letters, dropout 0.2',
  );
  expect(settingWords({ ...weighed, encoder: 'E5 multilingual' }, auto, true)).toBe(
    'encoder E5 multilingual, class_weight balanced, lr_scheduler_type cosine',
  );
});

test('the time is told whole: reading, each rung, settings, final fit, test, and the rest', () => {
  const parts = timeParts(report);
  expect(parts.map(({ id, seconds }) => [id, seconds])).toEqual([
    ['loading', 1],
    ['reading', 5],
    ['label_names', 2],
    ['tfidf_logistic_regression', 3],
    ['features', 8],
    ['top-layers', 30],
    ['full', 12],
    // What was spent on folds but not on a rung as it is on auto.
    ['settings', 35],
    ['final', 20],
    ['test', 1],
    ['rest', 13],
  ]);
  expect(parts.filter(({ recommended }) => recommended).map(({ id }) => id)).toEqual(['top-layers']);
  expect(timeWords(report)).toEqual([
    'Not going on with 1 rung saved about 1 min 28 s.',
    'By hand, top layers takes about 1 min 30 s on these rows.',
  ]);
});

test('a report of an earlier build, whose rungs have less, is read and written all the same', () => {
  const rungs = report.ladder.rungs.map(
    ({ best: _, beside: __, scores: ___, share: ____, settings: _____, planned: ______, ...row }) => row,
  );
  const read = parseReport(JSON.parse(JSON.stringify(searched({ rungs }))));
  expect(v.is(ladderSchema, classificationReport(read).ladder)).toBe(true);
  expect(reportToMarkdown(classificationReport(read))).toContain('## What each rung bought');
  expect(reportToCsv(classificationReport(read))).toContain('rung,features,score,0.91');
});
