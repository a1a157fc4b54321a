/**
 * `npm run job`: the built page, scripted. Opens it in headless Chromium, gives it a file, sets the choices in its own
 * form, presses Start, prints progress, waits, and saves the report through the page's own download.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encoderOf } from './encoders.mjs';
import { methodOf, rungOf, writerOf } from './writers.mjs';
import { ensureBuild, ensureChromium, ensurePackages } from './setup.mjs';

const usage = `npm run job -- --data train.jsonl --out report.json
  [--test test.jsonl]      a file to test on, never trained on
  [--hold-out 0.1|0.2|0.3]  keep that share of the rows for a test part; none without it
  [--text a,b] [--label L]  the fields that are the text (joined in this order) and the label
  [--together F]           rows that share this field stand on one side of every split
  [--split-column F]       the field that says train, validation or test; its test rows are the test part
  [--method features|few-examples|top-layers|adapter|full]
  [--find] [--budget 2|10|30|120|none]  finds what works within so many minutes (10): prints the table and the verdict
  [--rungs a,b,c]          of --find: the rungs that take part, of names, tfidf, features, few-examples, adapter, top-layers, full
  [--model smollm2]        learns to write the answers; the rows are read as answers to write, whatever they look like
  [--rank R] [--max-steps N]  of an adapter: how much room it has; steps at most
  [--prompt "…" …]         up to three, answered after every pass; else held-out rows are
  [--encoder minilm|e5|both|auto]  what the texts are read with; default: auto, which is both where nothing is trained
  [--recipe auto|plain]    plain: no choice of what the frozen encoders' classifier is given
  [--layers N]             how many of the last layers (top-layers)
  [--backend webgpu|wasm]  default: webgpu where there is one, else wasm
  [--folds K] [--epochs N] [--seed S] [--limit ROWS]
  [--set key=value …]      any other setting of the form, by its key: --set batchSize=32
  [--profile DIR]          keep the browser's storage there, so that a second run finds its features`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    test: { type: 'string' },
    'hold-out': { type: 'string' },
    text: { type: 'string' },
    label: { type: 'string' },
    together: { type: 'string' },
    'split-column': { type: 'string' },
    find: { type: 'boolean' },
    budget: { type: 'string' },
    rungs: { type: 'string' },
    method: { type: 'string' },
    model: { type: 'string' },
    rank: { type: 'string' },
    'max-steps': { type: 'string' },
    prompt: { type: 'string', multiple: true },
    encoder: { type: 'string', default: 'auto' },
    recipe: { type: 'string', default: 'auto' },
    layers: { type: 'string' },
    backend: { type: 'string' },
    folds: { type: 'string' },
    epochs: { type: 'string' },
    seed: { type: 'string' },
    limit: { type: 'string' },
    set: { type: 'string', multiple: true },
    profile: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help || !values.data || !values.out) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

let encoder, model;
try {
  encoder = encoderOf(values.encoder);
  model = values.model && writerOf(values.model);
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
if (!['auto', 'plain'].includes(values.recipe)) {
  console.error(`--recipe ${values.recipe}: expected auto or plain.`);
  process.exit(2);
}

const alone = ['method', 'model', 'layers', 'epochs', 'rank', 'max-steps', 'set', 'seed'].filter(
  (name) => values[name],
);
if (values.find && alone.length > 0) {
  console.error(`--find chooses by itself: --${alone.join(', --')} is of one method by hand.`);
  process.exit(2);
}
for (const name of ['budget', 'rungs']) {
  if (values[name] === undefined || values.find) continue;
  console.error(`--${name} is of --find.`);
  process.exit(2);
}

const tests = ['test', 'hold-out', 'split-column'].filter((name) => values[name] !== undefined);
if (tests.length > 1) {
  console.error(`One test part only: --${tests.join(' or --')}.`);
  process.exit(2);
}

ensurePackages();
ensureChromium();
ensureBuild();
const { launch } = await import('./chromium.mjs');
const { serve } = await import('./serve.mjs');
const {
  configure,
  importFile,
  longestTask,
  openPage,
  readAs,
  readDataset,
  readLadder,
  saveReport,
  start,
  untilFinished,
} = await import('./page.mjs');

/** The table of a search in columns. */
function ladderLines(rows) {
  const cells = rows.map(({ title, score, interval, gain, gainInterval, time, state }) => [
    title.replace(/recommended$/, ' (recommended)'),
    score && `${score} (${interval})`,
    gain && `${gain} (${gainInterval})`,
    time,
    state,
  ]);
  const all = [['rung', 'score', 'gain', 'time', 'state'], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}

/** Whether the page is offered one; a browser that has just started may say none for a second. */
async function hasGpu(page) {
  for (let attempt = 0; attempt < 6; attempt++) {
    if (await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))) return true;
    await page.waitForTimeout(300);
  }
  return false;
}

