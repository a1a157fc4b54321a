/** A search on a bad day: paused and closed in every rung, stopped twice, odd rows, a second tab. */
import { expect, test } from 'vitest';
import type { Row } from '../../src/core/data/dataset';
import type { JobPorts } from '../../src/worker/job-ports';
import type { RunEvent } from '../../src/worker/protocol';
import { getRun } from '../../src/storage/runs';
import { finishInterrupted } from '../../src/worker/recover';
import { nodeCheckTools } from '../helpers/check-tools';
import { differingBits } from '../engine/fit/toy';
import { createHarness, type JobHarness, spamRows } from '../helpers/job';
import { ALL_RUNGS, asked, begun, finished, measured, nextStart, results } from '../helpers/search-run';

const messages = (harness: JobHarness): string[] =>
  harness.runEvents().flatMap((event) => (event.type === 'log' ? [event.entry.message] : []));

/** What is solved at once, a fold in milliseconds: nobody can pause in it. */
const AT_ONCE = ['label_names', 'tfidf_logistic_regression', 'features'];

/** Closes the tab in a rung: behind a step, once the run stands still; or behind a fold of what takes no steps. */
function closeIn(harness: JobHarness, rung: string): void {
  let [here, asked, closed] = [false, false, false];
  const hear = (event: RunEvent): void => {
    if (event.type === 'search') {
      const { now } = event.search;
      here = now?.rung === rung;
      closed ||= here && AT_ONCE.includes(rung) && now?.done === 1;
    } else if (event.type === 'progress' && here && !asked && !AT_ONCE.includes(rung) && event.progress.step > 0) {
      asked = true;
      harness.job.pause('run');
    } else if (event.type === 'state') {
      closed ||= event.state === 'paused';
    }
  };
  harness.onPost((event) => {
    if (event.type !== 'run') return;
    event.events.forEach(hear);
    if (!closed) return;
    harness.database.close();
    throw new Error('The tab is closed.');
  });
}

/** Rows whose labels are words that the tiny model knows, each the name of its rows. */
const named = (count: number): Row[] =>
  spamRows(count).map((row) => ({ ...row, target: row.target === 'spam' ? 'win' : 'lunch' }));

test('paused, closed and resumed in every rung, one after the other, it comes to the same report and weights, to the bit', async () => {
  const search = { budgetMs: null, measured: measured(...ALL_RUNGS) };
  const { choices } = asked(search);
  const wanted = asked(search, { choices: { ...choices, maxSteps: 4 } });
  const whole = await begun({}, named(48));
  await whole.job.start('q', wanted);
  const expected = await results(whole.database);
  let harness = await begun({}, named(48));
  for (const [i, rung] of ALL_RUNGS.entries()) {
    closeIn(harness, rung);
    await (i === 0 ? harness.job.start('q', wanted) : harness.job.resumeRun('q', 'run', null));
    const table = harness.runEvents().findLast((event) => event.type === 'search');
    expect(table?.type === 'search' && table.search.now?.rung).toBe(rung);
    harness = await nextStart(harness);
    expect((await getRun(harness.database, 'run'))?.state).toBe('interrupted');
  }
  await harness.job.resumeRun('q', 'run', null);
  const found = await results(harness.database);
  expect(found).toEqual(expected);
  expect(differingBits(found.weights, expected.weights)).toBe(0);
  // Each that takes steps went on behind its first.
  const resumed = (await getRun(harness.database, 'run'))?.log.flatMap(
    ({ message }) => /^Resumed; going on from step 1 of fold 1, (.*)\.$/.exec(message)?.[1] ?? [],
  );
  expect(resumed).toEqual(['Few examples', 'Top layers', 'Everything', 'Adapter']);
}, 60_000);

/** Wants an end in the final fit, once it says of itself that it is at work. */
function stopInFinalFit(harness: JobHarness): void {
  harness.onPost((event) => {
    if (event.type !== 'run') return;
    if (event.events.some((own) => own.type === 'progress' && own.progress.phase === 'final-fit')) {
      harness.job.stop('run');
    }
  });
}

test.each(['its final fit', 'its final fit, stopped before'])(
  'stopped in %s: the report says that no model was kept, and how to have one',
  async (when) => {
    const harness = await begun();
    if (when.endsWith('before')) {
      harness.onPost((event) => {
        if (event.type !== 'run') return;
        const tables = event.events.flatMap((own) => (own.type === 'search' ? [own.search] : []));
        if (tables.some(({ table, now }) => now && table?.rungs.some(({ state }) => state === 'done'))) {
          harness.job.stop('run');
        }
      });
    }
    stopInFinalFit(harness);
    await harness.job.start('q', asked({ budgetMs: null, measured: measured('top-layers', 'full') }));
    const { run, report, weights } = await finished(harness.database);
    expect(run).toMatchObject({ state: 'stopped', hasWeights: false, error: null });
    expect(weights).toBeNull();
    expect(report).toMatchObject({ status: 'partial', final_model: null, ladder: { recommended: 'top-layers' } });
    expect(report.missing).toEqual(['the final fit on all training rows', 'the test part']);
    expect(report.verdict.detail).toMatch(
      /No model was kept: the final fit of top layers was not finished\. Start the search again, or train top layers by itself, which takes [\d.]+ s, to have one\./,
    );
    expect(messages(harness).at(-1)).toBe('Stopped. Missing: the final fit on all training rows, the test part.');
  },
  30_000,
);

