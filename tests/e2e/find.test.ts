/** What works is found, through the page: a plan measured here, a table that fills, enough said in the middle, a report and a model. */
import { AxeBuilder } from '@axe-core/playwright';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, readLadder, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

let site: Site;
let datasetId: string;

beforeAll(async () => {
  site = await openSite({ serviceWorkers: 'block', webgpu: false });
  const file = join(site.folder, 'tickets.jsonl');
  // Short and different: near copies would stand on one side of every split.
  const words = {
    delivery: [
      ['parcel', 'letter', 'package', 'shipment'],
      ['is late', 'did not come'],
    ],
    refund: [
      ['money', 'payment', 'price', 'charge'],
      ['back please', 'was taken twice'],
    ],
    fault: [
      ['app', 'screen', 'button', 'page'],
      ['crashes again', 'shows an error'],
    ],
  };
  const rows = Object.entries(words).flatMap(([label, [things = [], what = []]]) =>
    things.flatMap((thing) => what.map((of) => ({ text: `${thing} ${of}`, label }))),
  );
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  datasetId = await importFile(site.page, file);
});
afterAll(() => site?.close());

const violations = async (): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page: site.page as never }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};

test('measured, planned for a budget, climbed, stopped in the middle: the best rung is fitted, reported, and answers', async () => {
  const { page, url } = site;
  await configure(page, datasetId, { find: { minutes: '120' }, backend: 'wasm', folds: 2 });
  await page.getByRole('button', { name: 'Measure time and memory' }).click();
  await page.locator('[data-plan-words]').waitFor({ timeout: 180_000 });
  expect(await page.locator('[data-plan-words]').innerText()).toMatch(/^In 120 min every rung gets its turn/);
  expect(await page.locator('[data-rungs] tbody tr').count()).toBe(7);
  await page.getByRole('checkbox', { name: /^Adapter/ }).press('Space');
  expect(await page.locator('[data-rungs] tbody tr').count()).toBe(7);
  expect(await violations()).toEqual([]);
  const runId = await start(page);
  const stop = page.getByRole('button', { name: 'Good enough, stop here' });
  await page.locator('[data-rung="features"][data-state="done"]').waitFor({ timeout: 180_000 });
  expect(await page.locator('[data-stop-words]').innerText()).toContain('Stop now and you get');
  await stop.press('Enter');
  await untilFinished(page, runId, { timeout: 180_000 });
  await page.goto(`${url}#/report/${runId}`);
  await page.locator('[data-ladder]').waitFor();
  const table = await readLadder(page);
  const states = Object.fromEntries(table.map(({ rung, state }) => [rung, state]));
  expect(states).toMatchObject({ label_names: 'Done', tfidf_logistic_regression: 'Done', features: 'Done' });
  expect(states['full']).toMatch(/^Not looked at/);
  expect(states['adapter']).toBeUndefined();
  expect(await page.locator('[data-forest] tbody th').allInnerTexts()).toHaveLength(3);
  await page.getByRole('button', { name: 'Features only' }).press('Enter');
  expect(await page.locator('[data-rung-detail]').innerText()).toMatch(/Fold 1[^]*Cost here/);
  // Two folds of a dozen rows may prove nothing.
  expect(await page.locator('[data-verdict]').innerText()).toMatch(/^(Use|No rung is proved better than always) /);
  expect(await violations()).toEqual([]);
  await page.getByRole('link', { name: 'Try it' }).click();
  await page.getByRole('textbox').first().fill('where is my parcel');
  await page.keyboard.press('Enter');
  await page.getByText('delivery').first().waitFor({ timeout: 60_000 });
}, 600_000);
