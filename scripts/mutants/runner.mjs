/**
 * Runs tests for a mutation run. First as they are, noting which faults each one runs through and how long it takes; then
 * each again for every fault that it runs through and that no other has caught, with this fault switched on.
 * What to do stands in the file named by HONE_MUTANTS; what was found is appended to the journal that it names.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { TestRunner } from 'vitest';

// One counter-example will do; the smallest is not looked for.
fc.configureGlobal({ endOnFailure: true });

const task = JSON.parse(readFileSync(process.env.HONE_MUTANTS, 'utf8'));

/** One per thread, whatever is loaded again in it. */
const state = (globalThis.__mutants ??= {
  active: 0,
  hits: new Map(),
  turns: 0,
  most: Infinity,
  caught: new Set(),
  memories: [],
});
// While files are read: what runs then is no test's.
state.active = task.active ?? 0;
globalThis.__fault = (id) => {
  if (state.active !== 0) return id === state.active;
  state.hits.set(id, (state.hits.get(id) ?? 0) + 1);
  return false;
};
globalThis.__turn = () => {
  if (++state.turns > state.most) throw new Error('This fault goes round for ever.');
};
globalThis.__memory = (first, last, own) => {
  state.memories.push({ first, last, own });
  return own;
};

const note = (entry) => appendFileSync(task.journal, `${JSON.stringify(entry)}\n`);

export default class extends TestRunner {
  #queue = [];
  #startedMs = 0;
  #before = 0;

  onBeforeRunFiles() {
    if (task.mode === 'look') this.#noteLoaded();
  }

  async onBeforeRunTask(test) {
    await super.onBeforeRunTask(test);
    if (task.mode === 'loaded' && (!task.tests[test.id] || state.caught.has(task.active))) test.mode = 'skip';
    if (task.mode !== 'try') return;
    this.#queue = (task.tests[test.id]?.faults ?? []).filter((id) => !state.caught.has(id));
    if (this.#queue.length === 0) test.mode = 'skip';
    else test.repeats = this.#queue.length - 1;
  }

  onBeforeTryTask(test) {
    super.onBeforeTryTask(test);
    if (task.mode === 'look') {
      this.#noteLoaded();
      state.turns = 0;
      this.#startedMs = performance.now();
    }
    if (task.mode === 'try') {
      const { turns } = task.tests[test.id];
      const before = this.#before;
      this.#before = state.active = this.#queue.shift() ?? 0;
      // What was remembered of a file with a fault in it, or is to be asked of one.
      const holds = ({ first, last }, id) => id >= first && id <= last;
      for (const memory of state.memories) {
        if (holds(memory, before) || holds(memory, state.active)) memory.own.clear();
      }
      state.turns = 0;
      state.most = 8 * turns + 10_000;
    }
  }

  async runTask(test) {
    const run = TestRunner.getTestFn(test);
    if (task.mode === 'look') return run();
    const fault = state.active;
    if (fault === 0 || state.caught.has(fault)) return;
    if (task.mode === 'try') note({ trying: fault });
    try {
      await inTime(run(), 3000 + 10 * task.tests[test.id].ms);
    } catch (error) {
      this.#catch(test, error);
    } finally {
      if (task.mode === 'try') {
        note({ tried: fault });
        state.active = 0;
      }
      state.most = Infinity;
    }
  }

  #catch(test, error) {
    state.caught.add(state.active);
    note({ caught: state.active, test: test.name, how: String(error?.message ?? error).slice(0, 80) });
  }

  onTaskFinished(test) {
    // Still on: what runs before each test has failed, and the test was not come to.
    if (task.mode === 'try' && state.active !== 0) this.#catch(test, 'before the test');
    if (task.mode !== 'look') return;
    const ms = performance.now() - this.#startedMs;
    note({ test: test.id, file: test.file.filepath, ms, turns: state.turns, faults: [...state.hits.keys()] });
    state.hits.clear();
  }

  /** What ran outside of tests is decided when a file is read: switching it on later changes nothing. */
  #noteLoaded() {
    if (state.hits.size > 0) note({ loaded: [...state.hits.keys()] });
    state.hits.clear();
  }
}

async function inTime(work, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('No end in sight.')), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
