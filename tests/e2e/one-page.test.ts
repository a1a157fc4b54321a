/**
 * A classifier taken away by the page: as one page that another Chromium opens from the disk, without a network, and as ONNX. On a
 * tiny model, whose labels are as hostile as they may be.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';
import { TINY_WORDS, tinyModelFiles } from '../helpers/tiny-model';
import { unzipped } from '../helpers/unzipped';

const ID = 'all-MiniLM-L6-v2';
const LABELS = ['__proto__', `</script><!-- "${'x'.repeat(180)}"\n=1+1`];
const TEXTS = ['win cash now', 'lunch at home', '=free("tea")'];
let site: Site;
let runId: string;

beforeAll(async () => {
  site = await openSite({ serviceWorkers: 'block', webgpu: false });
  const { context, page, folder } = site;
  const files = tinyModelFiles();
  for (const file of ['LICENSE', 'NOTICE']) files.set(file, Uint8Array.from(Buffer.from(`The ${file} <b>.`)));
  await context.route(`**/models/${ID}/*`, (route) => {
    const bytes = files.get(route.request().url().replace(/.*\//, ''));
    return bytes ? route.fulfill({ body: Buffer.from(bytes) }) : route.fulfill({ status: 404 });
  });
  const rows = Array.from({ length: 40 }, (_, i) => {
    const words = [0, 3, 7].map((step) => TINY_WORDS[10 * (i % 2) + ((i + step) % 10)]);
    return JSON.stringify({ text: `${words.join(' ')} ${i}`, label: LABELS[i % 2] });
  });
  const file = join(folder, 'mail.jsonl');
  writeFileSync(file, rows.join('\n'));
  const datasetId = await importFile(page, file);
  await configure(page, datasetId, { method: 'features', backend: 'wasm', folds: 2, test: 'none' });
  runId = await start(page);
  await untilFinished(page, runId, { timeout: 120_000 });
}, 240_000);
afterAll(() => site?.close());

/** Saves a format of the screen Take; its path. */
async function save(button: string | RegExp): Promise<string> {
  const { page, folder } = site;
  await page.goto(`${site.url}#/take/${runId}`);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  const download = await coming;
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

/** The answer to a text and what every label got, as a screen shows them. */
async function answerOf(page: Page, text: string): Promise<string[]> {
  await page.getByRole('textbox').first().fill(text);
  const column = page.locator('.vs > div').first();
  await expect.poll(() => column.locator('.answer').innerText(), { timeout: 60_000 }).toMatch(/\d+\.\d %/);
  await page.waitForFunction(() => document.querySelector('.vs')?.getAttribute('aria-busy') !== 'true');
  return column.locator('table tr').allInnerTexts();
}

test('one page opens from the disk without a network, answers as the run does, and gives a file back as CSV', async () => {
  const { page, context, folder, seen } = site;
  await page.goto(`${site.url}#/try/${runId}`);
  const own: string[][] = [];
  for (const text of TEXTS) own.push(await answerOf(page, text));
  const path = await save('Save One page, float16');
  expect(path).toMatch(/mail-features-only-run-1-float16\.html$/);
  await page.getByText('Same answers').first().waitFor();

  const other = await context.newPage();
  const asked: string[] = [];
  const errors: string[] = [];
  other.on('request', (request) => asked.push(request.url()));
  other.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  other.on('pageerror', (error) => errors.push(String(error)));
  await context.setOffline(true);
  await other.goto(pathToFileURL(path).href);
  for (const [i, text] of TEXTS.entries()) expect(await answerOf(other, text)).toEqual(own[i]);
  await other.getByText(/this file answered 64 of 64 texts as the run/).waitFor();
  await other.getByText(/licence, Apache-2\.0$/).click();
  await other.getByText('The LICENSE <b>.').waitFor();

  const { violations } = await new AxeBuilder({ page: other }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);

  const csv = join(folder, 'more.csv');
  writeFileSync(csv, `text,other\n"${TEXTS[0]}",1\n"=free(""tea"")",2\n`);
  await other.locator('input[type="file"]').setInputFiles(csv);
  const coming = other.waitForEvent('download');
  await other.getByRole('button', { name: 'Save the answers' }).click();
  const answers = join(folder, 'answers.csv');
  await (await coming).saveAs(answers);
  const text = readFileSync(answers, 'utf8');
  expect(text).toMatch(/^line,text,answer,confidence\r\n2,win cash now,[^]+,0\.\d+\r\n3,"'=free\(""tea""\)",/);
  expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
  expect(errors).toEqual([]);
  await other.close();

  // Half of it, as after a stick that was pulled out.
  const half = join(folder, 'half.html');
  const bytes = readFileSync(path);
  writeFileSync(half, bytes.subarray(0, bytes.length - 4000));
  const broken = await context.newPage();
  await broken.goto(pathToFileURL(half).href);
  await broken.getByRole('heading', { name: 'This page cannot answer' }).waitFor();
  await broken.close();
  await context.setOffline(false);
  expect(seen.errors).toEqual([]);
}, 180_000);

test('ONNX comes as a zip that transformers.js finds its way in, with labels, licence and proof', async () => {
  const path = await save(/^Save (plainly )?ONNX, int8$/);
  const files = unzipped(new Uint8Array(readFileSync(path)));
  const names = [...files.keys()].map((name) => name.replace(/^[^/]+\//, ''));
  expect(names).toEqual(
    expect.arrayContaining(['onnx/model_quantized.onnx', 'config.json', 'tokenizer.json', 'LICENSE']),
  );
  const text = (ending: string) =>
    new TextDecoder().decode([...files].find(([name]) => name.endsWith(ending))?.[1] ?? new Uint8Array());
  const { id2label } = JSON.parse(text('/config.json')) as { id2label: Record<string, string> };
  expect(Object.values(id2label)).toEqual([...LABELS].sort());
  expect(JSON.parse(text('/parity.json'))).toMatchObject({ same: true, answers: { rows: 64, same: 64 } });
}, 120_000);
