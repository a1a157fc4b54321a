/** Encoders on the page: what they would not know of the rows, and a fetch that the network breaks, which goes on there. */
import { AxeBuilder } from '@axe-core/playwright';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importFile, readDataset } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

const E5 = 'multilingual-e5-small';
const MINI_LM = 'all-MiniLM-L6-v2';
/** Of each language, by turns; one row in thirty has a word in a script that only E5 knows. */
const TEXTS = [
  ...['where is my new card', 'I want my money back for this order', 'the app crashes when I open it'],
  ...['wo bleibt mein Paket denn nur', 'ich möchte meine Bestellung stornieren', 'gdzie jest moja paczka z butami'],
];
let site: Site;
let datasetId: string;

beforeAll(async () => {
  // Nothing is fetched before it is asked for.
  site = await openSite({ serviceWorkers: 'block', viewport: { width: 1440, height: 900 } });
  const file = join(site.folder, 'three-languages.jsonl');
  const rows = Array.from({ length: 120 }, (_, i) =>
    JSON.stringify({
      text: `${TEXTS[i % 6]}${i % 30 === 0 ? ' ጥቅሉ' : ''} ${i}`,
      label: ['card', 'refund', 'bug'][i % 3],
    }),
  );
  writeFileSync(file, rows.join('\n'));
  datasetId = await importFile(site.page, file);
  await site.page.goto(`${site.url}#/train/${datasetId}`);
  await site.page.getByRole('radiogroup', { name: 'Encoder' }).waitFor();
});
afterAll(() => site?.close());

const card = (modelId: string) => site.page.locator(`[data-encoder="${modelId}"]`);
/** Addresses of a model's files that were asked for, without the folder. */
const asked = (modelId: string): string[] =>
  site.seen.requests.flatMap(({ url }) => (url.includes(`/models/${modelId}/`) ? [url.replace(/.*\//, '')] : []));

test('the page says which languages the rows are in, and which encoder does not know them', async () => {
  const { page } = site;
  await expect(page.locator('.meta').innerText()).resolves.toContain(
    'Languages seen: English 60, German 40, Polish 20',
  );
  const facts = await card(MINI_LM).innerText();
  expect(facts).toContain('60 rows it does not know');
  expect(facts).toMatch(/12 characters, in 4 rows/);
  expect(await card(E5).innerText()).toContain('knows all three');
  await page.getByRole('radio', { name: /MiniLM L6/ }).check();
  await page.getByText('60 rows are in languages that MiniLM L6 does not know').waitFor();
  await page.getByRole('radio', { name: 'Choose for me' }).check();
});

test('a method that trains takes one encoder, the one that the rows ask for', async () => {
  const { page } = site;
  await page.getByRole('radio', { name: 'One method by hand' }).check();
  await page.locator('input[name="method"][value="top-layers"]').check();
  await page.getByText('E5 multilingual: 60 of 120 rows are in languages that MiniLM L6 does not know.').waitFor();
  expect(await page.getByRole('radio', { name: 'Both, side by side' }).isDisabled()).toBe(true);
  // E5's layers, not MiniLM's.
  await page.getByText('of 12 layers').waitFor();
  await page.locator('input[name="method"][value="features"]').check();
  expect(await page.getByRole('radio', { name: 'Both, side by side' }).isDisabled()).toBe(false);
});

test('the rows are read with another tokenizer without its weights', async () => {
  const { page } = site;
  expect(asked(E5)).toEqual([]);
  await page.getByRole('button', { name: 'Read my rows with it, 6.9 MB' }).click();
  await card(E5).getByText('Broken up').waitFor({ timeout: 60_000 });
  expect(await card(E5).innerText()).toMatch(/Unknown\s+no character/);
  expect(asked(E5)).toEqual(['manifest.json', 'tokenizer.json']);
  const dataset = await readDataset(page, datasetId);
  expect(Object.keys(dataset.versions[0].coverage).sort()).toEqual([MINI_LM, E5].sort());
});

test('a network that breaks in the third shard is said, and the fetch goes on there, after a reload too', async () => {
  const { page, context } = site;
  await context.route(/multilingual-e5-small\/model-00003/, (route) => route.abort());
  await card(E5)
    .getByRole('button', { name: /^Go on, / })
    .click();
  await card(E5).getByText('goes on from shard 3 of 4.').waitFor({ timeout: 120_000 });
  await card(E5).getByText('The model could not be loaded.').waitFor();
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await new AxeBuilder({ page: page as never }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  }
  await context.unroute(/multilingual-e5-small\/model-00003/);
  await page.reload();
  await card(E5).getByText('goes on from shard 3 of 4.').waitFor();
  site.seen.requests.length = 0;
  await card(E5)
    .getByRole('button', { name: /^Go on, / })
    .click();
  await card(E5).getByText('In this browser already').waitFor({ timeout: 120_000 });
  expect(asked(E5)).toEqual(['manifest.json', 'model-00003-of-00004.bin', 'model-00004-of-00004.bin']);
});

test('a model that is taken out is gone, and offered again', async () => {
  const { page } = site;
  await page.goto(`${site.url}#/privacy`);
  const model = page.locator(`[data-model="${E5}"]`);
  await model.getByRole('button', { name: 'Take it out' }).click();
  await model.getByText('Not in this browser.').waitFor();
  await page.goto(`${site.url}#/train/${datasetId}`);
  await card(E5).getByRole('button', { name: 'Fetch it now, 74 MB' }).waitFor();
});
