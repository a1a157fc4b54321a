/** A model of the person's own, on the built page: dropped, seen, kept, trained, talked to, taken out. */
import { AxeBuilder } from '@axe-core/playwright';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

const checkpoint = (name: string): string => fileURLToPath(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));
let site: Site;
let datasetId: string;
let runId: string;

beforeAll(async () => {
  site = await openSite({ webgpu: false, serviceWorkers: 'block', viewport: { width: 1440, height: 900 } });
  const file = join(site.folder, 'greetings.jsonl');
  const names = ['ann', 'bob', 'cay', 'dan', 'eve', 'fay', 'gus', 'hal', 'ivy', 'jon', 'kim', 'lou'];
  writeFileSync(
    file,
    names.map((name) => JSON.stringify({ prompt: `hi ${name}`, completion: `yo ${name}` })).join('\n'),
  );
  datasetId = await importFile(site.page, file);
  await site.page.goto(`${site.url}#/train/${datasetId}`);
  await site.page.getByRole('radiogroup', { name: 'Model' }).waitFor();
});
afterAll(() => site?.close());

const own = () => site.page.locator('.pick-card.own');
const violations = async (): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page: site.page as never }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};

test('what cannot be used is refused with what it is, and nothing is kept', async () => {
  const { page } = site;
  await page.setInputFiles('input[name="own-file"]', {
    name: 'cut.gguf',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('GGUF\u0003'),
  });
  await own().getByRole('alert').waitFor();
  expect(await own().getByRole('alert').innerText()).toContain('cut.gguf cannot be used');
  expect(await violations()).toEqual([]);
});

test('a dropped folder shows what it is, is kept on request, and says how it did', async () => {
  const { page } = site;
  await page.setInputFiles('input[name="own-folder"]', checkpoint('llama'));
  await own()
    .getByRole('button', { name: /^Keep it in this browser, 1\d\d kB$/ })
    .waitFor();
  const card = await own().innerText();
  expect(card).toMatch(/Kind\s+Llama, float32/);
  expect(card).toMatch(/Licence\s+its files do not say/);
  expect(card).toMatch(/Chats\s+in its own template/);
  expect(await violations()).toEqual([]);
  await own()
    .getByRole('button', { name: /^Keep it/ })
    .press('Enter');
  await own()
    .getByText(/^Perplexity \d+: it guesses$/)
    .waitFor({ timeout: 30_000 });
  await own().getByRole('button', { name: 'Use it all the same' }).press('Enter');
  // The keyboard goes on where the button was.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Your own model');
  await expect.poll(() => page.getByRole('radio', { name: /^llama/ }).isChecked()).toBe(true);
  expect(await page.locator('[data-encoder^="own-llama-"]').innerText()).toMatch(
    /Check\s+perplexity \d+ on an easy answer/,
  );
  await page.reload();
  await page.getByRole('radio', { name: /^llama/ }).check();
});

test('it trains two steps and answers', async () => {
  const { page } = site;
  const model = await page.getByRole('radio', { name: /^llama/ }).inputValue();
  expect(model).toMatch(/^own-llama-[0-9a-f]{12}$/);
  await configure(page, datasetId, { model, backend: 'wasm', maxSteps: 2, rank: 2, maxLength: 64, nEpochs: 1 });
  runId = await start(page);
  expect(await untilFinished(page, runId, { timeout: 120_000 })).toBe('succeeded');
  await ask('llama, as it came');
  await page.getByText(/^Both answered\./).waitFor({ timeout: 60_000, state: 'attached' });
});

/** Asks for an answer of one token. */
async function ask(base: string): Promise<void> {
  const { page } = site;
  await page.goto(`${site.url}#/try/${runId}`);
  await page.reload();
  await page.getByText(base).waitFor();
  await page.getByLabel('Longest answer, tokens').fill('1');
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('hi ann');
  await page.getByRole('button', { name: 'Send' }).click();
}

test('taken out it is gone from the list, and a talk with what was made of it says what is missing', async () => {
  const { page } = site;
  await page.goto(`${site.url}#/privacy`);
  const kept = page.locator('[data-model^="own-llama-"]');
  await kept.getByRole('button', { name: 'Take it out' }).click();
  await kept.waitFor({ state: 'detached' });
  await ask('llama, as it came');
  await page
    .getByText('The model «llama», which was brought along, is not in this browser any more.')
    .waitFor({ timeout: 30_000 });
  expect(site.seen.errors).toEqual([]);
});

test('a classifier from elsewhere is opened from Runs, answers, and is scored on rows of the person’s own', async () => {
  const { page, folder, url } = site;
  const file = join(folder, 'blades.jsonl');
  const labels = ['dull', 'honed', 'Honed'];
  const rows = Array.from({ length: 12 }, (_, i) => ({ text: `the blade ${i} on the stone`, label: labels[i % 3] }));
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  await importFile(page, file);
  await page.goto(`${url}#/runs`);
  const panel = page.getByRole('region', { name: 'From elsewhere' });
  await page.setInputFiles('input[name="elsewhere-folder"]', checkpoint('bert'));
  await panel.getByText('It has no head that sorts texts.').waitFor();
  await panel.getByRole('button', { name: 'Not this one' }).click();
  await page.setInputFiles('input[name="elsewhere-folder"]', checkpoint('bert-classifier'));
  await panel.getByText('Sorts into 3 labels: «dull», «honed», «__proto__».').waitFor();
  expect(await violations()).toEqual([]);
  await panel.getByRole('button', { name: /^Keep it here and try it/ }).press('Enter');
  await page.waitForURL(/#\/try\/own-bert-classifier-[0-9a-f]{12}$/);
  await page.reload();
  await page.getByLabel('Text to sort').fill('the blade is honed on the stone');
  await expect
    .poll(() => page.locator('.answer b').innerText(), { timeout: 30_000 })
    .toMatch(/^(dull|honed|__proto__)$/);
  await page.locator('[data-label-fit]').waitFor();
  expect(await page.locator('[data-label-fit]').innerText()).toMatch(
    /^The model does not have «Honed»: 4 rows that it cannot answer right, and they count\. No row has the model’s «__proto__»\.$/,
  );
  await page.getByRole('button', { name: 'Score 12 rows' }).click();
  await page.locator('[data-own-rows="done"]').waitFor({ timeout: 30_000 });
  expect(await page.locator('[data-scores]').innerText()).toMatch(/Right\s+\d[\d.]* %[^]*Macro F1[^]*of 12/);
  await page.getByRole('heading', { name: 'Surest mistakes' }).waitFor();
  expect(await violations()).toEqual([]);
  await page.goto(`${url}#/runs`);
  await panel.getByRole('button', { name: 'Take bert-classifier out' }).click();
  await expect.poll(() => panel.getByRole('link', { name: 'Try bert-classifier' }).count()).toBe(0);
});
