/**
 * How much memory the page takes while it writes a file to take away, reads it back and proves it: the private bytes of the
 * renderer that are in memory (Linux, /proc/PID/smaps_rollup), by phase. Prints one JSON.
 *
 *   node bench/take-memory.mjs [--format "ONNX, float32"] [--encoder minilm|e5] [--dist FOLDER]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from '../scripts/chromium.mjs';
import { encoderOf } from '../scripts/encoders.mjs';
import { configure, importFile, openPage, start, untilFinished } from '../scripts/page.mjs';
import { serve } from '../scripts/serve.mjs';
import { root } from '../scripts/setup.mjs';

const { values } = parseArgs({
  options: {
    format: { type: 'string', default: 'ONNX, float32' },
    encoder: { type: 'string', default: 'minilm' },
    dist: { type: 'string', default: join(root, 'dist') },
  },
});
const MB = 1e6;
const PATIENCE_MS = 600_000;

const folder = mkdtempSync(join(tmpdir(), 'hone-take-'));
const server = await serve({ folder: resolve(values.dist) });
const context = await launch({ userDataDir: join(folder, 'profile'), webgpu: false });
try {
  const { page } = await openPage(context, server.url);
  page.setDefaultTimeout(PATIENCE_MS);
  const datasetId = await importFile(page, join(root, 'public/samples/support-tickets.jsonl'));
  const encoder = encoderOf(values.encoder);
  await configure(page, datasetId, { backend: 'wasm', method: 'features', encoder, recipe: 'plain', folds: '2' });
  const runId = await start(page);
  await untilFinished(page, runId, { timeout: PATIENCE_MS });
  // Another document: what training held is not counted.
  await page.goto(`${server.url}#/take/${runId}`);
  await page.reload();
  const save = page.getByRole('button', { name: `Save ${values.format}`, exact: true });
  await save.waitFor();
  await page.waitForTimeout(3000);

  const before = resident();
  /** Most bytes above that, by the words that stand in the format's row. */
  const most = new Map();
  const startedAt = Date.now();
  const coming = page.waitForEvent('download');
  await save.click();
  const row = page.getByRole('row', { name: values.format });
  let arrived = null;
  void coming.then((download) => (arrived = download));
  while (arrived === null) {
    const words = await row.innerText();
    const phase = /Reading the model|Writing|Reading back|Proving/.exec(words)?.[0];
    if (phase) most.set(phase, Math.max(most.get(phase) ?? 0, resident() - before));
  }
  const bytes = statSync(await (await coming).path()).size;
  const phases = [...most].map(([phase, grown]) => [
    phase,
    { mb: rounded(grown / MB), of_file: rounded(grown / bytes) },
  ]);
  const figures = { format: values.format, file_mb: rounded(bytes / MB), before_mb: rounded(before / MB) };
  const seconds = rounded((Date.now() - startedAt) / 1000);
  console.log(JSON.stringify({ ...figures, seconds, most_above: Object.fromEntries(phases) }, null, 2));
} finally {
  await context.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function rounded(value) {
  return Math.round(value * 100) / 100;
}

/** Bytes of the renderers of the browser that was started here: the page with its workers. */
function resident() {
  let sum = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes('--type=renderer') || !command.includes(folder)) continue;
      const kilobytes = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+: +(\d+) kB/gm);
      for (const [, count] of kilobytes) sum += 1024 * Number(count);
    } catch (error) {
      // A process that ended meanwhile.
      if (!['ENOENT', 'ESRCH'].includes(error.code)) throw error;
    }
  }
  return sum;
}
