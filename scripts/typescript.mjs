/** The project's TypeScript for scripts in Node: `ssrLoadModule('/src/…')` of what this gives, then `close()`. */
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { allowRelaxedSimd } from './relaxed-simd.mjs';

/** Vite reads the modules; no server listens. `more` is added to its settings. */
export function openTypeScript(more = {}) {
  // As in Chromium, for figures of the engine to be those of the page.
  allowRelaxedSimd();
  return createServer({
    configFile: false,
    root: fileURLToPath(new URL('..', import.meta.url)),
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    logLevel: 'error',
    ...more,
  });
}
