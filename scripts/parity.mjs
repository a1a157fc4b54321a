/**
 * `npm run parity [-- tokenizer|minilm|e5|smollm2|metrics]`: our numbers against reference numbers, one line each; with
 * `--full` all steps of what has many.
 * A part is a module under scripts/parity whose `run()` gives lines, all at once or one by one; it is listed here.
 * Exits with 1 when a line falls short or a part cannot run.
 */
import { openTypeScript } from './typescript.mjs';

const PARTS = {
  tokenizer: ['tokenizer', 'smollm2-tokenizer'],
  minilm: ['minilm-wasm', 'minilm-webgpu'],
  e5: ['e5-tokenizer', 'e5-wasm', 'e5-webgpu'],
  smollm2: ['smollm2-wasm', 'smollm2-webgpu', 'smollm2-lora'],
  metrics: ['metrics'],
};

const asked = process.argv.slice(2).filter((argument) => argument !== '--full');
const unknown = asked.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Choose from ${Object.keys(PARTS).join(', ')}, or none for all.`);
  process.exit(2);
}

const vite = await openTypeScript();
let failed = 0;
for (const part of asked.length > 0 ? asked : Object.keys(PARTS)) {
  for (const name of PARTS[part]) {
    try {
      const { run } = await vite.ssrLoadModule(`/scripts/parity/${name}.ts`);
      for await (const line of await run()) print(line);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name} could not run: ${error instanceof Error ? error.stack : error}`);
    }
  }
}
await vite.close();
if (failed > 0) console.log(`\n${failed} fell short.`);
process.exit(failed > 0 ? 1 : 0);

function print({ name, reference, difference, tolerance, ok }) {
  if (!ok) failed++;
  const figures = `largest difference ${difference.toExponential(1)}, tolerance ${tolerance.toExponential(0)}`;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(68)} ${reference.padEnd(24)} ${figures}`);
}
