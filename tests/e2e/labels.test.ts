/** What labels mean, from the page of the data set to a run, to answers without a row, and to the rows that a text is near to. */
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, readDataset, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

let site: Site;
let dataset: string;
const lines = readFileSync('public/samples/support-tickets.jsonl', 'utf8').trim().split('\n').slice(0, 90);

beforeAll(async () => {
  site = await openSite({ webgpu: false });
  const file = join(site.folder, 'tickets.jsonl');
  writeFileSync(file, lines.join('\n'));
  dataset = await importFile(site.page, file);
});
afterAll(() => site?.close());

const field = (label: string) => site.page.getByRole('textbox', { name: `Description of ${label}`, exact: true });

async function expectNoFaults(): Promise<void> {
  const { violations } = await new AxeBuilder({ page: site.page as never }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

test('labels are described by keyboard, kept over a reload, and seen in another tab at once', async () => {
  const { page, context, url } = site;
  await page.goto(`${url}#/train/${dataset}`);
  await page.getByRole('link', { name: 'Describe the labels' }).click();
  await page.getByRole('heading', { name: 'What each label means' }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('What each label means');
  const other = await context.newPage();
  await other.goto(`${url}#/data/${dataset}/labels`);
  await other.getByRole('textbox', { name: 'Description of refund' }).waitFor();

  await field('delivery').focus();
  await page.keyboard.type('where my parcel is and when it comes');
  await page.keyboard.press('Enter');
  await page.keyboard.type('I want my money back');
  await page.keyboard.press('Tab');
  await page.getByText(/^Saved \d\d:\d\d$/).waitFor();
  const described = { delivery: 'where my parcel is and when it comes', refund: 'I want my money back' };
  await expect.poll(async () => (await readDataset(page, dataset)).labelDescriptions).toEqual(described);
  await expect
    .poll(() => other.getByRole('textbox', { name: 'Description of refund' }).inputValue())
    .toBe('I want my money back');
  await other.close();

  // Typed and left by the address: kept as well.
  await field('bug').fill('the app crashes');
  await page.evaluate(() => (location.hash = '#/runs'));
  await expect
    .poll(async () => (await readDataset(page, dataset)).labelDescriptions)
    .toEqual({ ...described, bug: 'the app crashes' });
  await page.goto(`${url}#/data/${dataset}/labels`);
  await page.reload();
  await expect.poll(() => field('bug').inputValue()).toBe('the app crashes');
  await expectNoFaults();
});

test('how far descriptions go without a row is measured', async () => {
  const { page } = site;
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await page.getByText('With descriptions alone, no rows').waitFor({ timeout: 240_000 });
  const text = await page.locator('.names-foot').innerText();
  const [, described, bare] =
    /alone, no rows: ([\d.]+) % of 90 right\. With the bare names: ([\d.]+) %/.exec(text) ?? [];
  // Six labels: by chance 17 %.
  expect(Number(described)).toBeGreaterThan(50);
  expect(Number(bare)).toBeGreaterThan(50);
  await expectNoFaults();
}, 300_000);

test('a run takes the descriptions along, and Try shows the rows that a text is near to', async () => {
  const { page, url } = site;
  await configure(page, dataset, { method: 'features', backend: 'wasm', folds: 2, test: 'none' });
  const run = await start(page);
  await untilFinished(page, run, { timeout: 240_000 });
  const request = await page.evaluate(async (id) => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open('hone');
      opening.onsuccess = () => resolve(opening.result);
    });
    const record = await new Promise<{ request: { labelDescriptions?: object } }>((resolve) => {
      const reading = database.transaction('runs').objectStore('runs').get(id);
      reading.onsuccess = () => resolve(reading.result as { request: object });
    });
    database.close();
    return record.request.labelDescriptions;
  }, run);
  expect(request).toMatchObject({ bug: 'the app crashes' });

  await page.goto(`${url}#/try/${run}`);
  const { text } = JSON.parse(lines[3] ?? '{}') as { text: string };
  await page.getByLabel('Text to sort').fill(text);
  await page.getByText('This very text is row 4').waitFor({ timeout: 60_000 });
  expect(await page.locator('.near-table tbody tr').count()).toBe(5);
  await expectNoFaults();
}, 300_000);

test('a file without labels is answered by names alone, and the answers are saved', async () => {
  const { page } = site;
  const file = join(site.folder, 'unlabelled.jsonl');
  const texts = ['I want my money back please', 'my parcel has not come yet', 'give me a refund', 'the parcel is late'];
  writeFileSync(file, texts.map((text) => JSON.stringify({ text })).join('\n'));
  await importFile(page, file);
  await page.getByRole('link', { name: 'Write the labels' }).click();
  const name = page.getByRole('textbox', { name: 'Label' });
  const means = page.getByRole('textbox', { name: 'What it means' });
  await name.nth(0).fill('refund');
  await means.nth(0).fill('I want my money back');
  await name.nth(1).fill('delivery');
  await means.nth(1).fill('where my parcel is');
  await page.getByRole('button', { name: 'Answer unlabelled.jsonl' }).click();
  await page.getByText('4 texts answered').waitFor({ timeout: 60_000 });
  await expectNoFaults();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save the answers' }).click(),
  ]);
  const rows = readFileSync(await download.path(), 'utf8')
    .trim()
    .split(/\r?\n/);
  expect(rows[0]).toBe('line,text,answer,confidence');
  expect(rows.slice(1).map((row) => row.split(',')[2])).toEqual(['refund', 'delivery', 'refund', 'delivery']);
  expect(site.seen.errors).toEqual([]);
}, 120_000);
