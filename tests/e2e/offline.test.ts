/**
 * Without a network, and with a newer build on the server: the whole journey with the server gone, reloads included; an
 * update that waits for a run; an old tab that still finds its files after a deploy.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch } from '../../scripts/chromium.mjs';
import { configure, importFile, openPage, saveReport, start, untilFinished } from '../../scripts/page.mjs';
import { serve } from '../../scripts/serve.mjs';
import { writeService } from '../../scripts/service.mjs';
import { parseReport } from '../../src/core/report/parse-report';

const base = '/some/path/';
const dist = 'dist';

const labels = ['delivery', 'refund'];
const rows = readFileSync('public/samples/support-tickets.jsonl', 'utf8')
  .trim()
  .split('\n')
  .filter((line) => labels.includes(JSON.parse(line).label))
  .slice(0, 40);

/** Requests of the page, its workers and its service worker alike. */
function watchRequests(context: BrowserContext): { method: string; url: string; service: boolean }[] {
  const requests: { method: string; url: string; service: boolean }[] = [];
  context.on('request', (request) =>
    requests.push({ method: request.method(), url: request.url(), service: request.serviceWorker() !== null }),
  );
  return requests;
}

async function readyForThePlane(page: Page): Promise<void> {
  await page.goto(page.url().replace(/#.*$/, '') + '#/data');
  await page.locator('[data-offline="ready"]').waitFor({ timeout: 120_000 });
}

const hash = (page: Page, address: string) => page.goto(page.url().replace(/#.*$/, '') + address);

describe('with the server gone after the first load', () => {
  let folder: string;
  let context: BrowserContext;
  let page: Page;
  let requests: ReturnType<typeof watchRequests>;
  let origin: string;
  let atHome: number;
  let datasetId: string;
  let runId: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hone-offline-'));
    const server = await serve({ base });
    context = await launch({ userDataDir: join(folder, 'profile'), serviceWorkers: 'allow' });
    requests = watchRequests(context);
    ({ page } = await openPage(context, server.url));
    origin = new URL(server.url).origin;
    await readyForThePlane(page);
    atHome = requests.length;
    await context.setOffline(true);
    await server.close();
  });
  afterAll(async () => {
    await context?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test('a file becomes a model with a report, before any reload', async () => {
    const file = join(folder, 'tickets.jsonl');
    writeFileSync(file, rows.join('\n'));
    datasetId = await importFile(page, file);
    await configure(page, datasetId, { method: 'features', backend: 'wasm', folds: 2, test: 'none' });
    runId = await start(page);
    await untilFinished(page, runId, { timeout: 240_000 });
    const saved = join(folder, 'report.json');
    await saveReport(page, runId, 'json', saved);
    expect(parseReport(JSON.parse(readFileSync(saved, 'utf8')))).toMatchObject({ status: 'complete', backend: 'wasm' });
  });

  test('a reload opens the page again, on every screen', async () => {
    for (const [address, heading] of [
      ['#/data', /./],
      [`#/data/${datasetId}`, /tickets/],
      [`#/train/${datasetId}`, /^Train/],
      [`#/report/${runId}`, /./],
      ['#/runs', /Runs/],
      ['#/privacy', /Privacy/],
    ] as const) {
      await hash(page, address);
      await page.reload();
      await page.getByRole('heading', { level: 1, name: heading }).first().waitFor();
    }
    await hash(page, '#/data');
    await page.locator('[data-offline="ready"]').waitFor({ timeout: 60_000 });
  });

  test('a text gets an answer by the model that was trained', async () => {
    await hash(page, `#/try/${runId}`);
    await page.getByRole('textbox').first().fill('I want my money back for the broken bag');
    await expect.poll(() => page.locator('main').innerText(), { timeout: 60_000 }).toMatch(/\d+(\.\d)? %/);
  });

  test('a sample opens, and its run begins in a new tab', async () => {
    const other = await context.newPage();
    await other.goto(page.url().replace(/#.*$/, ''));
    await other
      .getByRole('button', { name: /^Train this/ })
      .first()
      .click();
    await other.getByRole('heading', { level: 1, name: /^Train/ }).waitFor({ timeout: 60_000 });
    const id = /#\/train\/([^/]+)$/.exec(other.url())?.[1];
    await configure(other, id, { method: 'features', backend: 'wasm', folds: 2, test: 'none', limit: 40 });
    await untilFinished(other, await start(other), { timeout: 240_000 });
    await other.close();
  });

  test('only the own server was ever asked, by GET, by page, workers and service worker', () => {
    expect(requests.filter(({ service }) => service).length).toBeGreaterThan(10);
    const strangers = requests.filter(
      ({ method, url }) => method !== 'GET' || !(url.startsWith(origin + base) || url.startsWith(`blob:${origin}`)),
    );
    expect(strangers).toEqual([]);
    // Each file of the model once, though it was kept and then used.
    const shards = requests.slice(0, atHome).filter(({ url }) => url.endsWith('.bin'));
    expect(shards).toHaveLength(3);
  });

  test('the Privacy screen counts nothing that left, and says what is kept', async () => {
    await hash(page, '#/privacy');
    await page.getByText('nothing; 0 requests').waitFor();
    expect(await page.locator('[data-offline]').innerText()).toMatch(/Ready for the plane\. .*MB/);
  });
});

/** Another build of the same page: each file in assets/ under another name, and the page marked. */
async function deployNext(folder: string): Promise<void> {
  const assets = join(folder, 'assets');
  const names = readdirSync(assets);
  const next = (name: string) => name.replace(/(\.[a-z]+)$/, 'next$1');
  const text = names.filter((name) => /\.(js|css)$/.test(name)).map((name) => join(assets, name));
  for (const file of [...text, join(folder, 'index.html')]) {
    let content = readFileSync(file, 'utf8');
    for (const name of names) content = content.replaceAll(name, next(name));
    writeFileSync(file, content);
  }
  for (const name of names) renameSync(join(assets, name), join(assets, next(name)));
  const page = join(folder, 'index.html');
  writeFileSync(page, readFileSync(page, 'utf8').replace('</title>', '</title><meta name="build" content="next" />'));
  await writeService(folder);
}

describe('a newer build on the server', () => {
  let folder: string;
  let server: Awaited<ReturnType<typeof serve>>;
  let context: BrowserContext;
  let old: Page;
  let fresh: Page;
  const errors: string[] = [];

  const buildOf = (page: Page) => page.locator('meta[name="build"]').count();
  const update = (page: Page) => page.locator('[data-update]').first();
  const begin = async (page: Page, choices: object) => {
    const datasetId = await importFile(page, join(folder, 'tickets.jsonl'));
    await configure(page, datasetId, { method: 'features', backend: 'wasm', folds: 2, test: 'none', ...choices });
    return start(page);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hone-update-'));
    writeFileSync(join(folder, 'tickets.jsonl'), rows.join('\n'));
    const site = join(folder, 'site');
    cpSync(dist, site, { recursive: true });
    server = await serve({ folder: site, base });
    context = await launch({ userDataDir: join(folder, 'profile'), serviceWorkers: 'allow' });
    ({ page: old } = await openPage(context, server.url));
    old.on('pageerror', (error) => errors.push(String(error)));
    await readyForThePlane(old);
    await begin(old, { method: 'top-layers', layers: 1 });
    await old.getByRole('button', { name: 'Pause' }).click();
    await old.locator('[data-job-state="paused"]').waitFor({ timeout: 120_000 });
    await deployNext(site);
    fresh = await context.newPage();
    fresh.on('pageerror', (error) => errors.push(String(error)));
    await fresh.goto(server.url);
  });
  afterAll(async () => {
    await context?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test('waits while a run works, in the tab of the run and in a new one', async () => {
    for (const page of [old, fresh]) {
      await page.locator('[data-update="waits"]').waitFor({ timeout: 60_000 });
      expect(await page.getByRole('button', { name: 'Load the new version' }).count()).toBe(0);
      expect(await buildOf(page)).toBe(0);
    }
    await old.locator('[data-job-state="paused"]').waitFor();
  });

  test('is offered once the run is over, and loads when a person says so', async () => {
    await old.getByRole('button', { name: /^Cancel/ }).click();
    await old.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
    await fresh.locator('[data-update="ready"]').waitFor({ timeout: 60_000 });
    expect(await buildOf(fresh)).toBe(0);
    await fresh.getByRole('button', { name: 'Load the new version' }).click();
    await fresh.locator('meta[name="build"]').waitFor({ state: 'attached', timeout: 60_000 });
    await fresh.getByRole('heading', { level: 1 }).waitFor();
    expect(await update(fresh).count()).toBe(0);
  });

  test('leaves the other tab as it is, which still finds its workers and code, gone from the server', async () => {
    expect(await buildOf(old)).toBe(0);
    await old.locator('[data-update="ready"]').waitFor({ timeout: 60_000 });
    await untilFinished(old, await begin(old, {}), { timeout: 240_000 });
    await old.locator('[data-verdict]').waitFor();
    expect(await old.evaluate(() => caches.keys())).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  test('is all that is kept once no tab of the old one is open', async () => {
    await old.getByRole('button', { name: 'Load the new version' }).click();
    await old.locator('meta[name="build"]').waitFor({ state: 'attached', timeout: 60_000 });
    await expect.poll(() => old.evaluate(() => caches.keys()), { timeout: 20_000 }).toHaveLength(1);
    await readyForThePlane(old);
  });
});

test('where the browser keeps no pages, Hone says so and works', async () => {
  const server = await serve({ base });
  const context = await launch();
  try {
    const { page, seen } = await openPage(context, server.url);
    await page.locator('[data-offline="unavailable"]').waitFor();
    expect(await page.locator('[data-offline]').innerText()).toContain('Needs a network to open.');
    await page
      .getByRole('button', { name: /^Train this/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: /^Train/ }).waitFor({ timeout: 60_000 });
    expect(seen.errors).toEqual([]);
  } finally {
    await context.close();
    await server.close();
  }
});
