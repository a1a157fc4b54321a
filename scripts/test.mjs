/**
 * `npm test`: everything that must be true before a change lands, from a fresh clone: format, types, lint, unit
 * tests, tests in a real browser, the build, and journeys through the built page. Ends with one line made from the
 * runners' own counts. All stages run, so that one failure does not hide another.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureChromium, ensureLavapipe, ensurePackages, root } from './setup.mjs';

ensurePackages();
process.env.CHROME_PATH = ensureChromium();
ensureLavapipe();

const results = mkdtempSync(join(tmpdir(), 'hone-test-'));
let passed = 0;
let failed = 0;
const broken = [];
/** What failed, said once more at the very end: of a long log only the end may be kept. */
const failures = [];

const shell = process.platform === 'win32';

function stage(name, command, args) {
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  ended(name, status, startedAt);
}

function ended(name, status, startedAt) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (status !== 0) broken.push(name);
}

/** Stages that need nothing of each other, as many at a time as there are processors; what each prints stays together. */
async function stages(all) {
  const waiting = [...all];
  const takeTurns = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, command, args] = next;
      const startedAt = Date.now();
      const printed = [];
      const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell });
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => printed.push(bytes));
      const status = await new Promise((resolve) => {
        child.on('error', (error) => {
          printed.push(Buffer.from(`${error.message}\n`));
          resolve(null);
        });
        child.on('close', resolve);
      });
      console.log(`\n── ${name}`);
      process.stdout.write(Buffer.concat(printed));
      ended(name, status, startedAt);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, takeTurns));
}

function tests(project) {
  const file = join(results, `${project}.json`);
  stage(`tests: ${project}`, 'npx', [
    ...['vitest', 'run', '--project', project, '--reporter=default'],
    ...['--reporter=json', `--outputFile.json=${file}`],
  ]);
  try {
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    passed += counts.numPassedTests;
    failed += counts.numFailedTests;
    for (const file of counts.testResults) {
      const those = file.assertionResults.filter(({ status }) => status === 'failed');
      for (const { fullName, failureMessages } of those) failures.push([project, file, fullName, failureMessages[0]]);
      if (file.status === 'failed' && those.length === 0) failures.push([project, file, 'did not load', file.message]);
    }
    // A file that could not even be loaded has no failed test of its own; it must not pass unseen.
    if (!counts.success && counts.numFailedTests === 0) failed += Math.max(1, counts.numFailedTestSuites);
    const skipped = counts.numPendingTests + counts.numTodoTests;
    if (skipped > 0) broken.push(`${skipped} skipped in ${project}`);
    if (counts.numTotalTests === 0) broken.push(`no test in ${project}`);
  } catch (error) {
    console.error(`No counts from ${project}: ${error.message}`);
    failed += 1;
  }
}

const typed = ['src/core', 'src/engine', 'src/worker', 'src/service', 'tsconfig.node.json'];
await stages([
  // What takes longest first.
  ['lint', 'npx', ['eslint', '.', '--max-warnings', '0']],
  ['types: page', 'npx', ['svelte-check', '--tsconfig', 'tsconfig.json', '--fail-on-warnings']],
  ...typed.map((config) => [`types: ${config}`, 'npx', ['tsc', '-p', config]]),
  ['format', 'npx', ['prettier', '--check', '.']],
]);
tests('unit');
tests('browser');
stage('build', 'npx', ['vite', 'build']);
tests('e2e');

rmSync(results, { recursive: true, force: true });
for (const [project, { name }, title, message] of failures) {
  console.error(`\nFailed: ${project} ${relative(root, name)} › ${title}\n${String(message).slice(0, 1000)}`);
}
if (broken.length > 0) console.error(`\nNot in order: ${broken.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && broken.length === 0 ? 0 : 1);
