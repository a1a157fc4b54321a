/** The CPU path on more than one core: helpers are workers of the training worker, and bound by the page's policy too. */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configure, importFile, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** The workers that run as `name`; one that is busy answers late. */
async function workersOf(name: string) {
  const workers = site.page.workers();
  const names = await Promise.all(workers.map((worker) => worker.evaluate(() => self.name).catch(() => 'gone')));
  return workers.filter((_, i) => names[i] === name);
}

test('texts are read on several cores, by workers that may ask nobody else', async () => {
  const cores = await site.page.evaluate(() => navigator.hardwareConcurrency);
  expect(cores, 'this test needs two cores').toBeGreaterThan(1);
  const heard: string[] = [];
  const elsewhere = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('heard');
  });
  await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
  const address = elsewhere.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  try {
    const id = await importFile(site.page, resolve('public/samples/support-tickets.jsonl'));
    await configure(site.page, id, { method: 'features', backend: 'wasm', folds: 2 });
    const runId = await start(site.page);
    await expect.poll(async () => (await workersOf('pool')).length, { timeout: 60_000 }).toBeGreaterThan(0);
    for (const worker of await workersOf('pool')) {
      const refused = await worker.evaluate(
        (target) =>
          fetch(target).then(
            () => false,
            () => true,
          ),
        url,
      );
      expect(refused).toBe(true);
    }
    expect(heard).toEqual([]);
    expect(await untilFinished(site.page, runId, { timeout: 240_000 })).toBe('succeeded');
    expect(await workersOf('pool')).toEqual([]);
    expect(site.seen.errors).toEqual([]);
    // The refusals above are all that was said.
    expect(site.seen.consoleErrors.filter((text) => !text.includes(url))).toEqual([]);
  } finally {
    elsewhere.closeAllConnections();
    elsewhere.close();
  }
});
