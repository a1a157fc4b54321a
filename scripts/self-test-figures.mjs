/**
 * `node scripts/self-test-figures.mjs`: computes the numbers that every GPU is tested against (WebAssembly, which
 * `npm run parity` holds to PyTorch) and writes them to src/engine/proof/self-test-figures.ts. To be run when the
 * self-test itself changes, and never because a device differs from it.
 */
import { writeFileSync } from 'node:fs';
import { openTypeScript } from './typescript.mjs';

const vite = await openTypeScript();
try {
  const { initBackend } = await vite.ssrLoadModule('/src/engine/device/select.ts');
  const { computeFigures } = await vite.ssrLoadModule('/src/engine/proof/self-test.ts');
  await initBackend('wasm');
  const lines = Object.entries(await computeFigures()).map(
    ([name, value]) => `  '${name}': ${Number(value.toPrecision(8))},`,
  );
  writeFileSync(
    new URL('../src/engine/proof/self-test-figures.ts', import.meta.url),
    [
      '/** What the self-test has to come to; written by scripts/self-test-figures.mjs. */',
      'export const SELF_TEST_FIGURES: Record<string, number> = {',
      ...lines,
      '};',
      '',
    ].join('\n'),
  );
} finally {
  await vite.close();
}
