/**
 * Breaks runs of the built page on purpose and sees whether they go on to the same end: the browser killed while it saves,
 * the GPU lost while it computes. Used by scripts/chaos.mjs in earnest and by the end-to-end tests a few times. In one file,
 * however long: both ways share the stage, the look into storage and the verdict.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { chromium } from 'playwright-core';
import { chromiumArguments } from './chromium.mjs';
import { configure, importFile, openPage, start, untilFinished } from './page.mjs';
import { serve } from './serve.mjs';
import { ensureChromium } from './setup.mjs';

/** Chromium stops giving out a GPU after three crashes in a short time; here they are the test. */
const forgiving = ['--disable-gpu-process-crash-limit', '--disable-domain-blocking-for-3d-apis'];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A Chromium as a process of its own, so that it can be killed. `files`: a model in place of the one in the build. */
async function openBrowser(profile, url, files) {
  const portFile = join(profile, 'DevToolsActivePort');
  rmSync(portFile, { force: true });
  const flags = ['--remote-debugging-port=0', `--user-data-dir=${profile}`, ...forgiving];
  const child = spawn(ensureChromium(), [...chromiumArguments(), ...flags, 'about:blank'], {
    detached: true,
    stdio: 'ignore',
  });
  for (let waited = 0; !existsSync(portFile); waited += 50) {
    if (waited > 30_000) throw new Error('Chromium did not start.');
    await sleep(50);
  }
  await sleep(50);
  const [port] = readFileSync(portFile, 'utf8').split('\n');
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  const [context] = browser.contexts();
  if (files) {
    await context.route('**/models/**', (route) => {
      const bytes = files.get(new URL(route.request().url()).pathname.replace(/.*\//, ''));
      return bytes ? route.fulfill({ status: 200, body: Buffer.from(bytes) }) : route.abort();
    });
  }
  const kill = () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGKILL');
    return gone;
  };
  const { page } = await openPage(context, url);
  return { browser, page, kill };
}

/** What lies in the browser's storage of one run; every shard is hashed again. */
function inspect(page, runId) {
  return page.evaluate(async (runId) => {
    const answer = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await answer(indexedDB.open('hone'));
    const read = (store, range) => answer(database.transaction(store).objectStore(store).getAll(range));
    const ofRun = IDBKeyRange.bound([runId], [runId, []]);
    const [run] = await read('runs', runId);
    const [kept] = await read('reports', runId);
    const records = await read('checkpoints', ofRun);
    const folds = (await read('outcomes', ofRun)).filter(({ part }) => part === 'tuned').map(({ fold }) => fold);
    const checkpoints = [];
    for (const { fold, number, step, shards } of records) {
      const key = [runId, fold, number];
      const stored = await read('shards', IDBKeyRange.bound(key, [...key, []]));
      let whole = stored.length === shards.length;
      for (const [i, { bytes }] of stored.entries()) {
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        whole &&= Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === shards[i].sha256;
      }
      checkpoints.push({ fold, step, whole });
    }
    database.close();
    const { state, settings, log } = run;
    return { state, report: kept?.report ?? null, settings, log, folds, checkpoints };
  }, runId);
}

/** The report without its times. */
function timeless(report) {
  const times = new Set(['timings', 'created_at', 'seconds']);
  return JSON.parse(JSON.stringify(report, (key, value) => (times.has(key) ? 'a time' : value)));
}

const stateOf = (page) =>
  page
    .locator('[data-job-state]')
    .getAttribute('data-job-state', { timeout: 2000 })
    .catch(() => null);
const messageOf = (page) =>
  page
    .locator('[data-job-message]')
    .innerText({ timeout: 2000 })
    .catch(() => '');

async function until(what, condition, timeoutMs = 300_000) {
  const startedMs = Date.now();
  for (;;) {
    const answer = await condition();
    if (answer) return { answer, ms: Date.now() - startedMs };
    if (Date.now() - startedMs > timeoutMs) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}.`);
    await sleep(25);
  }
}

const isOver = (state) => ['succeeded', 'stopped', 'failed', 'cancelled'].includes(state);

/**
 * True where the page showed a checkpoint as kept and it is not there after the kill, nor the fold that it led to. Of a run
 * that is over nothing is left but its report: it lost all, unless it had come to its end.
 * @param {{fold: number, step: number}} kept `fold` is −1 where nothing was shown
 * @param {{state: string, folds: number[], checkpoints: {fold: number, step: number}[]}} found
 */
export function isLost({ fold, step }, { state, folds, checkpoints }) {
  const there = folds.includes(fold) || checkpoints.some((one) => one.fold === fold && one.step >= step);
  return fold >= 0 && !there && state !== 'succeeded';
}

/** Longest time from a break to the next step, in ms. */
const SLOWEST_MS = 10_000;

/**
 * True where nothing was torn, lost or different, and after each break the run went on soon or had come to its end.
 * @param {{kills?: number, breaks?: number, torn?: number, lost?: number, resumed: number, succeeded: number, different: number, slowestMs: number}} found
 */
export function isSound({ kills = 0, breaks = 0, torn = 0, lost = 0, resumed, succeeded, different, slowestMs }) {
  return torn + lost + different === 0 && resumed + succeeded >= kills + breaks && slowestMs <= SLOWEST_MS;
}

/** Sets the stage: server, profile, data. `rows`: lines of JSON. */
async function stage(rows) {
  const folder = mkdtempSync(join(tmpdir(), 'hone-breaking-'));
  const server = await serve({ base: '/' });
  const file = join(folder, 'rows.jsonl');
  writeFileSync(file, rows.join('\n'));
  const close = async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  return { url: server.url, profile: join(folder, 'profile'), file, close };
}

async function wholeRun(page, datasetId, choices) {
  await configure(page, datasetId, choices);
  const runId = await start(page);
  await untilFinished(page, runId, { timeout: 1800_000 });
  return timeless((await inspect(page, runId)).report);
}

/**
 * @typedef {object} Breaking
 * @property {string[]} rows lines of JSON to train on
 * @property {Record<string, unknown>} choices for the form
 * @property {() => number} random gives 0–1
 * @property {Map<string, Uint8Array>} [files] a model in place of the one in the build
 * @property {(line: string) => void} [tell]
 */

/**
 * Kills the browser `kills` times while it saves a checkpoint.
 * @param {Breaking & {kills: number}} breaking
 * @returns {Promise<{kills: number, torn: number, lost: number, resumed: number, succeeded: number, slowestMs: number, wholeMs: number, reports: number, different: number}>}
 *   `lost`: checkpoints that the page showed as kept and that were not there afterwards; `resumed`, `succeeded`: kills after
 *   which the run went on, or had come to its end; `slowestMs`: the longest time from
 *   Resume to the next step; `wholeMs`: that of a run that nothing befalls
 */
export async function killRuns({ kills, rows, choices, random, files, tell = () => {} }) {
  const { url, profile, file, close } = await stage(rows);
  const found = {
    kills: 0,
    torn: 0,
    lost: 0,
    resumed: 0,
    succeeded: 0,
    slowestMs: 0,
    wholeMs: 0,
    reports: 0,
    different: 0,
  };
  let { page, kill } = await openBrowser(profile, url, files);
  try {
    const datasetId = await importFile(page, file);
    const startedMs = Date.now();
    const reference = await wholeRun(page, datasetId, choices);
    found.wholeMs = Date.now() - startedMs;
    const judge = async (runId) => {
      found.reports++;
      if (!isDeepStrictEqual(timeless((await inspect(page, runId)).report), reference)) found.different++;
    };
    const kept = () =>
      page
        .locator('[data-kept]')
        .getAttribute('data-kept', { timeout: 500 })
        .catch(() => null);
    let runId = null;
    while (found.kills < kills || runId !== null) {
      if (runId === null) {
        await configure(page, datasetId, choices);
        runId = await start(page);
      }
      // One is kept, and the next is asked for as a page that is hidden asks.
      await until('a checkpoint', async () => (await kept()) ?? !/#\/run\//.test(page.url()));
      if (found.kills === kills || !/#\/run\//.test(page.url())) {
        await untilFinished(page, runId, { timeout: 1800_000 });
        await judge(runId);
        runId = null;
        continue;
      }
      await sleep(random() * 1500);
      await page.evaluate(() => dispatchEvent(new Event('pagehide')));
      await sleep(random() * 400);
      const [fold, step] = ((await kept()) ?? '-1:0').split(':').map(Number);
      await kill();
      found.kills++;
      ({ page, kill } = await openBrowser(profile, url, files));
      await until('the run to be settled', async () => !(await isAtWork(page, runId)), 60_000);
      const left = await inspect(page, runId);
      const { state, checkpoints } = left;
      found.torn += checkpoints.filter(({ whole }) => !whole).length;
      if (isLost({ fold, step }, left)) found.lost++;
      const what = isOver(state) ? state : JSON.stringify(checkpoints);
      tell(`kill ${found.kills}: shown as kept fold ${fold + 1} step ${step}; found ${what}`);
      if (isOver(state)) {
        if (state === 'succeeded') {
          found.succeeded++;
          await judge(runId);
        }
        runId = null;
        continue;
      }
      await page.goto(`${url}#/run/${runId}`);
      await page.getByRole('button', { name: 'Resume' }).click();
      const { ms } = await untilSteps(page);
      found.resumed++;
      found.slowestMs = Math.max(found.slowestMs, ms);
    }
    return found;
  } finally {
    await kill();
    await close();
  }
}

