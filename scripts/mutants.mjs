/**
 * `npm run mutants -- FOLDER…`: puts small faults into the files of folders of `src`, one at a time, and looks whether a
 * test fails for each. Prints what no test has caught, with file and line, and the share caught.
 *
 *   --tests A,B    folders or files of tests to run, beside those in the mirrored folder of `tests`
 *   --slowest MS   no test that takes longer by itself is run again for every fault; 3,000 where nothing is said
 *   --sample N     only N faults, drawn at random, the same each time
 *   --json FILE    everything, for another program
 *
 * All faults of a file are put into it at once, each behind a switch, and every test is run again for each fault that it
 * runs through, in one process (scripts/mutants/). A fault that does not compile is none; one that changes nothing that can
 * be seen is marked in scripts/mutants/equivalent.json, with the reason.
 */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plant } from './mutants/plant.mjs';
import { tryFaults } from './mutants/try.mjs';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tests: { type: 'string', default: '' },
    slowest: { type: 'string' },
    sample: { type: 'string' },
    json: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error('Which folder? For example: npm run mutants -- src/core/metrics');
  process.exit(2);
}

const started = performance.now();
const say = (text) => console.log(`${String(Math.round((performance.now() - started) / 1000)).padStart(4)} s  ${text}`);
const files = positionals.flatMap((path) => filesIn(resolve(root, path))).filter((file) => file.endsWith('.ts'));
const { faults, equivalent, invalid, texts } = plant(root, files, values.sample && Number(values.sample));
say(
  `${faults.length} faults in ${files.length} files; ${invalid} more do not compile, ${equivalent.length} are marked`,
);
const { caught, seen } = await tryFaults({
  root,
  faults,
  texts,
  tests: tests(),
  slowest: values.slowest && Number(values.slowest),
  say,
});

const survived = faults.filter(({ id }) => !caught.has(id));
for (const { where, line, column, name, id } of survived) {
  console.log(`${where}:${line}:${column}  ${name}${seen.has(id) ? '' : '  (no test runs through it)'}`);
}
const share = faults.length === 0 ? 1 : caught.size / faults.length;
say(`${caught.size} of ${faults.length} caught, ${(100 * share).toFixed(1)} %; ${survived.length} survived`);
if (values.json !== undefined) {
  const plain = ({ where, line, column, name }) => ({ file: where, line, column, fault: name });
  const all = faults.map((fault) => ({ ...plain(fault), caughtBy: caught.get(fault.id)?.test ?? null }));
  writeFileSync(
    values.json,
    JSON.stringify({ share, invalid, faults: all, equivalent: equivalent.map(plain) }, null, 1),
  );
}
process.exit(0);

function filesIn(path) {
  if (!existsSync(path)) throw new Error(`There is no ${path}.`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Tests in the mirrored folders, and those asked for. */
function tests() {
  const mirrored = positionals.map((path) => path.replace(/^src/, 'tests').replace(/\.ts$/, '.test.ts'));
  const asked = values.tests.split(',').filter(Boolean);
  const paths = [...mirrored.filter((path) => existsSync(resolve(root, path))), ...asked];
  const chosen = paths.flatMap((path) => filesIn(resolve(root, path))).filter((path) => path.endsWith('.test.ts'));
  if (chosen.length === 0) throw new Error(`There are no tests in ${mirrored.join(', ')}; name some with --tests.`);
  return [...new Set(chosen)];
}
