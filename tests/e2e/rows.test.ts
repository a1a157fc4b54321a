/** The screen of a data set: what was not checked is made up for, and the table stays where a person left it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importFile } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

const ROWS = 6000;
let site: Site;
let served = false;
let asked = 0;
beforeAll(async () => {
  site = await openSite({ serviceWorkers: 'block' });
  await site.context.route('**/tokenizer.json', (route) => {
    asked += 1;
    return served ? route.continue() : route.abort();
  });
  const file = join(site.folder, 'many.jsonl');
  const line = (i: number) =>
    JSON.stringify({ text: `${'parcel '.repeat(1 + (i % 7))} ${i}`, label: i % 3 ? 'delivery' : 'billing' });
  writeFileSync(file, Array.from({ length: ROWS }, (_, i) => line(i)).join('\n'));
  await importFile(site.page, file);
});
afterAll(() => site?.close());

/** Rows are filtered in a worker, which takes its time where much else is done beside it. */
const PATIENT = { timeout: 15_000 };
const text = () => site.page.locator('main').innerText();
const inSight = async () =>
  /Rows ([\d,]+) to/.exec(await site.page.locator('.tbl-foot:not(.names-foot)').innerText())?.[1]?.replace(',', '');

test('without the tokenizer the set opens, says what was not checked, and is not said to be sound', async () => {
  await expect.poll(text, PATIENT).toContain('How the model reads the texts was not checked');
  await expect.poll(text, PATIENT).toContain('Still not checked');
  expect(await text()).not.toContain('Every check passed');
  const before = asked;
  await site.page.waitForTimeout(1500);
  // It is asked for again by a person or the network, not by the page over and over.
  expect(asked).toBe(before);
});

test('the table is never sent back to its first row', async () => {
  await site.page.locator('.vscroll').evaluate((box) => (box.scrollTop = box.scrollHeight / 2));
  await expect.poll(inSight, PATIENT).toBe(String(ROWS / 2 + 1));
  await site.page.getByRole('combobox', { name: 'Label', exact: true }).selectOption('billing');
  await expect.poll(inSight, PATIENT).toBe(String(ROWS / 6 + 1));
  await site.page.getByRole('button', { name: 'Show all rows' }).click();
  await expect.poll(inSight, PATIENT).toBe(String(ROWS / 2 + 1));
  served = true;
  await site.page.getByRole('button', { name: 'Check now' }).click();
  await expect.poll(text, PATIENT).toContain('Length in tokens');
  expect(await text()).not.toContain('was not checked');
  expect(await inSight()).toBe(String(ROWS / 2 + 1));
  await site.page
    .getByText(`${'parcel '.repeat(1 + ((ROWS / 2) % 7))} ${ROWS / 2}`)
    .first()
    .waitFor();
});

test('a search that matches nothing says so, and its end gives the rows back', async () => {
  await site.page.getByRole('searchbox', { name: 'Search rows' }).fill('nowhere');
  await expect.poll(text, PATIENT).toContain('No row matches');
  await site.page.getByRole('button', { name: 'Show all rows' }).first().click();
  await expect.poll(inSight, PATIENT).toBe(String(ROWS / 2 + 1));
});

test('no error reached the page', () => {
  expect(site.seen.errors).toEqual([]);
});
