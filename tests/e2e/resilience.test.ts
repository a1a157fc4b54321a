/** What goes wrong, or is stopped, in the middle of a run: nothing that was finished is lost, and the page says what is missing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configure, importFile, saveReport, start, untilFinished } from '../../scripts/page.mjs';
import { parseReport } from '../../src/core/report/parse-report';
import { openSite, type Site } from '../helpers/site';
import { classificationReport } from '../helpers/classification-report';

const rows = readFileSync('public/samples/support-tickets.jsonl', 'utf8')
  .trim()
  .split('\n')
  .filter((line) => ['delivery', 'refund'].includes(JSON.parse(line).label) && line.length < 110)
  .slice(0, 48);

let site: Site;
let datasetId: string;
beforeAll(async () => {
  site = await openSite();
  const file = join(site.folder, 'tickets.jsonl');
  writeFileSync(file, rows.join('\n'));
  datasetId = await importFile(site.page, file);
});
afterAll(() => site?.close());

const job = () => site.page.locator('[data-job-state]');
const state = () => job().getAttribute('data-job-state');
const message = () => site.page.locator('[data-job-message]').innerText({ timeout: 5000 });

async function begin(choices: Record<string, unknown> = {}): Promise<string> {
  await configure(site.page, datasetId, { method: 'full', backend: 'wasm', folds: 3, nEpochs: 2, ...choices });
  return start(site.page);
}

async function report(runId: string) {
  const file = join(site.folder, `${runId}.json`);
  await saveReport(site.page, runId, 'json', file);
  return parseReport(JSON.parse(readFileSync(file, 'utf8')));
}

/** The page warns before it is left; a reload by script goes on. */
async function reload(): Promise<void> {
  site.page.once('dialog', (dialog) => void dialog.accept());
  await site.page.reload();
}

/** A report without its times. */
const timeless = (of: object): unknown =>
  JSON.parse(
    JSON.stringify(of, (key, value: unknown) =>
      ['timings', 'created_at', 'seconds'].includes(key) ? 'a time' : value,
    ),
  );

/** Waits until the running screen speaks of a fold after the first. */
const untilSecondFold = () =>
  expect
    .poll(() => site.page.locator('[data-job-figures]').innerText({ timeout: 5000 }), {
      timeout: 240_000,
      interval: 100,
    })
    .toMatch(/Fold\s+[23] of 3/);

