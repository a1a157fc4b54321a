/**
 * The service worker of a built folder: its code with the list of the files and their hashes in it, as one file beside
 * index.html. Part of the build (vite.config.ts); the end-to-end tests call it on folders that they changed.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'vite';
import { root } from './setup.mjs';

export const SERVICE_WORKER = 'service-worker.js';

/** What the service worker keeps of a folder: all but itself and the models, which are kept where they are verified. */
export function keptFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== SERVICE_WORKER && !path.startsWith('models/'))
    .sort()
    .map((path) => {
      const bytes = readFileSync(join(folder, path));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      // Asked for as its folder: many hosts answer index.html itself with a redirect.
      return { path: path === 'index.html' ? '' : path, bytes: bytes.length, sha256 };
    });
}

/** Writes `service-worker.js` into a built folder. */
export async function writeService(folder) {
  const files = keptFiles(folder);
  const name = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    define: { HONE_BUILD: JSON.stringify({ build: name, files }) },
    build: {
      target: 'es2022',
      outDir: folder,
      emptyOutDir: false,
      lib: {
        entry: join(root, 'src/service/service-worker.ts'),
        // Not a module: Firefox takes those as service workers only since 147.
        formats: ['iife'],
        name: 'honeService',
        fileName: () => SERVICE_WORKER,
      },
    },
  });
}