test('one label of 97 %: rungs are judged by macro-F1, and one no better than a constant answer is called of no use', async () => {
  const rows = spamRows(200).map((row, i) => ({ ...row, target: i % 33 === 1 ? 'spam' : 'ham' }));
  const { database, job } = await begun({}, rows);
  const own = { ...measured('tfidf_logistic_regression', 'features'), rows: 200 };
  const evaluation = { folds: 3, test: { kind: 'none' } } as const;
  await job.start('q', asked({ budgetMs: 120_000, measured: own }, { evaluation }));
  const { run, report } = await finished(database);
  expect(run).toMatchObject({ state: 'succeeded', hasWeights: true });
  expect(report.settings).toMatchObject({ class_weight: 'balanced' });
  expect(report.ladder?.metric).toBe('macro_f1');
  // «ham» for every row.
  expect(report.baselines.majority?.accuracy.mean).toBeCloseTo(0.965, 3);
  for (const { score } of report.ladder?.rungs ?? []) expect(score).toBeLessThan(0.5);
  const { sentence, detail } = report.verdict;
  expect(sentence).toMatch(/^Not useful yet: macro-F1 [\d.]+ %, and always answering «ham» gets 49\.1 %\.$/);
  expect(detail).toMatch(/^Of the rungs that were measured: no rung is proved better than always answering «ham»/);
}, 30_000);

test('a second tab sees the table as it fills and can neither start, nor resume, nor end anything meanwhile', async () => {
  let held = false;
  const tryLock: JobPorts['tryLock'] = async (body) => {
    if (held) return null;
    held = true;
    try {
      return await body();
    } finally {
      held = false;
    }
  };
  const search = { budgetMs: null, measured: measured('features', 'top-layers') };
  const alone = await begun();
  await alone.job.start('q', asked(search));
  const harness = await begun({ tryLock, awaitLock: tryLock });
  const { database } = harness;
  const second = await createHarness({ database, tryLock, awaitLock: tryLock });
  let looked: Promise<unknown> | null = null;
  const look = async () => {
    await second.job.start('start', asked(search, { runId: 'other' }));
    await second.job.resumeRun('resume', 'run', null);
    const end = finishInterrupted({ database, now: () => 1, checkTools: nodeCheckTools, tryLock }, 'run');
    await expect(end).rejects.toMatchObject({ code: 'busy' });
    return getRun(database, 'run');
  };
  harness.onPost((event) => {
    if (event.type !== 'run' || looked) return;
    const tables = event.events.flatMap((own) => (own.type === 'search' ? [own.search] : []));
    if (!tables.some(({ now }) => now?.rung === 'top-layers' && now.done === 1)) return;
    // It stands still meanwhile, so that it is not over before the other has looked.
    harness.job.pause('run');
    looked = look().finally(() => harness.job.resume('run'));
  });
  await harness.job.start('q', asked(search));
  expect(await looked).toMatchObject({
    state: expect.stringMatching(/^(running|paused)$/),
    search: { stopped: false, now: { rung: 'top-layers' } },
  });
  for (const id of ['start', 'resume']) {
    const message = expect.stringContaining('A run is working in another tab');
    expect(second.events).toContainEqual(
      expect.objectContaining({
        type: 'failed',
        requestId: id,
        error: expect.objectContaining({ code: 'busy', message }),
      }),
    );
  }
  expect(await getRun(database, 'other')).toBeNull();
  expect(await results(database)).toEqual(await results(alone.database));
}, 30_000);

test.each(['before the rung was done', 'in the final fit'])(
  'stopped, and the worker gone %s: the next one is told to stop again, and fits the best rung that has all its folds',
  async (when) => {
    const search = { budgetMs: null, measured: measured('tfidf_logistic_regression', 'features', 'top-layers') };
    const harness = await begun();
    let [climbing, stopped, closed] = [false, false, false];
    const hear = (event: RunEvent): void => {
      if (event.type === 'search') climbing = event.search.now?.rung === 'top-layers';
      if (event.type !== 'progress') return;
      // Behind a step all that was done before is on the disk.
      const stepped = climbing && event.progress.step > 0;
      closed ||= event.progress.phase === 'final-fit' || (stepped && when.startsWith('before'));
      if (stepped && !stopped) harness.job.stop('run');
      stopped ||= stepped;
    };
    harness.onPost((event) => {
      if (event.type !== 'run') return;
      event.events.forEach(hear);
      if (!closed) return;
      harness.database.close();
      throw new Error('The worker is gone.');
    });
    await harness.job.start('q', asked(search));
    const next = await nextStart(harness);
    const going = next.job.resumeRun('q', 'run', null);
    // What was wished last is told to each worker that follows.
    next.job.stop('run');
    await going;
    const { run, report } = await finished(next.database);
    expect(run).toMatchObject({ state: 'succeeded', hasWeights: true, method: 'features' });
    expect(report.ladder).toMatchObject({ stopped: true, recommended: 'features' });
  },
  30_000,
);

test('a budget in which only what leaves no model fits is refused before anything is fitted, with what to do', async () => {
  const { database, job, runEvents } = await begun();
  const own = measured('tfidf_logistic_regression', 'features');
  const costs = own.costs.map((cost) => (cost.rung === 'features' ? { ...cost, foldMs: 1e6 } : cost));
  await job.start('q', asked({ budgetMs: 60_000, measured: { ...own, costs } }));
  const run = await getRun(database, 'run');
  expect(run).toMatchObject({ state: 'failed', error: { code: 'config-invalid' } });
  expect(run?.error?.message).toBe(
    'In 1 min 1 of 2 rungs gets its turn, whole. All whole from 1 h 03 min on. No rung that leaves a model fits in. Give it more time.',
  );
  expect(runEvents().filter(({ type }) => type === 'search')).toEqual([]);
});
