/**
 * A browser with many runs: how long the page takes from its address to the drawn list of runs, and whether it reads a
 * report on the way. The database is written as version 3 of it was, reports in the records, so that the first opening
 * brings it up to date; that is timed too. Prints one JSON.
 *
 *   node bench/runs.mjs [--runs 30] [--rows 10000] [--dist FOLDER]
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from '../scripts/chromium.mjs';
import { serve } from '../scripts/serve.mjs';
import { root } from '../scripts/setup.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '30' },
    rows: { type: 'string', default: '10000' },
    dist: { type: 'string', default: join(root, 'dist') },
  },
});
const [runs, rows] = [Number(values.runs), Number(values.rows)];
const TURNS = 5;

const report = JSON.parse(readFileSync(join(root, 'tests/fixtures/report-of-database-3.json'), 'utf8'));
const { url, close } = await serve({ folder: resolve(values.dist) });
const context = await launch({ webgpu: false });
try {
  const page = context.pages()[0] ?? (await context.newPage());
  await page.addInitScript((runs) => {
    globalThis.__stores = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, ...more) {
      globalThis.__stores.push(...[stores].flat());
      if ([stores].flat().includes('runs')) globalThis.__asked ??= performance.now();
      return original.call(this, stores, ...more);
    };
    globalThis.__drawn = null;
    new MutationObserver(() => {
      if (globalThis.__drawn !== null || document.querySelectorAll('table.runs tbody tr').length < runs) return;
      // With the frame that shows it.
      globalThis.__drawn = 0;
      requestAnimationFrame(() => setTimeout(() => (globalThis.__drawn = performance.now())));
    }).observe(document, { childList: true, subtree: true });
  }, runs);
  // An address of the page's own origin that opens no database.
  await page.goto(new URL('no-such-file', url).href);
  await page.evaluate(writeDatabase, { report, runs, rows });

  const shown = async () => {
    await page.goto(`${url}#/runs`);
    await page.reload();
    await page.waitForFunction(() => globalThis.__drawn > 0, null, { timeout: 120_000 });
    return page.evaluate(() => ({
      drawn: Math.round(globalThis.__drawn),
      list: Math.round(globalThis.__drawn - globalThis.__asked),
      stores: [...new Set(globalThis.__stores)],
    }));
  };
  await page.goto(`${url}#/runs`);
  await page.waitForFunction(() => globalThis.__drawn > 0, null, { timeout: 300_000 });
  const upgraded = await page.evaluate(() => Math.round(globalThis.__drawn));
  const turns = [];
  for (let turn = 0; turn < TURNS; turn++) turns.push(await shown());
  const spread = (of) => {
    const sorted = turns.map(of).sort((a, b) => a - b);
    return { median: sorted[TURNS >> 1], most: sorted.at(-1) };
  };
  console.log(
    JSON.stringify({
      ...{ runs, rows },
      first_opening_ms: upgraded,
      // From the address; and of that, from when the page asks its storage for the runs.
      page_to_list_ms: spread(({ drawn }) => drawn),
      asked_to_list_ms: spread(({ list }) => list),
      reports_read: turns.some(({ stores }) => stores.includes('reports')),
      stores: [...new Set(turns.flatMap(({ stores }) => stores))],
    }),
  );
} finally {
  await context.close();
  await close();
}

/** Runs in the page. */
async function writeDatabase({ report, runs, rows }) {
  const keys = {
    ...{ datasets: 'id', rows: ['datasetId', 'version', 'chunk'], files: 'datasetId', runs: 'id' },
    ...{ curves: ['runId', 'chunk'], weights: 'runId', contexts: 'runId', outcomes: ['runId', 'part', 'fold'] },
    ...{ features: 'key', featureSizes: 'key', models: 'key', finals: ['runId', 'part'], selfTests: 'key' },
    ...{ checkpoints: ['runId', 'fold', 'number'], shards: ['runId', 'fold', 'number', 'shard'] },
    ...{ stateBlocks: 'key', states: ['block', 'piece'] },
  };
  const answer = (request) =>
    new Promise((done, failed) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  const request = indexedDB.open('hone', 3);
  request.onupgradeneeded = () => {
    for (const [store, keyPath] of Object.entries(keys)) {
      const made = request.result.createObjectStore(store, { keyPath });
      if (store === 'featureSizes' || store === 'stateBlocks') made.createIndex('byAge', 'usedAt');
    }
  };
  const database = await answer(request);
  const label = (i) => (i % 2 === 1 ? 'spam' : 'ham');
  const predictions = Array.from({ length: rows }, (_, i) => ({
    ...{ line: i + 1, label: label(i), predicted: label(i + Number(i % 9 === 0)), confidence: 0.9, fold: i % 5 },
    text: `Row ${i} of a set made here, about as long as a short message is, and no two are the same.`,
  }));
  const steps = Array.from({ length: (rows / 16) * 4 }, (_, i) => i + 1);
  const points = [0, 1, 2, 3, 4].flatMap((fold) =>
    steps.map((step) => ({
      ...{ fold, step, epoch: step / (rows / 16), trainLoss: Math.exp(-step / 900), learningRate: 1e-4, gradNorm: 1 },
      ...{ validLoss: null, validAccuracy: null, validMacroF1: null },
    })),
  );
  const curve = points.map(({ fold, step, epoch, trainLoss }) => ({
    ...{ fold, step, epoch, train_loss: trainLoss, learning_rate: 1e-4, grad_norm: 1 },
    ...{ valid_loss: null, valid_accuracy: null, valid_macro_f1: null },
  }));
  for (let i = 0; i < runs; i++) {
    const id = `run-${i}`;
    const plan = { datasetId: 'd', datasetVersion: 1, modelId: 'all-MiniLM-L6-v2', method: 'top-layers' };
    const transaction = database.transaction(['runs', 'curves'], 'readwrite');
    transaction.objectStore('runs').put({
      ...{ id, name: `Top layers, run ${i + 1}`, createdAt: 1e12 + i * 1e7, updatedAt: 1e12, ...plan },
      ...{ datasetName: 'Made here', build: 'then', settings: null, state: 'succeeded', device: null, progress: null },
      request: { runId: id, name: id, ...plan, choices: {}, evaluation: { folds: 5, test: { kind: 'none' } } },
      ...{ folds: [], log: [], error: null, hasWeights: false },
      report: { ...report, curve, out_of_fold: { ...report.out_of_fold, predictions } },
    });
    for (let chunk = 0; chunk * 2000 < points.length; chunk++) {
      const part = points.slice(chunk * 2000, (chunk + 1) * 2000);
      transaction.objectStore('curves').put({ runId: id, chunk, points: part });
    }
    await new Promise((done, failed) => {
      transaction.oncomplete = done;
      transaction.onabort = () => failed(transaction.error);
    });
  }
  database.close();
}