/** A browser with a real GPU where there is one, else one with WebGPU in software. */
async function browser(url) {
  if (values.backend !== 'wasm') {
    const context = await launch({ userDataDir: values.profile ?? '', software: false });
    const opened = await openPage(context, url);
    if (await hasGpu(opened.page)) return { context, ...opened };
    await context.close();
    console.log('No GPU here: WebGPU runs in software.');
  }
  const context = await launch({ userDataDir: values.profile ?? '' });
  return { context, ...(await openPage(context, url)) };
}

// The same port each time where a profile is kept: storage belongs to an origin.
const { url, close } = await serve({ port: values.profile ? 4180 : 0 });
const { context, page } = await browser(url);
let status = 0;
try {
  const began = Date.now();
  const { label, together, 'split-column': split } = values;
  const text = values.text?.split(',').map((name) => name.trim());
  const open = async (file, fields) => {
    const id = await importFile(page, resolve(file));
    const writes = model !== undefined && (await readDataset(page, id)).task !== 'generation';
    const reading = { ...fields, task: writes ? 'generation' : undefined };
    if (Object.values(reading).some((field) => field !== undefined)) await readAs(page, id, reading);
    return id;
  };
  const testId = values.test && (await open(values.test, { text, label }));
  const datasetId = await open(values.data, { text, label, together, split });
  const { task } = await readDataset(page, datasetId);
  const writes = task === 'generation';
  // Where answers are written the form itself keeps a part of the rows apart.
  const without = writes ? undefined : 'none';
  const test = testId ?? values['hold-out'] ?? (split === undefined ? without : 'split');
  const more = Object.fromEntries((values.set ?? []).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  if (values.find && writes) throw new Error('What works is found for labels, not for answers to write.');
  await configure(page, datasetId, {
    find: values.find && { minutes: values.budget ?? '10', rungs: values.rungs?.split(',').map(rungOf) },
    method: values.method && methodOf(values.method, task),
    ...(writes ? { model: model ?? writerOf('smollm2') } : { encoder }),
    recipe: values.recipe === 'auto' ? undefined : values.recipe,
    backend: values.backend,
    test,
    folds: values.folds,
    layers: values.layers,
    rank: values.rank,
    maxSteps: values['max-steps'],
    nEpochs: values.epochs,
    seed: values.seed,
    limit: values.limit,
    more: { ...more, ...Object.fromEntries((values.prompt ?? []).map((text, i) => [`prompt${i + 1}`, text])) },
  });
  const runId = await start(page);
  const state = await untilFinished(page, runId, {
    tell: (line) => console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`),
  });
  await saveReport(page, runId, 'json', resolve(values.out));
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${state} after ${seconds} s; the page was never blocked over ${Math.ceil(await longestTask(page))} ms`);
  if (values.find) {
    await page.locator('[data-ladder]').waitFor();
    for (const line of ladderLines(await readLadder(page))) console.log(line);
  }
  console.log((await page.locator('[data-verdict]').first().innerText()).replaceAll('\u00a0', ' '));
  console.log(`Saved ${values.out}`);
} catch (error) {
  console.error(error.message);
  status = 1;
} finally {
  await context.close();
  await close();
}
process.exit(status);
