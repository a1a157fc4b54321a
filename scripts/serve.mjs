/**
 * A plain static server for the built folder: what any static host does, nothing more. Used by `npm start`,
 * the end-to-end tests and `npm run job`, so that all three see what a visitor would.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { root } from './setup.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/x-ndjson; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Serves `folder` beneath `base` («/» or «/some/path/»). `port` 0 takes a free one; a taken port moves on to the next.
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>}
 */
export async function serve({ folder = join(root, 'dist'), port = 0, base = '/' } = {}) {
  const server = createServer((request, response) => {
    const refuse = (status) => response.writeHead(status, { 'content-type': 'text/plain' }).end(String(status));
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
    const path = pathOf(request.url ?? '/');
    if (path === null) return refuse(400);
    if (!path.startsWith(base)) return refuse(404);
    let name = path.slice(base.length);
    if (name === '' || name.endsWith('/')) name += 'index.html';
    const file = normalize(join(folder, name));
    if (!file.startsWith(folder + sep)) return refuse(403);
    stat(file).then(
      (found) => {
        if (!found.isFile()) return refuse(404);
        response.writeHead(200, {
          'content-type': types[extname(file)] ?? 'application/octet-stream',
          'content-length': found.size,
          'cache-control': 'no-cache',
        });
        if (request.method === 'HEAD') return response.end();
        createReadStream(file).pipe(response);
      },
      () => refuse(404),
    );
  });
  const listen = (at) =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve(server.address().port);
      });
    });
  let chosen = null;
  for (let at = port; chosen === null; at = at === 0 ? 0 : at + 1) {
    try {
      chosen = await listen(at);
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || at === 0 || at > port + 20) throw error;
    }
  }
  return {
    url: `http://localhost:${chosen}${base}`,
    port: chosen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The path that is asked for, decoded; null for an address that is none («/%», «//»). */
function pathOf(address) {
  try {
    return decodeURIComponent(new URL(address, 'http://localhost').pathname);
  } catch {
    return null;
  }
}
