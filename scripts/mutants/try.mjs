/** Tries faults: the tests as they are, then each again for the faults it runs through, quick ones first. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVitest } from 'vitest/node';

/** Tests that take longer are asked only about what the quicker ones have not caught; beyond `slowest`, not at all. */
const ROUNDS_MS = [50, 400];

/** Fault id → the test that caught it; `seen`: faults that some test runs through. */
export async function tryFaults({ root, faults, texts, tests, slowest = 3000, say }) {
  const folder = mkdtempSync(join(tmpdir(), 'hone-mutants-'));
  const [order, journal] = [join(folder, 'order.json'), join(folder, 'journal.jsonl')];
  process.env['HONE_MUTANTS'] = order;
  // Each repetition of a test listens to its signal once more.
  process.env['NODE_NO_WARNINGS'] = '1';
  // The files of the house without its settings: a project there takes no more plugins.
  const faulty = { name: 'faults', enforce: 'pre', load: (id) => texts.get(id.split('?')[0]) };
  const resolve = { dedupe: ['@tensorflow/tfjs-core'] };
  const vitest = await createVitest('test', optionsOf(root), { plugins: [faulty], resolve });
  const caught = new Map();
  const run = async (files, task) => {
    writeFileSync(order, JSON.stringify({ ...task, journal }));
    writeFileSync(journal, '');
    const project = vitest.projects[0];
    const { unhandledErrors, testModules } = await vitest.runTestSpecifications(
      files.map((file) => project.createSpecification(file)),
    );
    const found = readFileSync(journal, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    for (const entry of found) if (entry.caught !== undefined) caught.set(entry.caught, entry);
    return { found, testModules, unhandledErrors };
  };
  try {
    const { found, testModules } = await run(tests, { mode: 'look' });
    const broken = testModules.filter((module) => !module.ok());
    if (broken.length > 0) throw new Error(`These tests fail as they are: ${broken.map(({ moduleId }) => moduleId)}`);
    const loaded = new Set(found.flatMap((entry) => entry.loaded ?? []));
    const seen = new Set([...loaded, ...found.flatMap((entry) => entry.faults ?? [])]);
    const looked = found.filter(({ test, ms }) => test !== undefined && ms !== undefined);
    say(`${looked.length} tests run through ${seen.size} of ${faults.length} faults`);
    let from = 0;
    for (const to of [...ROUNDS_MS.filter((ms) => ms < slowest), slowest]) {
      const ofRound = ({ ms, faults: own }) => ms >= from && ms < to && own.some((id) => !caught.has(id));
      for (let round = looked.filter(ofRound); round.length > 0;) {
        const byId = Object.fromEntries(
          round.map(({ test, ms, turns, faults: own }) => [
            test,
            { ms, turns, faults: own.filter((id) => !caught.has(id)) },
          ]),
        );
        const fatal = deadly((await run(byTime(round), { mode: 'try', tests: byId })).found);
        if (fatal === undefined) break;
        // The process is gone, and with it what it had still to try.
        caught.set(fatal, { caught: fatal, test: 'the process ended' });
        round = looked.filter(ofRound);
      }
      from = to;
      say(`tests under ${to} ms: ${caught.size} caught`);
    }
    const quick = looked.filter(({ ms }) => ms < slowest);
    const files = byTime(quick);
    const timed = Object.fromEntries(quick.map(({ test, ms }) => [test, { ms }]));
    const left = [...loaded].filter((id) => !caught.has(id));
    for (const [i, active] of left.entries()) {
      const { testModules: modules } = await run(files, { mode: 'loaded', active, tests: timed });
      const fallen = modules.find((module) => module.errors().length > 0);
      if (fallen && !caught.has(active)) caught.set(active, { test: `${fallen.moduleId} cannot be read` });
      if (i % 20 === 19) say(`read with a fault: ${i + 1} of ${left.length}`);
    }
    return { caught, seen };
  } finally {
    await vitest.close();
    rmSync(folder, { recursive: true });
  }
}

/** The fault that was being tried when the process ended, for instance without memory; none where it lived on. */
function deadly(found) {
  const last = found.findLast((entry) => entry.trying !== undefined || entry.tried !== undefined);
  return last?.trying;
}

/** Files of the tests, those with the quickest first. */
function byTime(looked) {
  const sums = new Map();
  for (const { file, ms } of looked) sums.set(file, (sums.get(file) ?? 0) + ms);
  return [...sums.keys()].sort((a, b) => sums.get(a) - sums.get(b));
}

function optionsOf(root) {
  return {
    root,
    config: false,
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    watch: false,
    isolate: false,
    fileParallelism: false,
    maxWorkers: 1,
    pool: 'forks',
    runner: join(root, 'scripts/mutants/runner.mjs'),
    reporters: [{}],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  };
}
