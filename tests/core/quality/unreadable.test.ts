import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Row } from '../../../src/core/data/dataset';
import { unreadable } from '../../../src/core/quality/unreadable';
import { surveyTexts } from '../../../src/core/text/surveys';
import { createTokenizer } from '../../../src/core/text/tokenizer';
import { rowsOf } from './rows-of';

const tokenizerOf = (model: string) =>
  createTokenizer(JSON.parse(readFileSync(`public/models/${model}/tokenizer.json`, 'utf8')));
const miniLm = tokenizerOf('all-MiniLM-L6-v2');
const found = (rows: Row[], task: 'classification' | 'generation' = 'classification', tokenizer = miniLm) =>
  unreadable({ rows, task, surveys: surveyTexts(rows, tokenizer, 10_000) });
const fileRows = (path: string): Row[] =>
  readFileSync(`tests/fixtures/cases/${path}`, 'utf8')
    .trim()
    .split('\n')
    .map((line, i) => ({ ...parsed(line), rowId: i, line: i + 1 }));
const parsed = (line: string): Pick<Row, 'text' | 'target'> => {
  const { text, label }: { text: string; label: string } = JSON.parse(line);
  return { text, target: label };
};

test('Chinese texts: most characters are not known, said with the share of every label', () => {
  const finding = found(fileRows('26-other-language/zh.jsonl'));
  expect(finding).toMatchObject({
    id: 'unreadable',
    severity: 'warning',
    title: 'The model does not know 80 % of the characters in these texts',
    count: 90,
  });
  expect(finding?.detail).toMatch(/^By label: "账单" 85 %, "物流" 79 %, "登录" 78 %\. It was made for English/);
  expect(finding?.examples[0]?.reason).toMatch(/^\d+ of \d+ characters not known$/);
});

test('a script that one encoder does not know is said, and does not keep another from reading it', () => {
  const rows = fileRows('42-unknown-script/am.jsonl');
  expect(found(rows)).toMatchObject({ severity: 'warning', count: 80 });
  expect(found(rows)?.detail).toContain('There is nothing for it to learn from. Another encoder may know them');
  expect(found(rows, 'classification', tokenizerOf('multilingual-e5-small'))).toBeNull();
});

test('French is fine, and so are a few names and signs', () => {
  expect(found(fileRows('26-other-language/fr.jsonl'))).toBeNull();
  const rows = Array.from(
    { length: 40 },
    (_, i) => [`a parcel for Müller number ${i}${i % 9 ? '' : ' 😀'}`, 'a'] as const,
  );
  expect(found(rowsOf(rows))).toBeNull();
});

test('one label in another script is found, however few its rows', () => {
  const finding = found(rowsOf([...Array(60).fill(['where is my parcel today', 'en'] as const), ['ሳም ሆሹ', 'am']]));
  expect(finding?.detail).toMatch(/^By label: "am" 100 %, "en" 0 %\./);
  expect(finding).toMatchObject({ severity: 'warning', count: 1, lines: [61] });
});

test('Russian is known letter by letter', () => {
  const rows = rowsOf([
    ['Привет, я хочу вернуть заказ', 'a'],
    ['верните деньги пожалуйста', 'b'],
    ['hello', 'a'],
  ]);
  expect(found(rows)).toMatchObject({ id: 'letter-by-letter', severity: 'warning', lines: [1, 2] });
});

test('answers to write have no labels to list', () => {
  expect(
    found(
      rowsOf([
        ['ሳም', 'x y'],
        ['ሆሹ ok', 'z'],
      ]),
      'generation',
    )?.detail,
  ).not.toMatch(/By label/);
});
