/**
 * WebGPU end to end, in software (right and slow, so few and short rows): the same run on both backends gives the same
 * answers; a browser without one says so. (A GPU that is lost: breaking.test.ts.)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, saveReport, start, untilFinished } from '../../scripts/page.mjs';
import { parseReport } from '../../src/core/report/parse-report';
import { openSite, type Site } from '../helpers/site';
import { classificationReport } from '../helpers/classification-report';

const rows = ['refund', 'delivery'].flatMap((label) =>
  readFileSync('public/samples/support-tickets.jsonl', 'utf8')
    .trim()
    .split('\n')
    .filter((line) => JSON.parse(line).label === label)
    .sort((a, b) => a.length - b.length)
    .slice(0, 8),
);

let site: Site;
let datasetId: string;
beforeAll(async () => {
  site = await openSite();
  const file = join(site.folder, 'short.jsonl');
  writeFileSync(file, rows.join('\n'));
  datasetId = await importFile(site.page, file);
});
afterAll(() => site?.close());

async function run(backend: 'webgpu' | 'wasm', choices: Record<string, unknown>) {
  await configure(site.page, datasetId, { backend, folds: 2, ...choices });
  const runId = await start(site.page);
  await untilFinished(site.page, runId, { timeout: 540_000 });
  const file = join(site.folder, `${runId}.json`);
  await saveReport(site.page, runId, 'json', file);
  return classificationReport(parseReport(JSON.parse(readFileSync(file, 'utf8'))));
}

test('features made on WebGPU answer as those made on WebAssembly do', async () => {
  const gpu = await run('webgpu', { method: 'features' });
  const cpu = await run('wasm', { method: 'features' });
  expect(gpu.backend).toBe('webgpu');
  expect(cpu.backend).toBe('wasm');
  expect(gpu.device.software).toBe(true);
  const confidences = (report: typeof gpu) => report.out_of_fold.predictions.map(({ confidence }) => confidence);
  const [a, b] = [confidences(gpu), confidences(cpu)];
  expect(a).toHaveLength(16);
  for (const [i, confidence] of a.entries()) expect(Math.abs(confidence - (b[i] ?? 2))).toBeLessThan(1e-3);
});

test('the top layer is trained on WebGPU, in the page', async () => {
  const report = await run('webgpu', { method: 'top-layers', layers: 1, nEpochs: 1, batchSize: 8 });
  expect(report.status).toBe('complete');
  const losses = report.curve.flatMap(({ train_loss }) => (train_loss === null ? [] : [train_loss]));
  expect(losses.length).toBeGreaterThanOrEqual(2);
  expect(losses.every((loss) => Number.isFinite(loss) && loss > 0)).toBe(true);
});

test('a browser without WebGPU says so and offers the processor', async () => {
  const other = await openSite({ webgpu: false });
  try {
    await expect.poll(() => other.page.locator('main').innerText(), { timeout: 30_000 }).toMatch(/WebGPU|GPU/);
    const file = join(other.folder, 'short.jsonl');
    writeFileSync(file, rows.join('\n'));
    const id = await importFile(other.page, file);
    await configure(other.page, id, { method: 'features' });
    expect(await other.page.locator('select[name="backend"]').inputValue()).toBe('wasm');
    await expect.poll(() => other.page.locator('main').innerText()).toMatch(/processor|WebAssembly/);
  } finally {
    await other.close();
  }
});