describe('a run that is interrupted', () => {
  test('a tab that is reloaded in the middle offers to go on, and ends with the report of a run that nothing befell', async () => {
    const choices = { method: 'top-layers', layers: 1, nEpochs: 12 };
    const runId = await begin(choices);
    await untilSecondFold();
    await reload();
    await site.page.goto(`${site.url}#/data`);
    const notice = site.page.getByRole('status').filter({ hasText: /A run was broken off at \d+ %/ });
    await notice.getByRole('button', { name: 'Resume' }).click();
    await site.page.waitForURL(new RegExp(`#/run/${runId}`));
    await expect.poll(() => site.page.locator('main').innerText()).toMatch(/Resumed; going on from/);
    expect(await untilFinished(site.page, runId, { timeout: 240_000 })).toBe('succeeded');
    const resumed = await report(runId);
    expect(resumed.status).toBe('complete');
    const whole = await begin(choices);
    await untilFinished(site.page, whole, { timeout: 240_000 });
    expect(timeless(resumed)).toEqual(timeless(await report(whole)));
  });

  test('of two tabs that resume the same run at the same time one does, and both have its end', async () => {
    const runId = await begin({ seed: 8 });
    await untilSecondFold();
    await reload();
    const second = await site.context.newPage();
    for (const page of [site.page, second]) {
      await page.goto(`${site.url}#/run/${runId}`);
      await page.getByRole('button', { name: 'Resume' }).waitFor({ timeout: 30_000 });
    }
    // By script: a real click waits for the button to stand still, and it goes as soon as the other tab has pressed it.
    const resume = (page: Page) => page.getByRole('button', { name: 'Resume' }).dispatchEvent('click');
    await Promise.all([resume(site.page), resume(second)]);
    for (const page of [site.page, second]) {
      expect(await untilFinished(page, runId, { timeout: 240_000 })).toBe('succeeded');
    }
    await second.close();
    await site.page.goto(`${site.url}#/run/${runId}`);
    const text = await site.page.locator('main').innerText();
    expect(text.match(/Resumed; going on from/g)).toHaveLength(1);
  });

  test('it can be finished with what there is instead: a report that says what is missing, and a model to try', async () => {
    const runId = await begin();
    await untilSecondFold();
    await reload();
    await site.page.goto(`${site.url}#/run/${runId}`);
    await expect.poll(state, { timeout: 30_000 }).toBe('interrupted');
    await site.page.getByRole('button', { name: 'Finish with what there is' }).click();
    await site.page.waitForURL(/#\/report\//);
    const kept = classificationReport(await report(runId));
    expect(kept.status).toBe('partial');
    expect(kept.missing.length).toBeGreaterThan(0);
    expect(kept.cross_validation.folds.length).toBeGreaterThanOrEqual(1);
    expect(kept.cross_validation.folds.length).toBeLessThan(3);
    await site.page.goto(`${site.url}#/try/${runId}`);
    await site.page.getByRole('textbox').first().fill('where is my parcel');
    await expect.poll(() => site.page.locator('main').innerText(), { timeout: 60_000 }).toMatch(/\d+(\.\d)? %/);
  });

  test('Pause stands still, Resume goes on, Stop keeps the best', async () => {
    const runId = await begin({ seed: 5 });
    await untilSecondFold();
    await site.page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(state).toBe('paused');
    const before = (await message()).replace(/[\d.]+ (s|min) gone.*/, '');
    await site.page.waitForTimeout(3000);
    expect((await message()).replace(/[\d.]+ (s|min) gone.*/, '')).toBe(before);
    await site.page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(state).toBe('running');
    await site.page.getByRole('button', { name: 'Stop and keep the best' }).click();
    expect(await untilFinished(site.page, runId, { timeout: 120_000 })).toMatch(/stopped|succeeded/);
    const kept = classificationReport(await report(runId));
    expect(kept.status).toBe('partial');
    await site.page.goto(`${site.url}#/try/${runId}`);
    await site.page.getByRole('textbox').first().fill('where is my parcel');
    await expect.poll(() => site.page.locator('main').innerText(), { timeout: 60_000 }).toMatch(/\d+(\.\d)? %/);
  });

  test('Cancel asks first, then ends the run and leaves the data set as it was', async () => {
    await begin({ seed: 6 });
    await expect.poll(state, { timeout: 60_000 }).toBe('running');
    await site.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const dialog = site.page.getByRole('dialog');
    await expect
      .poll(() => dialog.getByRole('button', { name: 'Keep training' }).evaluate((it) => it === document.activeElement))
      .toBe(true);
    await dialog.getByRole('button', { name: 'Cancel the run' }).click();
    await expect
      .poll(async () => ((await job().count()) === 0 ? 'gone' : state()), { timeout: 30_000 })
      .toMatch(/cancelled|gone/);
    await site.page.goto(`${site.url}#/data/${datasetId}`);
    await expect.poll(() => site.page.locator('main').innerText()).toContain('48 rows');
  });

  test('a second tab cannot start a run while one is going on, and says so', async () => {
    await begin({ seed: 7 });
    await expect.poll(state, { timeout: 60_000 }).toBe('running');
    const second = await site.context.newPage();
    await second.goto(site.url);
    await configure(second, datasetId, { method: 'features', backend: 'wasm', folds: 2 });
    await second.getByRole('button', { name: 'Start training' }).click();
    await expect.poll(() => second.locator('body').innerText(), { timeout: 30_000 }).toMatch(/another tab|other tab/i);
    await second.close();
    await site.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await site.page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
  });
});

describe('a model that does not arrive whole', () => {
  test('a damaged shard is a clear error, and starting again fetches it anew', async () => {
    // The model must come when the run asks for it, not before.
    const other = await openSite({ serviceWorkers: 'block' });
    try {
      const file = join(other.folder, 'tickets.jsonl');
      writeFileSync(file, rows.join('\n'));
      const id = await importFile(other.page, file);
      await other.context.route(/model-00002-of/, (route) =>
        route.fulfill({ status: 200, body: Buffer.alloc(1000, 7) }),
      );
      await configure(other.page, id, { method: 'features', backend: 'wasm', folds: 2 });
      const damaged = await start(other.page);
      await expect(untilFinished(other.page, damaged, { timeout: 60_000 })).rejects.toThrow(/model-00002|damaged/i);
      await other.context.unroute(/model-00002-of/);
      await other.page.getByRole('button', { name: 'Start it again' }).click();
      await other.page.waitForURL((url) => /#\/run\//.test(url.hash) && !url.hash.endsWith(damaged));
      const again = other.page.url().replace(/.*\//, '');
      expect(await untilFinished(other.page, again, { timeout: 240_000 })).toBe('succeeded');
      // The third start needs no network for the model, though it reads: of fewer texts nothing is kept.
      await other.context.route(/\/models\//, (route) => route.abort());
      await configure(other.page, id, { method: 'features', backend: 'wasm', folds: 2, seed: 9, limit: 40 });
      const offline = await start(other.page);
      expect(await untilFinished(other.page, offline, { timeout: 240_000 })).toBe('succeeded');
    } finally {
      await other.close();
    }
  });
});
