/** `npm run check` and the refusals of `npm run job`: what a script is told is what the page says. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const cases = join('tests', 'fixtures', 'cases');

function script(name: string, ...words: string[]) {
  const done = spawnSync(process.execPath, [join('scripts', name), ...words], { cwd: root, encoding: 'utf8' });
  return { status: done.status, lines: done.stdout.split('\n').filter(Boolean), said: done.stderr };
}

/** What is right for a dozen kinds of file; all of them stand in the table of core's tests. */
const TABLE: Record<string, object> = {
  '01-label-studio-json/export.json': {
    rows: 60,
    fields: { text: ['data.text'], label: 'annotations[].result[].value.choices' },
    labels: { billing: 24, login: 14, delivery: 11, returns: 11 },
  },
  '03-doccano/all.jsonl': { rows: 64, left_out: 16, fields: { text: ['text'], label: 'label' } },
  '04-fasttext/train.txt': { container: 'fasttext', rows: 120 },
  '05-sms-no-header/SMSCollection': { rows: 120, labels: { ham: 91, spam: 29 } },
  '06-kaggle-cp1252/spam.csv': {
    encoding: 'windows-1252',
    rows: 200,
    fields: { text: ['v2'], label: 'v1' },
    labels: { ham: 167, spam: 33 },
  },
  '07-sep-line/export.csv': { rows: 80 },
  '08-utf16/Mappe1.txt': { encoding: 'utf-16le', rows: 80, fields: { label: 'label' } },
  '09-pandas-na/tickets.csv': { left_out: 21, labels: { NA: 20 } },
  '10-sharegpt/data.json': { format: 'chat', rows: 60 },
  '14-many-columns/Tweets.csv': {
    fields: { text: ['text'], label: 'airline_sentiment' },
    labels: { negative: 96, neutral: 24, positive: 30 },
  },
  '17-title-description/train_nohead.csv': { rows: 160 },
  '30-gz/train.jsonl.gz': { rows: 60, error: null },
  '39-split-column/all.csv': { rows: 150, offered: { split: ['split'] } },
};

test('a dozen files in one browser: one line of JSON each, in order, with the figures of the page', () => {
  const names = Object.keys(TABLE);
  const missing = join(cases, 'nowhere.csv');
  const binary = join('docs', 'report.png');
  const { status, lines } = script('check.mjs', ...names.map((name) => join(cases, name)), binary, missing);
  const found = lines.map((line) => JSON.parse(line));
  expect(found.map(({ file }) => file)).toEqual([...names.map((name) => join(cases, name)), binary, missing]);
  for (const [i, name] of names.entries()) expect({ [name]: found[i] }).toMatchObject({ [name]: TABLE[name] });
  for (const line of found.slice(0, names.length)) {
    const counts = Object.values<number>(line.left_out_reasons);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(line.left_out);
    expect(line.why).not.toBe('');
  }
  // The page's own words, and the same keys on every line.
  expect(found.at(-2).error).toContain('PNG');
  expect(found.at(-1).error).toContain('nowhere.csv');
  for (const line of found) expect(Object.keys(line)).toEqual(Object.keys(found[0]));
  expect(status).toBe(1);
});

const job = (name: string, ...words: string[]) =>
  script(
    'job.mjs',
    ...['--data', join(cases, name), '--backend', 'wasm', '--method', 'features', '--out', 'none.json'],
    ...words,
  );

test('a job whose data is blocked says each finding and the fields that were read', () => {
  const { status, said } = job('41-scores/scores.csv');
  expect(status).toBe(1);
  expect(said).toMatch(/1 finding in the data blocks training\.\n- The labels are numbers on a scale/);
  expect(said).toContain('Read as it is: text as text, label as label.');
});

test('a job names the fields of the file where it is given one that is not there', () => {
  const { status, said } = job('14-many-columns/Tweets.csv', '--label', 'sentiment');
  expect(status).toBe(1);
  expect(said).toMatch(/has no field «sentiment»; it has airline_sentiment/);
});

test('a job has one test part', () => {
  expect(job('39-split-column/all.csv', '--hold-out', '0.2', '--split-column', 'split')).toMatchObject({ status: 2 });
});
