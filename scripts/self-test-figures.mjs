/**
 * `node scripts/self-test-figures.mjs`: computes the numbers that every GPU is tested against (WebAssembly, which
 * `npm run parity` holds to PyTorch) and writes them to src/engine/proof/*self-test-figures.ts. To be run when the
 * self-test itself changes, and never because a device differs from it.
 */
import { writeFileSync } from 'node:fs';
import { openTypeScript } from './typescript.mjs';

const vite = await openTypeScript();
try {
  const { initBackend } = await vite.ssrLoadModule('/src/engine/device/select.ts');
  const { collected, figuresInTurn } = await vite.ssrLoadModule('/src/engine/proof/self-test.ts');
  const { generationFigures } = await vite.ssrLoadModule('/src/engine/proof/generation-figures.ts');
  await initBackend('wasm');
  write('self-test-figures', 'SELF_TEST_FIGURES', await collected(figuresInTurn()));
  write('generation-self-test-figures', 'GENERATION_FIGURES', await collected(generationFigures()));
} finally {
  await vite.close();
}

function write(file, name, figures) {
  const lines = Object.entries(figures).map(([key, value]) => `  '${key}': ${Number(value.toPrecision(8))},`);
  writeFileSync(
    new URL(`../src/engine/proof/${file}.ts`, import.meta.url),
    [
      '/** What the self-test has to come to; written by scripts/self-test-figures.mjs. */',
      `export const ${name}: Record<string, number> = {`,
      ...lines,
      '};',
      '',
    ].join('\n'),
  );
}
