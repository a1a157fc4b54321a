import { expect, test } from 'vitest';
import { buildReport } from '../../../../src/core/report/build-report';
import { autoChoices } from '../../../../src/core/settings/defaults';
import { downloads } from '../../../../src/ui/screens/report/downloads';
import { factGroups, factText, shortHash } from '../../../../src/ui/screens/report/facts';
import { sampleContext, sampleOutcome } from '../../../helpers/report-sample';

const report = buildReport(sampleContext(), sampleOutcome(), {
  createdAt: '2026-01-02T03:04:05Z',
  totalSeconds: 21,
  curve: [],
});
if (report === null) throw new Error('The sample has folds.');

test('every setting of the run is listed, and those left to the page are marked', () => {
  const settings =
    factGroups(report, { ...autoChoices(), seed: 42 }).find(({ title }) => title === 'Settings')?.facts ?? [];
  expect(settings).toHaveLength(Object.keys(report.settings).length);
  expect(settings.find(({ name }) => name === 'Seed')?.value).toBe('42');
  expect(settings.find(({ name }) => name === 'Passes over the data')?.value).toBe('4 (auto)');
});

test('the copied text has whole fingerprints, the screen short ones', () => {
  expect(factText(factGroups(report, null))).toContain('ab'.repeat(32));
  expect(shortHash('53aa5117' + '0'.repeat(48) + '128d9dba')).toBe('53aa5117…128d9dba');
});

test('each file of the report can be made and is named after the run', () => {
  const files = downloads(report, 'Top layers, run 4');
  expect(files.map(({ id }) => id)).toEqual(['markdown', 'json', 'csv', 'predictions', 'prediction-lines']);
  for (const file of files) {
    expect(file.text().length).toBeGreaterThan(0);
    expect(file.name).toMatch(/^mail-Top-layers-run-4-[a-z]+\.(md|jsonl?|csv)$/);
  }
  expect(JSON.parse(files[1]?.text() ?? '')).toEqual(report);
});
