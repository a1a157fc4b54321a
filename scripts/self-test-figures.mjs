/**
 * `node scripts/self-test-figures.mjs`: computes the numbers that every GPU is tested against (WebAssembly, which
 * `npm run parity` holds to PyTorch) and writes them to src/engine/device/self-test-figures.ts. To be run when the
 * self-test itself changes, and never because a device differs from it.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
// Vite reads the TypeScript; no server listens.
const vite = await createServer({
  configFile: false,
  root,
  appType: 'custom',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  logLevel: 'error',
});
try {
  const { initBackend } = await vite.ssrLoadModule('/src/engine/device/select.ts');
  const { computeFigures } = await vite.ssrLoadModule('/src/engine/device/self-test.ts');
  await initBackend('wasm');
  const lines = Object.entries(await computeFigures()).map(
    ([name, value]) => `  '${name}': ${Number(value.toPrecision(8))},`,
  );
  writeFileSync(
    new URL('../src/engine/device/self-test-figures.ts', import.meta.url),
    [
      '/** What the self-test has to come to; written by scripts/self-test-figures.mjs. */',
      "import type { Figures } from './self-test';",
      '',
      'export const SELF_TEST_FIGURES: Figures = {',
      ...lines,
      '};',
      '',
    ].join('\n'),
  );
} finally {
  await vite.close();
}
