/**
 * `npm run check -- FILE…`: opens files through the built page as a person does and prints what the page made of each,
 * one JSON line per file. The figures come out of the page's own storage. Exit code 1 when a file could not be opened.
 */
import { resolve } from 'node:path';
import { ensureBuild, ensureChromium, ensurePackages } from './setup.mjs';

const usage = `npm run check -- FILE…
  Opens each file through the built page and prints one JSON line per file:
  {file, format, container, encoding, task, rows, left_out, left_out_reasons: {reason: rows},
   fields: {text: […], label, together, split}, offered: {label, text, together, split: […]},
   doubt, why, labels: {name: rows}, findings: [{id, severity, count, message}], error}
  What the page said stands in error where it could not open the file, and the command exits with 1.`;

const files = process.argv.slice(2);
if (files.length === 0 || files.includes('--help')) {
  console.log(usage);
  process.exit(files.length === 0 ? 2 : 0);
}

ensurePackages();
ensureChromium();
ensureBuild();
const { launch } = await import('./chromium.mjs');
const { serve } = await import('./serve.mjs');
const { importFile, openPage, readDataset } = await import('./page.mjs');

/** What stands beside an error: every line has the same keys. */
const nothing = {
  format: null,
  container: null,
  encoding: null,
  task: null,
  rows: 0,
  left_out: 0,
  left_out_reasons: {},
  fields: { text: [], label: null, together: null, split: null },
  offered: { label: [], text: [], together: [], split: [] },
  doubt: null,
  why: null,
  labels: {},
  findings: [],
};

const { url, close } = await serve();
const context = await launch({ webgpu: false });
const { page } = await openPage(context, url);
let status = 0;
for (const file of files) {
  let line;
  try {
    line = { file, ...describe(await readDataset(page, await importFile(page, resolve(file), { timeout: 600_000 }))) };
  } catch (error) {
    line = { file, ...nothing, error: wordsOf(error, file) };
    status = 1;
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
await context.close();
await close();
process.exit(status);

/** What the page said; a path that leads nowhere never reached it. */
function wordsOf(error, file) {
  return error.code === 'ENOENT' ? `There is no file ${file}.` : error.message;
}

/** A data set's current version in the words of this command. */
function describe(dataset) {
  const version = dataset.versions.find(({ number }) => number === dataset.currentVersion);
  const { mapping, reading } = version;
  const offered = reading?.offered;
  return {
    format: version.format,
    container: mapping.container,
    encoding: reading?.encoding ?? 'UTF-8',
    task: dataset.task,
    rows: version.rowCount,
    left_out: version.leftOut,
    left_out_reasons: byName(version.leftOutReasons ?? [], 'id'),
    fields: {
      text: mapping.textFields,
      label: mapping.targetField || null,
      together: mapping.togetherField ?? null,
      split: mapping.splitField ?? null,
    },
    offered: {
      label: offered?.label ?? [],
      text: offered?.text ?? [],
      together: offered?.together ?? [],
      split: offered?.split ?? [],
    },
    doubt: reading?.doubt ?? null,
    why: reading?.why ?? null,
    labels: byName(version.labels, 'label'),
    findings: version.findings.map(({ id, severity, count, title, detail }) => {
      return { id, severity, count, message: `${title}. ${detail}` };
    }),
    error: null,
  };
}

/** `{name: count}`, whatever the names: a label may be called `__proto__`. */
function byName(list, key) {
  const counts = Object.create(null);
  for (const entry of list) counts[entry[key]] = entry.count;
  return counts;
}
