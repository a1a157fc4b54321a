/** The files of tests/fixtures/cases, as far as bytes become records: what README there says is right for each. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FileLayout } from '../../../src/core/reading/file-reading';
import { readBytes } from '../reading/read-records';

const bytesOfCase = (path: string): Uint8Array =>
  readFileSync(new URL(`../../fixtures/cases/${path}`, import.meta.url));

interface Expected {
  records: number;
  container: FileLayout['container'];
  encoding?: FileLayout['encoding'];
  gzip?: boolean;
  headless?: boolean;
  preamble?: number;
  delimiter?: string;
  columns?: string[];
  notes?: Record<string, number>;
  /** What the first and the last record hold, among other things. */
  first?: Record<string, unknown>;
  last?: Record<string, unknown>;
}

const CASES: Record<string, Expected> = {
  '01-label-studio-json/export.json': { records: 60, container: 'json-array', first: { id: 1 }, last: { id: 60 } },
  '02-label-studio-csv/project-7.csv': {
    records: 60,
    container: 'csv',
    first: { topic: '{"choices": ["delivery", "billing"]}' },
    notes: {},
  },
  '03-doccano/all.jsonl': { records: 80, container: 'jsonl', first: { label: [] } },
  '03-doccano/old-data-key.jsonl': { records: 60, container: 'jsonl' },
  '04-fasttext/train.txt': {
    records: 120,
    container: 'fasttext',
    first: {
      label: 'returns',
      text: 'the return label for the desk lamp does not print I have waited long enough',
    },
  },
  '04-fasttext/train-commas.txt': {
    records: 120,
    container: 'fasttext',
    first: {
      label: 'returns',
      text: 'the return label for the desk lamp does not print I have waited long enough, backpack, and more',
    },
  },
  '04-fasttext/two-labels.txt': {
    records: 120,
    container: 'fasttext',
    first: { label: ['returns', 'urgent'] },
  },
  '05-sms-no-header/SMSCollection': {
    records: 120,
    container: 'tsv',
    headless: true,
    columns: ['column 1', 'column 2'],
    first: {
      'column 1': 'ham',
      'column 2': '"the van drove past my house in Bergen without stopping in March any news',
    },
    notes: { 'stray-quotes': 14 },
  },
  '05-sms-no-header/clean.tsv': { records: 120, container: 'tsv', headless: true, notes: {} },
  '05-sms-no-header/two-quotes.tsv': { records: 120, container: 'tsv', headless: true, notes: { 'stray-quotes': 2 } },
  '05-sms-no-header/two-quotes-header.tsv': {
    records: 120,
    container: 'tsv',
    headless: false,
    columns: ['label', 'text'],
    notes: { 'stray-quotes': 2 },
  },
  '06-kaggle-cp1252/spam.csv': {
    records: 200,
    container: 'csv',
    encoding: 'windows-1252',
    columns: ['v1', 'v2'],
    first: {
      v1: 'spam',
      v2: 'I need a copy of the bill for the rain jacket from Bergen what now – it cost £10 don’t wait',
    },
  },
  '06-kaggle-cp1252/spam-utf8.csv': { records: 200, container: 'csv', encoding: 'utf-8', columns: ['v1', 'v2'] },
  '07-sep-line/export.csv': {
    records: 80,
    container: 'csv',
    delimiter: ';',
    preamble: 1,
    columns: ['Text', 'Label'],
    first: { Text: 'the box with the water bottle came to the wrong address; frying pan', Label: 'delivery' },
  },
  '08-utf16/Mappe1.txt': {
    records: 80,
    container: 'tsv',
    encoding: 'utf-16le',
    columns: ['text', 'label'],
    first: { text: 'my account is locked after ordering the bread knife – größer', label: 'login' },
  },
  '09-pandas-na/nan.jsonl': { records: 120, container: 'jsonl', first: { label: null }, notes: { 'nan-values': 15 } },
  '09-pandas-na/tickets.csv': { records: 120, container: 'csv', columns: ['column 1', 'text', 'label'] },
  '10-sharegpt/data.json': { records: 60, container: 'json-array' },
  '10-sharegpt/data.jsonl': { records: 60, container: 'jsonl' },
  '11-gemini/sft.jsonl': { records: 60, container: 'jsonl' },
  '13-column-json/df.json': {
    records: 60,
    container: 'json-columns',
    first: { text: 'when will my wall clock be shipped to Lyon please help', label: 'delivery' },
  },
  '13-column-json/index.json': {
    records: 60,
    container: 'json-wrapped',
    first: { text: 'when will my wall clock be shipped to Lyon please help', label: 'delivery' },
  },
  '13-column-json/split.json': {
    records: 60,
    container: 'json-wrapped',
    first: { label: 'delivery', split: 'train' },
    last: { split: 'test' },
  },
  '14-many-columns/Tweets.csv': { records: 150, container: 'csv', headless: false },
  '15-one-hot/cats.jsonl': { records: 80, container: 'jsonl' },
  '15-one-hot/train.csv': { records: 120, container: 'csv', headless: false },
  '16-prodigy/accepts-only.jsonl': { records: 80, container: 'jsonl' },
  '16-prodigy/binary.jsonl': { records: 160, container: 'jsonl' },
  '16-prodigy/choice.jsonl': { records: 80, container: 'jsonl' },
  '17-title-description/train.csv': {
    records: 160,
    container: 'csv',
    headless: false,
    columns: ['Class Index', 'Title', 'Description'],
  },
  '17-title-description/train_nohead.csv': {
    records: 160,
    container: 'csv',
    headless: true,
    columns: ['column 1', 'column 2', 'column 3'],
    first: { 'column 1': '3' },
  },
  '18-backslash-quotes/dump.csv': {
    records: 100,
    container: 'csv',
    first: { text: 'may I return the "new", shiny yoga mat without its box thank you', label: 'returns' },
    notes: {},
  },
  '20-ratings/reviews.jsonl': { records: 300, container: 'jsonl' },
  '21-rare/t.jsonl': { records: 76, container: 'jsonl' },
  '22-json-answer/conf.jsonl': { records: 100, container: 'jsonl' },
  '22-json-answer/plain.jsonl': { records: 100, container: 'jsonl' },
  '23-tool-label/ft.jsonl': { records: 80, container: 'jsonl' },
  '24-float-labels/test.csv': { records: 60, container: 'csv', headless: false },
  '24-float-labels/train.csv': { records: 120, container: 'csv', headless: false },
  '25-template-leak/orders.jsonl': { records: 200, container: 'jsonl' },
  '26-other-language/fr.jsonl': { records: 90, container: 'jsonl' },
  '26-other-language/zh.jsonl': { records: 90, container: 'jsonl', encoding: 'utf-8' },
  '29-vertex-classification/v.csv': {
    records: 60,
    container: 'csv',
    headless: true,
    first: {
      'column 1': 'TEST',
      'column 2': 'the discount code did not come off the total of the keyboard any news',
      'column 3': 'billing',
    },
  },
  '29-vertex-classification/v.jsonl': {
    records: 60,
    container: 'jsonl',
    first: { classificationAnnotation: { displayName: 'billing' } },
  },
  '30-gz/train.jsonl.gz': { records: 60, container: 'jsonl', gzip: true, first: { label: 'returns' } },
  '31-label-in-text/prefixed.jsonl': { records: 120, container: 'jsonl' },
  '32-helpdesk/customer_support_tickets.csv': { records: 150, container: 'csv', headless: false },
  '33-stars/reviews.json': { records: 100, container: 'jsonl' },
  '36-wrapper/data.json': {
    records: 60,
    container: 'json-wrapped',
    first: { text: 'I am logged out each time I open the toaster page what now', label: 'login' },
    last: { label: 'billing' },
  },
  '36-wrapper/rows.json': {
    records: 60,
    container: 'json-wrapped',
    first: { text: 'the reset mail never reaches me in Turin what now', label: 'login' },
  },
  '37-roles/caps.jsonl': { records: 60, container: 'jsonl' },
  '37-roles/chatml.jsonl': { records: 60, container: 'jsonl' },
  '37-roles/cohere.jsonl': { records: 60, container: 'jsonl' },
  '39-split-column/all.csv': { records: 150, container: 'csv', headless: false, columns: ['split', 'text', 'label'] },
  '41-scores/scores.csv': { records: 120, container: 'csv', headless: false, columns: ['text', 'label'] },
  '42-unknown-script/am.jsonl': { records: 80, container: 'jsonl', encoding: 'utf-8' },
  '43-legacy/prepared.jsonl': { records: 80, container: 'jsonl' },
  '45-learning-rate/all.jsonl': { records: 80, container: 'jsonl' },
};

