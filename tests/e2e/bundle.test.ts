/** A run saved as a bundle in one browser profile and dropped in another: the same report and, run again, the same weights. */
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';
import { TINY_WORDS, tinyModelFiles } from '../helpers/tiny-model';
import { zipOf } from '../helpers/zips';

const ID = 'all-MiniLM-L6-v2';
let [here, there]: [Site | null, Site | null] = [null, null];
let bundle: string;
let runId: string;

async function openTiny(): Promise<Site> {
  const site = await openSite({ serviceWorkers: 'block', webgpu: false });
  const files = tinyModelFiles();
  for (const file of ['LICENSE', 'NOTICE']) files.set(file, new TextEncoder().encode(`The ${file}.`));
  await site.context.route(`**/models/${ID}/*`, (route) => {
    const bytes = files.get(route.request().url().replace(/.*\//, ''));
    return bytes ? route.fulfill({ body: Buffer.from(bytes) }) : route.fulfill({ status: 404 });
  });
  return site;
}

/** A record of the page's storage, its weights as the SHA-256 of their bytes. */
const stored = (page: Page, store: string, id: string): Promise<unknown> =>
  page.evaluate(
    async ([store, id]) => {
      const wait = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error ?? new Error('no reason'));
        });
      const database = await wait(indexedDB.open('hone'));
      const record: unknown = await wait(database.transaction(store).objectStore(store).get(id));
      database.close();
      const plain = async (value: unknown): Promise<unknown> => {
        if (value instanceof Float32Array) {
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', value.slice()));
          return `${value.length} values, ${Array.from(digest, (byte) => byte.toString(16)).join('')}`;
        }
        if (Array.isArray(value)) return Promise.all(value.map(plain));
        if (typeof value !== 'object' || value === null) return value;
        const entries = Object.entries(value).filter(([key]) => key !== 'runId');
        return Object.fromEntries(
          await Promise.all(entries.map(async ([key, one]) => [key, await plain(one)] as const)),
        );
      };
      return plain(record);
    },
    [store, id] as const,
  );

beforeAll(async () => {
  here = await openTiny();
  const { page, folder } = here;
  const rows = Array.from({ length: 32 }, (_, i) => {
    const words = [0, 1, 2, 3].map((at) => TINY_WORDS[(i % 2 === 0 ? 0 : 10) + ((i + 3 * at) % 10)]);
    return JSON.stringify({ text: `${words.join(' ')} ${i}`, label: i % 2 === 0 ? 'spam' : 'ham' });
  });
  const file = join(folder, 'mail.jsonl');
  writeFileSync(file, rows.join('\n'));
  const datasetId = await importFile(page, file);
  await configure(page, datasetId, { backend: 'wasm', method: 'top-layers', layers: 1, folds: 2, nEpochs: 2 });
  runId = await start(page);
  await untilFinished(page, runId, { timeout: 120_000 });
  await page.goto(`${here.url}#/take/${runId}`);
  await page.getByRole('button', { name: 'Save Run bundle' }).waitFor();
  expect(await page.locator('[data-holds]').innerText()).toMatch(
    /^The bundle holds your data: all 32 rows of «mail», version 1/,
  );
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save Run bundle' }).click();
  bundle = join(folder, 'taken.zip');
  await (await coming).saveAs(bundle);
  expect(await page.getByRole('row', { name: 'Run bundle' }).innerText()).toMatch(/Reads back[^]*1\d files, 32 rows/);
  await page.getByRole('button', { name: 'How to open Run bundle' }).click();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  there = await openTiny();
}, 240_000);
afterAll(async () => {
  await here?.close();
  await there?.close();
});

test('it opens in another profile with its report, answers as there, and run again has the same weights to the bit', async () => {
  if (here === null || there === null) return expect.fail('No site.');
  const { page } = there;
  await page.goto(`${there.url}#/runs`);
  await page.setInputFiles('input[name="bundle-file"]', bundle);
  await page.waitForURL(new RegExp(`#/report/${runId}$`));
  const report = await stored(here.page, 'reports', runId);
  expect(await stored(page, 'reports', runId)).toEqual(report);
  await page.getByRole('heading', { name: 'Take it with you' }).waitFor();
  await here.page.goto(`${here.url}#/report/${runId}`);
  await here.page.getByRole('heading', { name: 'Take it with you' }).waitFor();
  const words = (one: Page): Promise<string> => one.locator('main').innerText();
  expect(await words(page)).toBe(await words(here.page));
  await page.getByRole('link', { name: 'Try it' }).click();
  await page.getByRole('textbox').first().fill(TINY_WORDS.slice(0, 4).join(' '));
  await page.getByText('spam').first().waitFor();
  await page.goto(`${there.url}#/run/${runId}`);
  await page.getByRole('button', { name: 'Run it again' }).press('Enter');
  await page.waitForURL((url) => /#\/run\//.test(url.href) && !url.href.endsWith(runId));
  const again = page.url().replace(/.*\//, '');
  await untilFinished(page, again, { timeout: 120_000 });
  const weights = await stored(page, 'weights', again);
  expect(JSON.stringify(weights)).toContain('values, ');
  expect(weights).toEqual(await stored(here.page, 'weights', runId));
});

test('a second drop is known; one flipped byte is refused by its part, and a zip of something else by its name', async () => {
  if (there === null) return expect.fail('No site.');
  const { page, folder, seen } = there;
  const bytes = readFileSync(bundle);
  const give = async (name: string, content: Uint8Array): Promise<void> => {
    const path = join(folder, name);
    writeFileSync(path, content);
    await page.goto(`${there?.url}#/data`);
    await page.setInputFiles('input[name="data-file"]', path);
  };
  await give('again.zip', bytes);
  await page.waitForURL(new RegExp(`#/report/${runId}$`));
  await page.getByText(/again\.zip: this run is here already, it is «.*»\./).waitFor();
  const flipped = Uint8Array.from(bytes);
  const at = bytes.indexOf('"rowId":5');
  flipped[at + 8] = '6'.charCodeAt(0);
  await give('flipped.zip', flipped);
  // Known by its id before it is read: the run is here.
  await page.waitForURL(new RegExp(`#/report/${runId}$`));
  await page.goto(`${there.url}#/runs`);
  await page.getByRole('button', { name: 'More for' }).last().click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  // The removal is over, as if its time were.
  await page.getByRole('button', { name: 'More for' }).last().click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await give('flipped.zip', flipped);
  await expect
    .poll(() => page.locator('[data-import-error]').innerText())
    .toMatch(/flipped\.zip could not be opened: .*data\/rows\.jsonl in it is damaged/);
  await give('other.zip', zipOf([{ path: 'a.txt', bytes: new Uint8Array(3) }]));
  await expect.poll(() => page.locator('[data-import-error]').innerText()).toContain('a ZIP archive');
  expect(seen.errors).toEqual([]);
});
