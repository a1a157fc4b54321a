/**
 * Files as people have them (tests/fixtures/cases, its README says what is right): counts per label, rows left out, the
 * fields that were chosen and what is offered. The same again with every key renamed: the content decides.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ImportResult } from '../../../src/core/import/import';
import { finding, importBytes, importText } from './import-text';

const read = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/cases/${path}`, import.meta.url)));
const open = (path: string): Promise<ImportResult> =>
  importBytes(read(path), { fileName: path.split('/').at(-1) ?? path });
const counts = ({ labels }: ImportResult): Record<string, number> =>
  Object.fromEntries(labels.map(({ label, count }) => [label, count]));

interface Case {
  file: string;
  text: string[];
  label: string;
  out: number;
  labels: Record<string, number>;
}

const CASES: readonly Case[] = [
  {
    file: '01-label-studio-json/export.json',
    text: ['data.text'],
    label: 'annotations[].result[].value.choices',
    out: 0,
    labels: { billing: 24, login: 14, delivery: 11, returns: 11 },
  },
  {
    file: '02-label-studio-csv/project-7.csv',
    text: ['text'],
    label: 'topic',
    out: 10,
    labels: { delivery: 16, billing: 14, returns: 12, login: 8 },
  },
  {
    file: '03-doccano/all.jsonl',
    text: ['text'],
    label: 'label',
    out: 16,
    labels: { delivery: 22, returns: 16, billing: 13, login: 13 },
  },
  {
    file: '03-doccano/old-data-key.jsonl',
    text: ['data'],
    label: 'label',
    out: 0,
    labels: { login: 21, returns: 16, billing: 15, delivery: 8 },
  },
  { file: '06-kaggle-cp1252/spam-utf8.csv', text: ['v2'], label: 'v1', out: 0, labels: { ham: 167, spam: 33 } },
  {
    file: '09-pandas-na/tickets.csv',
    text: ['text'],
    label: 'label',
    out: 21,
    labels: { EMEA: 27, APAC: 26, LATAM: 26, NA: 20 },
  },
  {
    file: '10-sharegpt/data.jsonl',
    text: ['conversations'],
    label: 'conversations',
    out: 0,
    labels: { returns: 17, login: 15, billing: 14, delivery: 14 },
  },
  {
    file: '11-gemini/sft.jsonl',
    text: ['contents'],
    label: 'contents',
    out: 0,
    labels: { login: 19, billing: 14, delivery: 14, returns: 13 },
  },
  {
    file: '14-many-columns/Tweets.csv',
    text: ['text'],
    label: 'airline_sentiment',
    out: 0,
    labels: { negative: 96, positive: 30, neutral: 24 },
  },
  {
    file: '15-one-hot/cats.jsonl',
    text: ['text'],
    label: 'cats',
    out: 0,
    labels: { billing: 25, login: 22, returns: 18, delivery: 15 },
  },
  {
    file: '16-prodigy/binary.jsonl',
    text: ['text'],
    label: 'label',
    out: 80,
    labels: { delivery: 23, billing: 22, returns: 19, login: 16 },
  },
  {
    file: '16-prodigy/choice.jsonl',
    text: ['text'],
    label: 'accept',
    out: 9,
    labels: { delivery: 22, billing: 18, login: 17, returns: 14 },
  },
  {
    file: '17-title-description/train.csv',
    text: ['Title', 'Description'],
    label: 'Class Index',
    out: 0,
    labels: { 1: 51, 2: 39, 3: 38, 4: 32 },
  },
  {
    file: '22-json-answer/conf.jsonl',
    text: ['messages'],
    label: 'category',
    out: 0,
    labels: { delivery: 33, returns: 29, billing: 21, login: 17 },
  },
  {
    file: '23-tool-label/ft.jsonl',
    text: ['messages'],
    label: 'arguments.category',
    out: 0,
    labels: { delivery: 30, returns: 18, billing: 16, login: 16 },
  },
  { file: '24-float-labels/test.csv', text: ['text'], label: 'label', out: 0, labels: { 0: 18, 2: 16, 3: 14, 1: 12 } },
  {
    file: '29-vertex-classification/v.jsonl',
    text: ['textContent'],
    label: 'classificationAnnotation.displayName',
    out: 0,
    labels: { login: 18, delivery: 17, billing: 13, returns: 12 },
  },
  {
    file: '32-helpdesk/customer_support_tickets.csv',
    text: ['Ticket Description'],
    label: 'Ticket Type',
    out: 0,
    labels: { 'Technical issue': 47, 'Billing inquiry': 39, 'Shipping question': 33, 'Refund request': 31 },
  },
  {
    file: '33-stars/reviews.json',
    text: ['reviewText'],
    label: 'overall',
    out: 0,
    labels: { 1: 21, 2: 21, 3: 23, 4: 16, 5: 19 },
  },
  {
    file: '37-roles/caps.jsonl',
    text: ['messages'],
    label: 'messages',
    out: 0,
    labels: { billing: 18, returns: 17, login: 14, delivery: 11 },
  },
  {
    file: '37-roles/cohere.jsonl',
    text: ['messages'],
    label: 'messages',
    out: 0,
    labels: { login: 16, returns: 16, billing: 15, delivery: 13 },
  },
  {
    file: '39-split-column/all.csv',
    text: ['text'],
    label: 'label',
    out: 0,
    labels: { billing: 42, returns: 41, delivery: 39, login: 28 },
  },
  {
    file: '43-legacy/prepared.jsonl',
    text: ['prompt'],
    label: 'completion',
    out: 0,
    labels: { billing: 25, delivery: 23, login: 18, returns: 14 },
  },
];

test.each(CASES)('$file', async ({ file, text, label, out, labels }) => {
  const result = await open(file);
  expect(result.mapping).toMatchObject({ textFields: text, targetField: label });
  expect(counts(result)).toEqual(labels);
  expect(result.leftOut).toBe(out);
});

describe('what is said and offered', () => {
  test('several labels in a cell block until a person takes the rows with one', async () => {
    const result = await open('02-label-studio-csv/project-7.csv');
    expect(finding(result, 'multi-label')).toMatchObject({ severity: 'blocking', count: 10 });
    const offer = result.offers.find(({ id }) => id === 'single-only');
    const file = read('02-label-studio-csv/project-7.csv');
    const again = await importBytes(file, { fileName: 'p.csv', mapping: offer?.mapping });
    expect(again.rows).toHaveLength(50);
    expect(finding(again, 'multi-label')?.severity).toBe('repairable');
  });

  test('columns of 0 and 1 are several labels, and none of them alone is the label', async () => {
    const result = await open('15-one-hot/train.csv');
    expect(finding(result, 'multi-label-columns')?.severity).toBe('blocking');
    expect(result.mapping.labelFields).toHaveLength(6);
  });

  test('a split column names the parts and forces nothing', async () => {
    const result = await open('39-split-column/all.csv');
    expect(result.mapping.splitField).toBe('split');
    expect(result.rows.filter(({ part }) => part === 'test')).toHaveLength(14);
  });

  test('numbers on a scale are no classes; ranges of them are offered', async () => {
    const result = await open('41-scores/scores.csv');
    expect(finding(result, 'scale-labels')?.severity).toBe('blocking');
    const offer = result.offers.find(({ id }) => id === 'ranges');
    const again = await importBytes(read('41-scores/scores.csv'), { fileName: 's.csv', mapping: offer?.mapping });
    expect(again.labels).toHaveLength(3);
  });

  test('separators and stop words of old models come off text and label', async () => {
    const { rows } = await open('43-legacy/prepared.jsonl');
    expect(rows.some(({ text, target }) => /###|END/.test(text + target))).toBe(false);
  });

  test('a train and a test file that spell numbers differently have the same labels', async () => {
    const [train, other] = [await open('24-float-labels/train.csv'), await open('24-float-labels/test.csv')];
    expect(Object.keys(counts(other))).toEqual(Object.keys(counts(train)));
  });
});

test('keys that nobody knows change nothing: the content decides', async () => {
  const text = new TextDecoder().decode(read('16-prodigy/binary.jsonl'));
  const renamed = text
    .replaceAll('"text":', '"ticket_body":')
    .replaceAll('"label":', '"bucket":')
    .replaceAll('"answer":', '"verdict":');
  const result = await importText(renamed);
  expect(result.mapping).toMatchObject({
    textFields: ['ticket_body'],
    targetField: 'bucket',
    decisionField: 'verdict',
  });
  expect(result.rows).toHaveLength(80);
});
