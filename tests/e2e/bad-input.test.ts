/** What people bring that is not what was hoped for: each gets clear words, and the rest of the page stays usable. */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importFile } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const row = (text: string, label: unknown) => JSON.stringify({ text, label });
const many = (count: number, label: (i: number) => unknown) =>
  Array.from({ length: count }, (_, i) => row(`Message ${'abcdefghij'[i % 10]}${i} about thing ${i * 7}`, label(i)));

const open = (name: string, content: string | Buffer) =>
  importFile(
    site.page,
    { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) },
    { timeout: 60_000 },
  );
const words = () => site.page.locator('main').innerText();
const trainButton = () => site.page.locator('main').getByText('Train on this', { exact: true }).first();

describe('files that cannot be read are refused in words', () => {
  test.each([
    ['an empty file', 'empty.jsonl', '', /empty/i],
    ['a PNG called data.jsonl', 'data.jsonl', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /PNG/],
  ])('%s', async (_, name, content, pattern) => {
    await expect(open(name, content)).rejects.toThrow(pattern);
    await expect.poll(words).toContain('Drop a file');
  });
});

describe('files that can be read but not trained on say why', () => {
  test.each([
    ['three rows', many(3, (i) => `l${i % 2}`).join('\n'), /must have at least 10 examples/],
    ['one class', many(30, () => 'same').join('\n'), /same|label/i],
  ])('%s', async (_, content, pattern) => {
    await open('few.jsonl', content);
    await expect.poll(words).toMatch(pattern);
    await expect.poll(async () => (await trainButton().getAttribute('aria-disabled')) ?? 'off').toBe('true');
  });

  test('free text answers can be trained on', async () => {
    const lines = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ prompt: `Question ${i}`, completion: `A long answer in free words, number ${i}, its own` }),
    );
    await open('answers.jsonl', lines.join('\n'));
    await expect.poll(words).toMatch(/40 rows/);
    await expect.poll(async () => (await trainButton().getAttribute('aria-disabled')) ?? 'false').toBe('false');
  });
});

describe('files with faults are read as far as they go', () => {
  const good = many(24, (i) => ['yes', 'no'][i % 2]);
  test.each<[string, string | Buffer, RegExp[]]>([
    ['BOM, CRLF and blank lines', '\ufeff' + good.join('\r\n\r\n'), [/24 rows/]],
    ['trailing commas', good.map((line) => line + ',').join('\n'), [/24 rows/]],
    ['one big array', JSON.stringify(good.map((line) => JSON.parse(line))), [/24 rows/]],
    ['pretty-printed objects', good.map((line) => JSON.stringify(JSON.parse(line), null, 2)).join('\n'), [/24 rows/]],
    ['a broken line', [...good.slice(0, 7), '{"text": "no end', ...good.slice(7)].join('\n'), [/24 rows/, /line 8/i]],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from(good.join('\n') + '\n'), Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])]),
      [/24 rows/, /UTF-8/],
    ],
    ['number labels', many(24, (i) => i % 2).join('\n'), [/24 rows/]],
    ['hostile labels', many(24, (i) => ['__proto__', 'constructor'][i % 2]).join('\n'), [/24 rows/, /__proto__/]],
    ['a label of 200 characters', many(24, (i) => ['x'.repeat(200), 'y'][i % 2]).join('\n'), [/24 rows/]],
    ['500 classes', many(1000, (i) => `class ${i % 500}`).join('\n'), [/1,000 rows/, /500 labels/]],
    ['emoji and right-to-left text', many(24, (i) => ['😀', 'مرحبا'][i % 2]).join('\n'), [/24 rows/, /مرحبا/]],
    [
      'a CSV',
      'text,label\n' + Array.from({ length: 24 }, (_, i) => `"Message, ${i}",${['a', 'b'][i % 2]}`).join('\n'),
      [/24 rows/],
    ],
  ])('%s', async (_, content, patterns) => {
    await open('data.jsonl', content);
    for (const pattern of patterns) await expect.poll(words).toMatch(pattern);
  });

  test('HTML and script in text, label and file name are shown as they are and never run', async () => {
    const hostile = '<img src=x onerror="globalThis.__run=1"><script>globalThis.__run=1</script>';
    await open('<b>bold<.jsonl', many(24, (i) => [hostile, 'no'][i % 2]).join('\n'));
    await expect.poll(words).toContain('<script>');
    expect(await site.page.evaluate(() => (globalThis as { __run?: number }).__run)).toBeUndefined();
    expect(await site.page.locator('main script, main img').count()).toBe(0);
  });

  test('a line of 10 MB is read or left out, and the page stays awake', async () => {
    await open('long.jsonl', [...good, row('word '.repeat(2_000_000), 'yes')].join('\n'));
    await expect.poll(words).toMatch(/2[45] rows/);
  });
});

describe('several at once', () => {
  const file = (name: string, letters: string) => ({
    name,
    mimeType: 'application/jsonl',
    buffer: Buffer.from(many(20, (i) => letters[i % 2]).join('\n')),
  });
  const input = () => site.page.locator('input[type="file"][name="data-file"]');

  test('two files at once are both opened', async () => {
    await site.page.goto(`${site.url}#/data`);
    await input().setInputFiles([file('first-one.jsonl', 'pq'), file('second-one.jsonl', 'rs')]);
    await expect.poll(words).toMatch(/second-one[\s\S]*first-one/);
  });

  test('the same file twice is said, and is one data set', async () => {
    await site.page.goto(`${site.url}#/data`);
    await input().setInputFiles([file('first-one.jsonl', 'pq')]);
    await site.page.getByText(/first-one\.jsonl was opened before/).waitFor();
  });
});

test('no error reached the console in all of this', () => {
  expect(site.seen.errors).toEqual([]);
  expect(site.seen.consoleErrors).toEqual([]);
});
