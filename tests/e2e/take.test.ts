/** A run of written answers, trained on a tiny decoder and taken away: the file that a person gets, and nothing left behind. */
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, start, untilFinished } from '../../scripts/page.mjs';
import { bytesSource } from '../../src/core/formats/byte-source';
import { readOwnModel } from '../../src/core/models/read-own-model';
import { openSite, type Site } from '../helpers/site';
import { tinyWriterFiles } from '../helpers/tiny-writer';
import { unzipped } from '../helpers/unzipped';

const ID = 'SmolLM2-135M-Instruct';
const NAMES = ['ann', 'bob', 'cay', 'dan', 'eve', 'fay', 'gus', 'hal', 'ivy', 'jon', 'kim', 'lou', 'may', 'ned', 'ona'];
let site: Site;

beforeAll(async () => {
  site = await openSite({ serviceWorkers: 'block', webgpu: false });
  const { context, page, folder } = site;
  const files = tinyWriterFiles();
  await context.route(`**/models/${ID}/*`, (route) => {
    const bytes = files.get(route.request().url().replace(/.*\//, ''));
    return bytes ? route.fulfill({ body: Buffer.from(bytes) }) : route.fulfill({ status: 404 });
  });
  const rows = NAMES.map((name) => JSON.stringify({ prompt: `hi ${name}`, completion: `yo ${name}` }));
  const file = join(folder, 'voices.jsonl');
  writeFileSync(file, rows.join('\n'));
  const datasetId = await importFile(page, file);
  await configure(page, datasetId, { backend: 'wasm', model: ID, more: { nEpochs: 2, rank: 2 } });
  const runId = await start(page);
  await untilFinished(page, runId, { timeout: 120_000 });
  await page.goto(`${site.url}#/report/${runId}`);
  await page.getByRole('link', { name: 'Take it with you' }).click();
  await page.getByRole('heading', { level: 1, name: 'Take it with you' }).waitFor();
}, 240_000);
afterAll(() => site?.close());

const row = (title: string) => site.page.getByRole('row', { name: title });

/** Files to take away that lie in the page's own storage. */
const kept = (): Promise<string[]> =>
  site.page.evaluate(async () => {
    const names: string[] = [];
    const root = await navigator.storage.getDirectory();
    for await (const [place, folder] of root.entries()) {
      if (!(folder instanceof FileSystemDirectoryHandle)) continue;
      names.push(place);
      for await (const name of folder.keys()) names.push(`${place}/${name}`);
    }
    return names;
  });

test('Save gives a zip whose model other readers read, with licence and proof; the screen says how it was proved', async () => {
  const { page, folder } = site;
  const coming = page.waitForEvent('download');
  // By the keyboard.
  await page.getByRole('button', { name: 'Save GGUF, Q8_0' }).focus();
  await page.keyboard.press('Enter');
  const download = await coming;
  const path = join(folder, 'taken.zip');
  await download.saveAs(path);
  expect(download.suggestedFilename()).toBe('voices-adapter-run-1-gguf-q8_0.zip');
  await expect(row('GGUF, Q8_0').innerText()).resolves.toMatch(/Same (answers|within rounding)/);
  const entries = unzipped(new Uint8Array(readFileSync(path)));
  const files = new Map([...entries].map(([name, bytes]) => [name.replace(/^[^/]+\//, ''), bytes]));
  expect([...files.keys()]).toEqual([
    ...['voices-adapter-run-1.gguf', 'Modelfile', 'README.md', 'LICENSE', 'NOTICE', 'parity.json'],
  ]);
  const gguf = files.get('voices-adapter-run-1.gguf') ?? expect.fail('There is no GGUF.');
  const model = await readOwnModel('taken', [bytesSource('taken.gguf', gguf)]);
  expect(model.tensors.some(({ dtype }) => dtype === 'q8_0')).toBe(true);
  const parity = JSON.parse(new TextDecoder().decode(files.get('parity.json'))) as { same: boolean; rows: unknown[] };
  expect(parity.same).toBe(true);
  expect(parity.rows.length).toBeGreaterThan(5);
  await page.getByRole('button', { name: 'Code for GGUF, Q8_0' }).click();
  await expect(page.locator('.opened pre.code').innerText()).resolves.toContain('ollama create voices-adapter-run-1');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});

test('a full disk says what to do and keeps nothing; with room again the same button writes it', async () => {
  const { page, context } = site;
  const before = await kept();
  const session = await context.newCDPSession(page);
  const { origin } = new URL(site.url);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  await page.getByRole('button', { name: 'Save PEFT adapter folder' }).click();
  await row('PEFT adapter folder').getByText('Not written', { exact: true }).waitFor();
  await page.getByText(/Nothing of it was kept, and the run is as it was. Free space on the disk/).waitFor();
  expect(await kept()).toEqual(before);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save PEFT adapter folder' }).click();
  expect((await coming).suggestedFilename()).toBe('voices-adapter-run-1-peft.zip');
});

test('handed over it is a folder of its rows; the report that comes back is told from data and stands beside the run', async () => {
  const { page, folder } = site;
  const coming = page.waitForEvent('download');
  await page.getByRole('radio', { name: /Ray Train/ }).check();
  await page.getByRole('button', { name: 'Save folder' }).click();
  const download = await coming;
  const path = join(folder, 'handed.zip');
  await download.saveAs(path);
  await page.getByText(/^\d+ files, \d+ rows and \d+ rows held out, split as in the run$/).waitFor();
  const files = [...unzipped(new Uint8Array(readFileSync(path))).keys()].map((name) => name.replace(/^[^/]+\//, ''));
  expect(files).toEqual(
    expect.arrayContaining(['data/train.jsonl', 'data/validation.jsonl', 'settings.json', 'train.py', 'ray_train.py']),
  );
  const runId = page.url().replace(/.*\//, '');
  await page.goto(`${site.url}#/report/${runId}`);
  const saved = page.waitForEvent('download');
  await page.locator('[data-download=json]').click();
  await (await saved).saveAs(join(folder, 'own.json'));
  const own = JSON.parse(readFileSync(join(folder, 'own.json'), 'utf8')) as object;
  const elsewhere = { trainer: 'Ray Train', run: { id: runId, name: 'Run 1' }, processes: 2, versions: {} };
  const back = JSON.stringify({ ...own, backend: 'torch', elsewhere });
  await page.goto(`${site.url}#/data`);
  for (const [name, text] of [
    ['cut.json', back.slice(0, 2000)],
    ['report.json', back],
  ] as const) {
    writeFileSync(join(folder, name), text);
    await page.locator('input[name=data-file]').setInputFiles(join(folder, name));
    if (name === 'cut.json') await page.getByText(/is not whole JSON/).waitFor();
  }
  await page.getByRole('heading', { name: 'Beside the run in this browser' }).waitFor();
  await expect(page.getByRole('row', { name: /^chrF/ }).innerText()).resolves.toMatch(/0\.0$/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await page.goto(`${site.url}#/runs`);
  await page.getByText(/^from elsewhere: Adapter/).waitFor();
  await page.goto(`${site.url}#/take/${runId}`);
  await page.getByRole('heading', { level: 1, name: 'Take it with you' }).waitFor();
});

test('the next page clears what this one leaves, and nothing was sent anywhere', async () => {
  const { page, seen } = site;
  const own = await kept();
  expect(own.filter((name) => name.endsWith('.zip'))).toHaveLength(3);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Take it with you' }).waitFor();
  await expect.poll(kept).toEqual([]);
  expect(
    seen.requests.filter(({ method, url }) => method !== 'GET' || !/^(blob:)?http:\/\/localhost/.test(url)),
  ).toEqual([]);
  expect(seen.errors).toEqual([]);
});