describe('files as people have them', () => {
  test.each(Object.entries(CASES))('%s', (path, expected) => {
    const name = path.split('/')[1] ?? '';
    const { records, header, layout, leftOut, notes } = readBytes(bytesOfCase(path), { fileName: name });
    expect(leftOut).toEqual([]);
    expect(records).toHaveLength(expected.records);
    expect(layout.container).toBe(expected.container);
    expect(layout.encoding).toBe(expected.encoding ?? 'utf-8');
    expect(layout.gzip).toBe(expected.gzip ?? false);
    if (layout.table !== null) {
      expect(layout.table.preamble).toBe(expected.preamble ?? 0);
      expect(layout.table.headless).toBe(expected.headless ?? false);
      expect(layout.table.delimiter).toBe(expected.delimiter ?? (expected.container === 'tsv' ? '\t' : ','));
    }
    if (expected.columns !== undefined) expect(header).toEqual(expected.columns);
    if (expected.notes !== undefined) expect(notes).toEqual(expected.notes);
    if (expected.first !== undefined) expect(records[0]).toMatchObject(expected.first);
    if (expected.last !== undefined) expect(records.at(-1)).toMatchObject(expected.last);
  });

  test('the dialect of quotes is said once for the file', () => {
    expect(readBytes(bytesOfCase('18-backslash-quotes/dump.csv')).layout.table?.quoting).toBe('backslash');
    expect(readBytes(bytesOfCase('17-title-description/train.csv')).layout.table?.quoting).toBe('doubled');
  });
});
