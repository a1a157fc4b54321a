/**
 * The main job as a person does it, in the built page with the real model on WebAssembly: a file in, a model trained,
 * a report read and saved, a text tried, everything still there after a reload; and nothing sent anywhere.
 */
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configure, importFile, longestTask, saveReport, start, untilFinished } from '../../scripts/page.mjs';
import { parseReport } from '../../src/core/report/parse-report';
import { openSite, type Site } from '../helpers/site';
import { classificationReport } from '../helpers/classification-report';

const labels = ['delivery', 'refund'];
const rows = readFileSync('public/samples/support-tickets.jsonl', 'utf8')
  .trim()
  .split('\n')
  .filter((line) => labels.includes(JSON.parse(line).label));

/** Bytes of JavaScript heap of the page's thread after a collection. */
async function heapAtRest({ context, page }: Site): Promise<number> {
  await page.waitForTimeout(1000);
  const session = await context.newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}

describe('a file becomes a model with a report', () => {
  let site: Site;
  let runId: string;
  let datasetId: string;

  beforeAll(async () => {
    site = await openSite();
    const train = join(site.folder, 'tickets.jsonl');
    const held = join(site.folder, 'tickets-test.jsonl');
    writeFileSync(train, rows.slice(0, 72).join('\n'));
    writeFileSync(held, rows.slice(72, 96).join('\n'));
    const test = await importFile(site.page, held);
    datasetId = await importFile(site.page, train);
    await configure(site.page, datasetId, { method: 'features', backend: 'wasm', folds: 3, test });
    runId = await start(site.page);
    await untilFinished(site.page, runId, { timeout: 300_000 });
  });
  afterAll(() => site?.close());

  test('the report that is saved holds what was run, judged on rows it had never seen', async () => {
    const file = join(site.folder, 'report.json');
    await saveReport(site.page, runId, 'json', file);
    const report = classificationReport(parseReport(JSON.parse(readFileSync(file, 'utf8'))));
    expect(report).toMatchObject({ status: 'complete', method: 'features', backend: 'wasm' });
    expect(report.dataset).toMatchObject({ rows: 72, classes: 2, training_rows: 72, test_rows: 24 });
    expect(report.cross_validation.folds).toHaveLength(3);
    expect(report.out_of_fold.predictions).toHaveLength(72);
    // Two well-separated topics: a model that learnt nothing gets about half of them.
    expect(report.cross_validation.accuracy.mean).toBeGreaterThan(0.75);
    expect(report.test?.rows).toBe(24);
    expect(report.baselines.majority?.accuracy.mean).toBeLessThan(0.65);
  });

  test('the report also comes as Markdown and as CSV', async () => {
    for (const [kind, start] of [
      ['markdown', '#'],
      ['csv', ''],
    ] as const) {
      const file = join(site.folder, `report.${kind}`);
      await saveReport(site.page, runId, kind, file);
      const text = readFileSync(file, 'utf8');
      expect(text.startsWith(start)).toBe(true);
      expect(text).toContain('delivery');
    }
  });

  test('a run leaves no memory behind on the page: a fifth at most', async () => {
    // Measured over a second run: the first one also loads the code of the screens that it passes.
    await site.page.goto(`${site.url}#/data/${datasetId}`);
    const before = await heapAtRest(site);
    await configure(site.page, datasetId, { method: 'features', backend: 'wasm', folds: 5, test: 'none', seed: 7 });
    await untilFinished(site.page, await start(site.page), { timeout: 300_000 });
    await site.page.goto(`${site.url}#/data/${datasetId}`);
    expect((await heapAtRest(site)) / before).toBeLessThan(1.2);
  });

  test('a text that is typed gets an answer with probabilities', async () => {
    await site.page.goto(`${site.url}#/try/${runId}`);
    await site.page.getByRole('textbox').first().fill('I want my money back for the broken bag');
    await site.page.getByText('refund', { exact: true }).first().waitFor({ timeout: 60_000 });
    await expect.poll(() => site.page.locator('main').innerText(), { timeout: 60_000 }).toMatch(/\d+(\.\d)? %/);
  });

  test('a whole file is answered by the run’s mapping, one line per row in order', async () => {
    const panel = site.page.locator('section[aria-labelledby="y-file"]');
    const table = 'id;subject;text\n1;hello;"where; is my parcel"\n2;re;\n3;x;give me my money back\n';
    const file = { name: 'new.csv', mimeType: 'text/csv', buffer: Buffer.from(table) };
    await panel.locator('input[type="file"]').setInputFiles(file);
    await panel.getByText('2 texts answered').waitFor({ timeout: 60_000 });
    await panel.getByText('1 row without a text').waitFor();
    const save = panel.getByRole('button', { name: 'Save the answers' });
    const [download] = await Promise.all([site.page.waitForEvent('download'), save.click()]);
    const saved = join(site.folder, 'answers.csv');
    await download.saveAs(saved);
    const lines = readFileSync(saved, 'utf8').trim().split('\r\n');
    expect(lines.map((line) => line.split(',').slice(0, 3))).toEqual([
      ['line', 'text', 'answer'],
      ['2', 'where; is my parcel', 'delivery'],
      ['3', '', ''],
      ['4', 'give me my money back', 'refund'],
    ]);
  });

  test('a reload finds the data set, the run and its report again', async () => {
    await site.page.goto(`${site.url}#/report/${runId}`);
    await site.page.reload();
    await site.page.locator('[data-verdict]').waitFor();
    await site.page.goto(`${site.url}#/runs`);
    await site.page.getByText('tickets').first().waitFor();
    await site.page.goto(`${site.url}#/data/${datasetId}`);
    await site.page.getByRole('heading', { level: 1, name: /tickets/ }).waitFor();
  });

  test('a run that is deleted comes back with Undo', async () => {
    const { page } = site;
    await page.goto(`${site.url}#/runs`);
    const rowsBefore = await page.locator('main a[href*="#/report/"]').count();
    expect(rowsBefore).toBeGreaterThan(0);
    await page
      .getByRole('button', { name: /more|actions/i })
      .first()
      .click();
    await page
      .getByRole('menuitem', { name: /delete/i })
      .or(page.getByRole('button', { name: /^delete/i }))
      .first()
      .click();
    await expect.poll(() => page.locator('main a[href*="#/report/"]').count()).toBeLessThan(rowsBefore);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.locator('main a[href*="#/report/"]').count()).toBe(rowsBefore);
  });

  test('nothing but same-origin GETs was asked for, in the whole journey', () => {
    const origin = new URL(site.url).origin;
    const strangers = site.seen.requests.filter(
      ({ method, url }) => method !== 'GET' || !(url.startsWith(origin) || url.startsWith(`blob:${origin}`)),
    );
    expect(strangers).toEqual([]);
    expect(site.seen.requests.length).toBeGreaterThan(5);
    expect(site.seen.errors).toEqual([]);
    expect(site.seen.consoleErrors).toEqual([]);
  });

  test('the policy refuses a request to anywhere else, from the page and from a worker', async () => {
    // A server that is there and willing: only the policy stands between it and the page.
    let asked = 0;
    const elsewhere = createServer((_, response) => {
      asked++;
      response.writeHead(200, { 'access-control-allow-origin': '*' }).end('heard');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const address = elsewhere.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    const refused = (target: string) =>
      fetch(target).then(
        () => false,
        () => true,
      );
    try {
      expect(await (await fetch(url)).text()).toBe('heard');
      await importFile(site.page, join(site.folder, 'tickets.jsonl'));
      const workers = site.page.workers();
      expect(workers.length).toBeGreaterThan(0);
      expect(await site.page.evaluate(refused, url)).toBe(true);
      for (const worker of workers) expect(await worker.evaluate(refused, url)).toBe(true);
      expect(asked).toBe(1);
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
    }
    const policy = await site.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain('require-trusted-types-for');
  });

  test('the page was never blocked for long', async () => {
    // Two cores that also run Chromium, tests and the training: the bound here only catches work on the wrong thread.
    expect(await longestTask(site.page)).toBeLessThan(1000);
  });
});
