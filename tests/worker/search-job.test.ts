/** A run that finds what works, as the worker runs it: to the end, broken off, stopped, ended with what it had. */
import * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/core/report/report';
import { rungsOf } from '../../src/core/search/rung';
import { timeParts } from '../../src/core/report/search-times';
import { getRun, getUnfinished } from '../../src/storage/runs';
import { finishInterrupted } from '../../src/worker/recover';
import { nodeCheckTools } from '../helpers/check-tools';
import { type JobHarness, spamRows } from '../helpers/job';
import {
  asked,
  begun,
  choices,
  finished,
  isTable,
  killAt,
  measured,
  nextStart,
  results,
  timesOf,
} from '../helpers/search-run';

const CHEAP = measured('tfidf_logistic_regression', 'features', 'top-layers');

describe('a search', () => {
  test('to its end: a table, a rung to use, a model of it, a report that quotes what was chosen without the fold', async () => {
    const { database, job, events, states, runEvents } = await begun();
    await job.start('q', asked({ budgetMs: null, measured: CHEAP }));
    expect(events[0]).toEqual({ type: 'started', requestId: 'q' });
    expect(states()).toEqual(['validating', 'queued', 'running', 'succeeded']);
    const { run, report, weights } = await finished(database);
    expect(v.is(reportSchema, report)).toBe(true);
    const { ladder } = report;
    expect(ladder?.rungs.map(({ rung, state, whole }) => [rung, state, whole])).toEqual([
      ['tfidf_logistic_regression', 'done', true],
      ['features', 'done', true],
      ['top-layers', 'done', true],
    ]);
    expect(report).toMatchObject({ status: 'complete', method: ladder?.recommended, missing: [] });
    expect(report.verdict.sentence).toMatch(/^Use /);
    // Told over the commonest label too, which the report has as a baseline of its own.
    const commonest = report.baselines.majority?.accuracy.mean ?? NaN;
    expect(ladder?.floor?.gain?.mean).toBeCloseTo((ladder?.score ?? NaN) - commonest, 12);
    // Each fold of each, and what is told of it, is there; the files of the report have them too.
    expect(ladder?.rungs.map(({ scores }) => scores?.map(({ fold }) => fold))).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(ladder?.rungs.map(({ settings }) => settings?.['layers'] ?? null)).toEqual([null, null, 1]);
    const others = ladder?.rungs.filter(({ rung }) => rung !== ladder.recommended) ?? [];
    expect(others).toHaveLength(2);
    expect(others.every(({ beside }) => beside !== null)).toBe(true);
    // What took no time to speak of is no part.
    const parts = timeParts(report);
    expect(parts.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(report.timings.total, 0);
    expect(report.cross_validation.folds).toHaveLength(3);
    // What rungs answered is what the simpler methods of the report are.
    const scoreOf = (id: string) => ladder?.rungs.find(({ rung }) => rung === id)?.score ?? -1;
    expect(report.baselines.tfidf_logistic_regression?.accuracy.mean).toBeCloseTo(
      scoreOf('tfidf_logistic_regression'),
      12,
    );
    expect(report.baselines.features_only?.accuracy.mean).toBeCloseTo(scoreOf('features'), 12);
    expect(report.test?.rows).toBe(12);
    expect(run).toMatchObject({ state: 'succeeded', hasWeights: true, method: ladder?.recommended });
    expect(weights?.tuned.labels).toEqual(['ham', 'spam']);
    const tables = runEvents().flatMap((event) => (event.type === 'search' ? [event.search] : []));
    expect(tables.length).toBeGreaterThan(3);
    expect(tables.at(-1)).toMatchObject({ now: null, stopped: false });
    const told = run?.log.map(({ message }) => message).filter((message) => / on all 3 folds\.$/.test(message));
    expect(told).toHaveLength(3);
    expect(tf.memory().numTensors).toBe(0);
    expect(await getUnfinished(database, 'run')).toMatchObject({ context: null, folds: [], finals: [] });
  }, 30_000);

  test('killed anywhere and resumed it comes to the same report and weights', async () => {
    const search = { budgetMs: null, measured: measured('features', 'top-layers') };
    // What leads is features, of which no setting is searched.
    const whole = await begun();
    await whole.job.start('q', asked(search));
    const expected = await results(whole.database);
    const told = whole.runEvents().filter(({ type }) => type === 'search').length;
    for (const nth of [2, Math.floor(told / 2), told]) {
      const harness = await begun();
      killAt(harness, isTable, nth);
      await harness.job.start('q', asked(search));
      const next = await nextStart(harness);
      expect((await getRun(next.database, 'run'))?.state).toBe('interrupted');
      await next.job.resumeRun('q', 'run', null);
      expect(await results(next.database)).toEqual(expected);
    }
  }, 60_000);

  test('an encoder that the plan has no time for is not read with, is none of the report, and stays out when resumed', async () => {
    const own = measured('features', 'top-layers');
    const reading = [
      { title: 'MiniLM L6', ms: 100_000 },
      { title: 'E5 multilingual', ms: 900_000 },
    ];
    const costs = own.costs.map((cost) => ({ ...cost, foldMs: 1000 * cost.foldMs, finalMs: 1000 * cost.finalMs }));
    const search = { budgetMs: 1_010_000, measured: { ...own, costs, reading, readMs: 1_000_000 } };
    const both = { encoder: 'both', choices: { ...choices, recipe: 'choose' } } as const;
    const { database, job } = await begun();
    await job.start('q', asked(search, both));
    const { report } = await finished(database);
    expect(report.recipes?.encoders.map(({ id }) => id)).toEqual(['all-MiniLM-L6-v2']);
    expect(report.verdict.notes.join(' ')).toContain(
      'Nothing is read with E5 multilingual: that takes 15 min 00 s more.',
    );
    const expected = await results(database);
    const killed = await begun();
    killAt(killed, isTable, 2);
    await killed.job.start('q', asked(search, both));
    const next = await nextStart(killed);
    await next.job.resumeRun('q', 'run', null);
    expect(await results(next.database)).toEqual(expected);
    // With time for it, it is read with.
    const roomy = await begun();
    await roomy.job.start('q', asked({ ...search, budgetMs: null }, both));
    expect((await finished(roomy.database)).report.recipes?.encoders).toHaveLength(2);
  }, 60_000);

  test('stopped, the best rung that has all its folds is fitted; resumed after that, nothing more is climbed', async () => {
    const search = { budgetMs: null, measured: CHEAP };
    const stopAtFeatures = (harness: JobHarness): void => {
      let stopped = false;
      harness.onPost((event) => {
        if (event.type !== 'run' || stopped) return;
        const tables = event.events.flatMap((own) => (own.type === 'search' ? (own.search.table?.rungs ?? []) : []));
        stopped = tables.some(({ rung, state }) => rung === 'features' && state === 'done');
        if (stopped) harness.job.stop('run');
      });
    };
    const harness = await begun();
    stopAtFeatures(harness);
    await harness.job.start('q', asked(search));
    const { run, report } = await finished(harness.database);
    expect(run).toMatchObject({ state: 'succeeded', method: 'features', hasWeights: true });
    expect(report.ladder?.rungs.map(({ state }) => state)).toEqual(['done', 'done', 'waiting']);
    expect(report.ladder).toMatchObject({ stopped: true, recommended: 'features' });
    expect(report.verdict.notes.join(' ')).toContain('It was stopped before top layers.');
    const broken = await begun();
    stopAtFeatures(broken);
    // The stop is on the disk by the time that the report is begun.
    killAt(broken, (event) => event.type === 'progress' && event.progress.phase === 'report');
    await broken.job.start('q', asked(search));
    const next = await nextStart(broken);
    await next.job.resumeRun('q', 'run', null);
    const again = await finished(next.database);
    expect(again.report.ladder?.rungs.map(({ state }) => state)).toEqual(['done', 'done', 'waiting']);
    expect(again.report.ladder).toEqual({ ...report.ladder, ...timesOf(again.report.ladder) });
    expect(again.run?.state).toBe('succeeded');
  }, 60_000);

  test('ended with what it had: the table and the figures, and no model', async () => {
    const harness = await begun();
    killAt(harness, isTable, 10);
    await harness.job.start('q', asked({ budgetMs: null, measured: CHEAP }));
    const { database } = await nextStart(harness);
    const tryLock = <T>(body: () => Promise<T>): Promise<T> => body();
    await finishInterrupted({ database, now: () => 1, checkTools: nodeCheckTools, tryLock }, 'run');
    const { run, report } = await finished(database);
    expect(run).toMatchObject({ state: 'stopped', hasWeights: false });
    expect(report).toMatchObject({ status: 'partial', ladder: { stopped: true, recommended: 'features' } });
    expect(report.missing).toContain('the final fit on all training rows');
    expect(report.verdict.detail).toContain(
      'No model was kept: the final fit of features only was not finished. Start the search again, or train',
    );
  }, 30_000);

  test('one of an earlier build, whose plan does not say what leaves no model, recommends what does all the same', async () => {
    const harness = await begun();
    killAt(harness, isTable, 10);
    await harness.job.start('q', asked({ budgetMs: null, measured: CHEAP }));
    const { database } = await nextStart(harness);
    const kept = await database.get('contexts', 'run');
    if (!kept?.context || !('search' in kept.context) || !kept.context.search) throw new Error('no search');
    for (const rung of kept.context.search.plan.rungs) delete rung.model;
    await database.put('contexts', kept);
    const tryLock = <T>(body: () => Promise<T>): Promise<T> => body();
    await finishInterrupted({ database, now: () => 1, checkTools: nodeCheckTools, tryLock }, 'run');
    const { report } = await finished(database);
    const [words, features] = report.ladder?.rungs ?? [];
    expect(words).toMatchObject({ rung: 'tfidf_logistic_regression', state: 'done' });
    // Not behind it, and cheaper: what a search that forgot would recommend.
    expect(words?.score).toBeGreaterThanOrEqual(features?.score ?? 1);
    expect(report.ladder?.recommended).toBe('features');
  }, 30_000);

  test('only the rungs that were asked for take part, when it goes on too; others are measured and not climbed', async () => {
    const search = { budgetMs: null, measured: CHEAP, rungs: ['tfidf_logistic_regression', 'features'] };
    const whole = await begun();
    await whole.job.start('q', asked(search));
    const expected = await results(whole.database);
    const { report } = await finished(whole.database);
    expect(report.ladder?.rungs.map(({ rung }) => rung)).toEqual(search.rungs);
    const harness = await begun();
    killAt(harness, isTable, 3);
    await harness.job.start('q', asked(search));
    const next = await nextStart(harness);
    await next.job.resumeRun('q', 'run', null);
    expect(await results(next.database)).toEqual(expected);
    for (const [rungs, words] of [
      [['tfidf_logistic_regression'], 'those chosen leave no model to keep'],
      [['magic'], 'There is no rung «magic» here'],
    ] as const) {
      const refused = await begun();
      await refused.job.start('q', asked({ ...search, rungs }));
      const run = await getRun(refused.database, 'run');
      expect(run).toMatchObject({ state: 'failed', error: { code: 'config-invalid' } });
      expect(run?.error?.message).toContain(words);
    }
  }, 60_000);

  test('a budget for nothing is refused with what the quickest takes', async () => {
    const { database, job } = await begun();
    await job.start('q', asked({ budgetMs: 0, measured: CHEAP }));
    const run = await getRun(database, 'run');
    expect(run?.state).toBe('failed');
    expect(run?.error).toMatchObject({ code: 'config-invalid' });
    expect(run?.error?.message).toContain('In 0 min there is no time for any rung.');
  });

  test('12 rows: folds of six, figures with wide intervals, a model', async () => {
    const { database, job } = await begun({}, spamRows(12));
    const few = { ...measured('tfidf_logistic_regression', 'features'), folds: 2, rows: 12 };
    const evaluation = { folds: 2, test: { kind: 'none' } } as const;
    await job.start('q', asked({ budgetMs: 120_000, measured: few }, { evaluation }));
    const { run, report } = await finished(database);
    expect(run).toMatchObject({ state: 'succeeded', hasWeights: true });
    const [low, high] = report.ladder?.rungs.at(-1)?.ci95 ?? [0, 0];
    expect(high - low).toBeGreaterThan(0.2);
  });

  test('what was passed over is not tried again by a search that goes on, and the report says so', async () => {
    const rows = spamRows(36).map((row) => ({ ...row, target: row.target === 'spam' ? '1' : '0' }));
    const harness = await begun({}, rows);
    killAt(harness, isTable, 5);
    await harness.job.start('q', asked({ budgetMs: null, measured: measured('label_names', 'features') }));
    const next = await nextStart(harness);
    await next.job.resumeRun('q', 'run', null);
    const { run, report } = await finished(next.database);
    expect(run?.state).toBe('succeeded');
    expect(run?.log.filter(({ message }) => message.startsWith('Label names is passed over'))).toHaveLength(1);
    expect(report.ladder?.rungs[0]).toMatchObject({ rung: 'label_names', state: 'skipped' });
  }, 30_000);

  test('labels without words: label names are left out and said; what works is found among the others', async () => {
    const rows = spamRows(36).map((row) => ({ ...row, target: row.target === 'spam' ? '1' : '0' }));
    const { database, job, events } = await begun({}, rows);
    await job.estimate({ type: 'estimate', requestId: 'e', request: asked({ budgetMs: null, measured: null }) });
    const told = events.find((event) => event.type === 'estimated');
    const rungs = told?.type === 'estimated' ? told.estimate.rungs : undefined;
    expect(rungs?.costs.map(({ rung }) => rung)).toEqual(rungsOf('classification', { layers: 2 }).map(({ id }) => id));
    expect(rungs?.costs[0]?.unfit).toBe('The labels have no names that say something.');
    expect(rungs?.costs.slice(1).every(({ foldMs, unfit }) => foldMs > 0 && unfit === null)).toBe(true);
    expect(rungs).toMatchObject({ folds: 3, rows: 27, labels: 2 });
    const few = { ...CHEAP, costs: [...measured('label_names', 'features').costs] };
    await job.start('q', asked({ budgetMs: null, measured: few }));
    const { report } = await finished(database);
    expect(report.ladder?.rungs[0]).toMatchObject({ rung: 'label_names', state: 'skipped' });
    expect(report.verdict.notes.join(' ')).toContain('Label names was left out.');
  }, 60_000);
});