async function isAtWork(page, runId) {
  const { state } = await inspect(page, runId);
  return !isOver(state) && state !== 'interrupted';
}

/** Until a step is told, or the run is over. */
function untilSteps(page) {
  return until('a step after Resume', async () => {
    if (!/#\/run\//.test(page.url()) || isOver(await stateOf(page))) return true;
    return (await stateOf(page)) === 'running' && /^(Step|Answer|Writ)/.test(await messageOf(page));
  });
}

/**
 * Loses the GPU `breaks` times at random moments, by turns by `device.destroy()` and by a crash of the GPU process; at most
 * three times a run, which is what a run takes.
 * @param {Breaking & {breaks: number}} breaking
 * @returns {Promise<{breaks: number, resumed: number, succeeded: number, slowestMs: number, wholeMs: number, reports: number, different: number}>}
 *   `resumed`, `succeeded`: breaks after which the run went on, or had come to its end; `slowestMs`: the longest time from a break to the next step; `wholeMs`: that of a run that nothing befalls
 */
export async function breakDevices({ breaks, rows, choices, random, files, tell = () => {} }) {
  const { url, profile, file, close } = await stage(rows);
  const { browser, page, kill } = await openBrowser(profile, url, files);
  const found = { breaks: 0, resumed: 0, succeeded: 0, slowestMs: 0, wholeMs: 0, reports: 0, different: 0 };
  try {
    const devtools = await browser.newBrowserCDPSession();
    const datasetId = await importFile(page, file);
    const startedMs = Date.now();
    const reference = await wholeRun(page, datasetId, choices);
    found.wholeMs = Date.now() - startedMs;
    while (found.breaks < breaks) {
      await configure(page, datasetId, choices);
      const runId = await start(page);
      for (let inRun = 0; inRun < 3 && found.breaks < breaks; inRun++) {
        await untilSteps(page);
        await sleep(random() * (found.wholeMs / 4));
        if (!/#\/run\//.test(page.url())) break;
        const before = await goneOn(page, runId);
        const how = found.breaks++ % 2 === 0 ? 'device.destroy()' : 'a crash of the GPU process';
        const at = await messageOf(page);
        if (how === 'device.destroy()') await destroyDevice(page);
        else await devtools.send('Browser.crashGpuProcess').catch(() => undefined);
        const { answer, ms } = await until(`the run to go on after ${how}`, async () => {
          if ((await goneOn(page, runId)) > before) return 'gone on';
          return isOver((await inspect(page, runId)).state) && 'over';
        });
        const steps = await untilSteps(page);
        const { log, state } = await inspect(page, runId);
        const said = log.findLast(({ message }) => message.includes('going on from'))?.message ?? state;
        tell(`break ${found.breaks}, ${how} at ${at}: ${said} ${ms + steps.ms} ms`);
        if (answer === 'over') {
          if (state === 'succeeded') found.succeeded++;
          break;
        }
        found.resumed++;
        found.slowestMs = Math.max(found.slowestMs, ms + steps.ms);
      }
      await untilFinished(page, runId, { timeout: 600_000 }).catch((error) => tell(String(error)));
      found.reports++;
      if (!isDeepStrictEqual(timeless((await inspect(page, runId)).report), reference)) found.different++;
      // Three times in ten minutes are counted by the page: another visit begins anew.
      await page.reload();
    }
    return found;
  } finally {
    await kill();
    await close();
  }
}

/** How often the log says that the run went on. */
async function goneOn(page, runId) {
  return (await inspect(page, runId)).log.filter(({ message }) => message.includes('going on from')).length;
}

/** The device goes at the next operation of whichever worker computes. */
async function destroyDevice(page) {
  for (const worker of page.workers()) {
    await worker
      .evaluate(() => {
        const make = GPUDevice.prototype.createCommandEncoder;
        GPUDevice.prototype.createCommandEncoder = function (...args) {
          GPUDevice.prototype.createCommandEncoder = make;
          this.destroy();
          return make.apply(this, args);
        };
      })
      .catch(() => undefined);
  }
}
