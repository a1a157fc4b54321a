import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve } from '../../scripts/serve.mjs';

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hone-serve-'));
  const site = join(folder, 'site');
  mkdirSync(site);
  writeFileSync(join(site, 'index.html'), '<h1>Hone</h1>');
  writeFileSync(join(folder, 'outside.txt'), 'secret');
  server = await serve({ folder: site, base: '/some/path/' });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Asks as a socket does: fetch would tidy the path first. */
const status = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: server.port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });

test('the page is served beneath its base, with its type', async () => {
  const response = await fetch(server.url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/html');
});

test('an address that is none is refused, and the server lives on', async () => {
  expect(await status('/some/path/%')).toBe(400);
  expect(await status('//')).toBe(400);
  expect(await status('/some/path/')).toBe(200);
});

test('nothing outside the folder is served', async () => {
  expect(await status('/some/path/..%2foutside.txt')).toBe(403);
  expect(await status('/other')).toBe(404);
});
