/**
 * A large file through the built page: how much memory the page and its workers hold, how long the page's own thread
 * was blocked, and where the time went. Prints one JSON; progress on stderr.
 *
 *   node bench/large.mjs [--rows 1000000] [--dist FOLDER]
 *
 * The rows are made here from a seed; every 40th is a copy of the one before it. Heaps are read after a collection; `process_mb` is the resident size of the
 * browser's processes that grew most, the page's with its workers first.
 */
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from '../scripts/chromium.mjs';
import { openPage } from '../scripts/page.mjs';
import { serve } from '../scripts/serve.mjs';
import { root } from '../scripts/setup.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    dist: { type: 'string', default: join(root, 'dist') },
  },
});
const rows = Number(values.rows);
const tell = (words) => process.stderr.write(`${words}\n`);

const folder = mkdtempSync(join(tmpdir(), 'hone-large-'));
const file = join(folder, 'large.jsonl');
const bytes = await writeRows(file, rows);
tell(`${rows} rows, ${Math.round(bytes / 1e6)} MB`);

const { url, close } = await serve({ folder: resolve(values.dist) });
const context = await launch({ userDataDir: join(folder, 'profile'), webgpu: false });
const figures = { rows, file_mb: round(bytes / 1e6) };
try {
  const { page } = await openPage(context, url);
  await page.waitForTimeout(1000);
  const cdp = await context.newCDPSession(page);
  const heap = await heapOf(cdp);
  const start = await heap.page();

  // Reading: what the page says it is doing, by the second.
  const began = Date.now();
  await page.locator('input[type="file"][name="data-file"]').setInputFiles(file);
  const phases = {};
  let [peakWorker, last, at, stoodAt] = [0, '', began, { words: '', since: began, most: 0 }];
  while (!/#\/data\/[^/]+$/.test(page.url())) {
    const words = await page.evaluate(() => {
      const status = document.querySelector('.import-status');
      const bar = status?.querySelector('progress, [role="progressbar"]');
      return {
        phase: status?.querySelector('[data-phase]')?.getAttribute('data-phase') ?? 'reading',
        value: bar?.getAttribute('value') ?? bar?.getAttribute('aria-valuenow') ?? '',
        error: document.querySelector('[data-import-error]')?.textContent ?? '',
      };
    });
    if (words.error !== '') throw new Error(words.error);
    const now = Date.now();
    phases[words.phase] = (phases[words.phase] ?? 0) + (now - at) / 1000;
    at = now;
    if (words.value !== stoodAt.words) stoodAt = { words: words.value, since: now, most: stoodAt.most };
    else stoodAt.most = Math.max(stoodAt.most, now - stoodAt.since);
    peakWorker = Math.max(peakWorker, await heap.workers());
    const line = `${words.phase} ${words.value}`;
    if (line !== last) tell(`${((now - began) / 1000).toFixed(0).padStart(5)} s  ${(last = line)}`);
    await page.waitForTimeout(250);
  }
  figures.import_s = round((Date.now() - began) / 1000);
  figures.phases_s = Object.fromEntries(Object.entries(phases).map(([name, seconds]) => [name, round(seconds)]));
  figures.bar_stood_still_s = round(stoodAt.most / 1000);
  figures.worker_heap_peak_mb = round(peakWorker);
  await page.locator('.vscroll tbody tr').first().waitFor({ timeout: 120_000 });
  await page.waitForTimeout(3000);
  figures.after_import = { page_heap_mb: round((await heap.page()) - start), longest_task_ms: await longest(page) };
  figures.process_mb = residentSizes();

  // The same set, opened by a page that did not read it.
  await page.reload();
  await page.goto(`${url}#/data`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForTimeout(2000);
  const fresh = await heap.page();
  await longest(page);
  const opened = Date.now();
  await page.locator('main a[href*="#/data/"]').first().click();
  await page.locator('.vscroll tbody td.text').first().waitFor({ timeout: 120_000 });
  const open_s = round((Date.now() - opened) / 1000);
  await page.waitForTimeout(5000);
  figures.open = {
    seconds: open_s,
    page_heap_mb: round((await heap.page()) - fresh),
    longest_task_ms: await longest(page),
  };

  // To the end of the table; by a finding, by length, and a search through all rows.
  await page.locator('.vscroll').evaluate((box) => (box.scrollTop = box.scrollHeight));
  await page.waitForFunction((n) => document.querySelector('.vscroll')?.textContent.includes(n), `${rows}`);
  // The last row is no copy.
  const copies = Math.ceil(rows / 40) - 1;
  figures.finding = await filtered(
    page,
    () =>
      page
        .getByRole('combobox', { name: 'Finding' })
        .selectOption({ label: `There are ${amount(copies)} duplicated text-label sets` }),
    `of ${amount(copies)}, `,
  );
  figures.longest_first = await filtered(
    page,
    async () => {
      await page.getByRole('button', { name: 'Show all rows' }).click();
      await page.getByRole('combobox', { name: 'Order' }).selectOption('longest');
    },
    `of ${amount(rows)}`,
  );
  await page.getByRole('combobox', { name: 'Order' }).selectOption('file');
  const searched = Date.now();
  await page.getByRole('searchbox', { name: 'Search rows' }).fill('zzz-last');
  await page.waitForFunction(
    () => /of 1, /.test(document.querySelector('.tbl-foot:not(.names-foot)')?.textContent ?? ''),
    null,
    {
      timeout: 120_000,
    },
  );
  figures.search = { seconds: round((Date.now() - searched) / 1000), longest_task_ms: await longest(page) };
  figures.end = { page_heap_mb: round((await heap.page()) - fresh) };
  console.log(JSON.stringify(figures, null, 1));
} finally {
  await context.close();
  await close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** JavaScript heaps in MB: the page's after a collection, and the largest sum of its workers. */
async function heapOf(cdp) {
  const workers = new Map();
  cdp.on('Target.attachedToTarget', ({ sessionId }) => workers.set(sessionId, 0));
  cdp.on('Target.detachedFromTarget', ({ sessionId }) => workers.delete(sessionId));
  cdp.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
    const { result } = JSON.parse(message);
    if (result?.usedSize !== undefined)
      workers.set(sessionId, (result.usedSize + (result.backingStorageSize ?? 0)) / 1e6);
  });
  await cdp.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  let id = 0;
  return {
    async page() {
      await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize = 0 } = await cdp.send('Runtime.getHeapUsage');
      return (usedSize + backingStorageSize) / 1e6;
    },
    async workers() {
      const message = (method) => JSON.stringify({ id: ++id, method });
      for (const sessionId of workers.keys()) {
        await cdp
          .send('Target.sendMessageToTarget', { sessionId, message: message('Runtime.getHeapUsage') })
          .catch(() => 0);
      }
      return [...workers.values()].reduce((sum, size) => sum + size, 0);
    },
  };
}

