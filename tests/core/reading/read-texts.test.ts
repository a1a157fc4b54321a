import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../../src/core/data/mapping';
import { importDataset } from '../../../src/core/import/import';
import { MAX_TEXTS, readTexts } from '../../../src/core/reading/read-texts';
import { bytesOf, streamOf } from '../import/import-text';

const TEXT_LABEL: Mapping = {
  container: 'jsonl',
  format: 'text-label',
  textFields: ['text'],
  targetField: 'label',
  unused: [],
};
const go = { aborted: false };

function read(fileName: string, content: string | Uint8Array, mapping: Mapping | null = TEXT_LABEL) {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  return readTexts(() => streamOf(bytes), { fileName, mapping, signal: go });
}
const textsOf = async (...of: Parameters<typeof read>) => (await read(...of)).rows.map(({ text }) => text);

describe('the texts of a file that is to be answered', () => {
  test('plain text is one text a line, blank lines are none', async () => {
    const file = await read('a.txt', '\uFEFFone\r\n\r\n two \n');
    expect(file.rows.map(({ line, text }) => [line, text])).toEqual([
      [1, 'one'],
      [3, ' two '],
    ]);
    expect(file).toMatchObject({ read: 2, fields: [] });
  });

  test('sentences with commas are sentences in plain text, and a table where the run’s field is a column', async () => {
    const lines = ['where is it, please', 'I paid twice, again', 'no parcel, no news', 'send it back, thanks'];
    expect(await textsOf('a.txt', lines.join('\n'))).toEqual(lines);
    expect(await textsOf('a.txt', 'id,text\n1,one\n2,two\n')).toEqual(['one', 'two']);
  });

  test('rows that cannot be read keep their places, each with its reason', async () => {
    const file = await read('a.jsonl', '{"text":"one","label":"x"}\n{"text": ""}\nnot json\n{"text":"two"}\n"three"\n');
    expect(file.rows.map(({ line, text }) => [line, text])).toEqual([
      [1, 'one'],
      [2, null],
      [3, null],
      [4, 'two'],
      [5, 'three'],
    ]);
    expect(file.read).toBe(3);
    expect(file.rows[1]?.reason).toContain('"text"');
    expect(file.rows[2]?.reason).not.toBe('');
    expect(file.rows[3]?.reason).toBe('');
  });

  test('a table with another delimiter is cut as in training, and its header is no text', async () => {
    expect(await textsOf('a.csv', 'text;label\none, two;x\n"three; four";y\n')).toEqual(['one, two', 'three; four']);
  });

  test('a file without the fields of the run is read by content, which is said', async () => {
    const rows = Array.from(
      { length: 12 },
      (_, i) => `${i},Re,my parcel number ${i} has not come yet and I want it back`,
    );
    const file = await read('a.csv', `id,subject,notes\n${rows.join('\n')}\n`);
    expect(file).toMatchObject({ fields: ['notes'], asTrained: false, read: 12 });
    expect(file.rows[0]?.text).toMatch(/^my parcel/);
  });

  test('without a field that could be a text the file is refused with what was expected', async () => {
    await expect(read('a.jsonl', '{"id": 1, "n": 2}')).rejects.toThrow('"id", "n". Expected "text", as the model was');
    await expect(read('a.jsonl', '{"text": ""}')).rejects.toThrow(/holds no texts\. Line 1: no text in "text"/);
    await expect(read('a.txt', ' \n \n')).rejects.toMatchObject({ code: 'file-empty' });
  });

  test('gzip and UTF-16 are read, a picture is refused by name', async () => {
    expect(await textsOf('a.jsonl.gz', gzipSync('{"text":"one"}\n{"text":"two"}\n'))).toEqual(['one', 'two']);
    const utf16 = new Uint8Array(Buffer.from('\uFEFFtext\tlabel\nödland\tx\nzwei\ty\n', 'utf16le'));
    expect(await textsOf('a.txt', utf16)).toEqual(['ödland', 'zwei']);
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
    await expect(read('texts.txt', png)).rejects.toThrow('PNG');
  });

  test('a JSON array may hold texts or records', async () => {
    expect(await textsOf('a.json', '["one", "two"]')).toEqual(['one', 'two']);
    expect(await textsOf('a.json', '[{"text": "one"}, 3, {"text": "two"}]')).toEqual(['one', null, 'two']);
  });

  test('more rows than can be answered at once are refused before all are read', async () => {
    await expect(read('many.txt', 'a\n'.repeat(MAX_TEXTS + 1))).rejects.toThrow('more than 100,000 rows');
    expect((await read('most.txt', 'a\n'.repeat(MAX_TEXTS))).read).toBe(MAX_TEXTS);
  });

  test('a reading that was cancelled stops', async () => {
    const options = { fileName: 'a.txt', mapping: null, signal: { aborted: true } };
    await expect(readTexts(() => streamOf(bytesOf('one')), options)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test.each([
  '05-sms-no-header/SMSCollection',
  '06-kaggle-cp1252/spam.csv',
  '08-utf16/Mappe1.txt',
  '10-sharegpt/data.json',
  '01-label-studio-json/export.json',
  '14-many-columns/Tweets.csv',
  '17-title-description/train.csv',
  '17-title-description/train_nohead.csv',
  '23-tool-label/ft.jsonl',
  '30-gz/train.jsonl.gz',
  '36-wrapper/rows.json',
  '37-roles/caps.jsonl',
  '43-legacy/prepared.jsonl',
])('%s: the texts answered are those that were trained on', async (name) => {
  const bytes = new Uint8Array(readFileSync(`tests/fixtures/cases/${name}`));
  const fileName = name.split('/').at(-1) ?? '';
  const trained = await importDataset(streamOf(bytes), { fileName, fileBytes: bytes.length });
  const file = await readTexts(() => streamOf(bytes), { fileName, mapping: trained.mapping, signal: go });
  const answered = new Map(file.rows.map(({ line, text }) => [line, text]));
  expect(trained.rows.length).toBeGreaterThan(0);
  for (const { line, text } of trained.rows) expect(answered.get(line)).toBe(text);
  expect(file.asTrained).toBe(true);
});