/** Seconds until the foot of the table says so and no row in sight is empty, and the longest task meanwhile. */
async function filtered(page, act, words) {
  await longest(page);
  const began = Date.now();
  await act();
  await page.waitForFunction(
    (words) =>
      document.querySelector('.tbl-foot:not(.names-foot)')?.textContent.includes(words) &&
      !document.querySelector('.tbl-foot:not(.names-foot)').textContent.includes('Searching') &&
      [...document.querySelectorAll('.vscroll tbody td.text')].every((cell) => cell.textContent.trim() !== ''),
    words,
    { timeout: 120_000 },
  );
  return { seconds: round((Date.now() - began) / 1000), longest_task_ms: await longest(page) };
}

function amount(count) {
  return Math.floor(count).toLocaleString('en-US');
}

/** The longest task since the last call, ms. */
async function longest(page) {
  const found = await page.evaluate(() => globalThis.__longest);
  await page.evaluate(() => (globalThis.__longest = 0));
  return Math.round(found);
}

/** Peak resident sizes of this browser's processes in MB, the largest first. */
function residentSizes() {
  const sizes = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)) continue;
      sizes.push(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000);
    } catch {
      // It ended meanwhile.
    }
  }
  return sizes
    .sort((a, b) => b - a)
    .slice(0, 3)
    .map(Math.round);
}

async function writeRows(path, count) {
  const words =
    'the my order card parcel account password refund invoice late charge box help please send back today when where total'.split(
      ' ',
    );
  const labels = ['billing', 'delivery', 'login', 'returns'];
  let state = 7;
  const next = (below) => (state = (state * 1103515245 + 12345) % 2147483648) % below;
  const out = createWriteStream(path);
  let [size, before] = [0, ''];
  for (let i = 0; i < count; i++) {
    const text = Array.from({ length: 6 + next(14) }, () => words[(next(65536) >> 5) % words.length]).join(' ');
    const fresh = `${JSON.stringify({ text: `${text} ${i === count - 1 ? 'zzz-last' : i}`, label: labels[(next(65536) >> 4) % 4] })}\n`;
    const line = i % 40 === 39 && i < count - 1 ? before : fresh;
    before = fresh;
    size += line.length;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return size;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
