/** A search with two encoders: the other one is tried where every layer learns, and where it is better the run is of it. */
import * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import { reportSchema } from '../../src/core/report/report';
import type { SearchRequest } from '../../src/core/search/plan';
import { loadModel } from '../../src/engine/models/read-model';
import { disposeWeights } from '../../src/engine/models/weights';
import { predict } from '../../src/engine/tasks/classification/evaluate';
import { getRun } from '../../src/storage/runs';
import type { JobPorts } from '../../src/worker/job-ports';
import { readTakenBundle } from '../../src/worker/taken-bundle';
import type { RunEvent, TrainingEvent } from '../../src/worker/protocol';
import type { JobHarness } from '../helpers/job';
import { asked, begun, choices, finished, killAt, measured, nextStart, results } from '../helpers/search-run';
import { tinyConfig } from '../helpers/tiny-bert';
import { tinyModelFiles } from '../helpers/tiny-model';

const FIRST = 'all-MiniLM-L6-v2';
const OTHER = 'multilingual-e5-small';
/** To the first every text is the same seven unknown words; the other knows them. */
const STRANGE = Array.from({ length: 30 }, (_, i) => `strange${i}`);
const FILES = new Map([
  [FIRST, tinyModelFiles(1, FIRST, STRANGE)],
  // Of another size, so that what is kept of its fits has other shapes.
  [OTHER, tinyModelFiles(2, OTHER, undefined, { ...tinyConfig, layers: 3 })],
]);

const modelFiles: JobPorts['modelFiles'] = (id) => ({
  read(file) {
    const bytes = FILES.get(id)?.get(file);
    return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `${file} is missing.`));
  },
});

/** With time for the folds of a rung twice, and for no more: so much of it that what this machine takes does not matter. */
function searchOf(rung: string, budgetMs = 6e7): SearchRequest {
  const own = measured(rung);
  const costs = own.costs.map((cost) => ({ ...cost, foldMs: 1e7, finalMs: 1e7 }));
  return { budgetMs, measured: { ...own, costs } };
}

// Tiny random models need larger steps than trained ones.
const both = {
  encoder: 'both',
  choices: { ...choices, nEpochs: 20, learningRate: 3e-3, headLearningRate: 3e-2, recipe: 'choose' },
} as const;

test('the other encoder is tried, taken, fitted and kept; report, record and answers are of it', async () => {
  const { database, job, events } = await begun({ modelFiles });
  await job.start('q', asked(searchOf('full'), both));
  const { run, report, weights } = await finished(database);
  expect(run).toMatchObject({ state: 'succeeded', hasWeights: true, modelId: OTHER, method: 'full' });
  expect(v.is(reportSchema, report)).toBe(true);
  expect(report.model).toMatchObject({ id: OTHER, title: 'E5 multilingual' });
  expect(report.recipes?.encoders.map(({ id }) => id)).toEqual([FIRST, OTHER]);
  expect(report.search).toMatchObject({ rung: 'full', taken: true });
  expect(report.search?.tried.map(({ encoder, auto, best, share }) => ({ encoder, auto, best, share }))).toEqual([
    { encoder: undefined, auto: true, best: false, share: 1 },
    { encoder: 'E5 multilingual', auto: false, best: true, share: 1 },
  ]);
  expect(report.verdict.detail).toContain(
    'It trains E5 multilingual, which was better on the same folds than MiniLM L6; times are those of MiniLM L6.',
  );
  const [auto, tried] = report.search?.tried ?? [];
  expect(tried?.settings).toEqual(auto?.settings);
  // The first cannot tell the labels; the figure to quote is of what was chosen without the fold.
  expect(auto?.score).toBeLessThan(0.7);
  expect(report.ladder?.score).toBeGreaterThan(0.75);
  expect(report.cross_validation.accuracy.mean).toBeCloseTo(report.ladder?.score ?? NaN, 12);
  expect(report.test?.accuracy).toBeGreaterThan(0.75);

  expect(tf.memory().numTensors).toBe(0);

  // A bundle names the trained one first, with its hash.
  const bundle = await readTakenBundle({ database, modelFiles }, 'run', new AbortController().signal);
  expect(bundle.manifest([]).models).toMatchObject([
    { id: OTHER, sha256: report.model.sha256 },
    { id: FIRST, sha256: report.recipes?.encoders[0]?.sha256 },
  ]);

  // What answers is the other encoder with what was trained of it.
  const texts = ['win free cash now', 'tea at home you love'];
  await job.predict({ type: 'predict', requestId: 'p', runId: 'run', backend: 'wasm', texts });
  const answered = events.findLast((event): event is Extract<TrainingEvent, { type: 'predicted' }> => {
    return event.type === 'predicted';
  });
  const model = await loadModel({
    read: modelFiles(OTHER, { onBytes: () => undefined, onNotKept: () => undefined }).read,
  });
  const tuned = weights?.tuned;
  if (!tuned) throw new Error('A model is kept.');
  const tokenIds = texts.map((text) => model.tokenizer.encode(text, tuned.maxLength));
  const expected = await predict(model, tuned, tokenIds, texts);
  answered?.prediction.tuned.flat().forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
  expect(answered?.prediction.tuned.map(([ham = 0]) => ham > 0.5)).toEqual([false, true]);
  disposeWeights(model.weights);
}, 60_000);

test('what leaves layers frozen stays on the first', async () => {
  const { database, job } = await begun({ modelFiles });
  await job.start('q', asked(searchOf('top-layers', 1.5e8), both));
  const { run, report } = await finished(database);
  expect(run?.modelId).toBe(FIRST);
  expect(report.model.id).toBe(FIRST);
  const encoders = report.search?.tried.map(({ encoder }) => encoder) ?? [];
  expect(encoders.length).toBeGreaterThan(1);
  expect(new Set(encoders)).toEqual(new Set([undefined]));
}, 60_000);

test('killed while the other encoder learns, in a fold or the final fit, it comes to the same', async () => {
  const search = searchOf('full');
  const whole = await begun({ modelFiles });
  await whole.job.start('q', asked(search, both));
  const expected = await results(whole.database);
  // Half of all states are of the folds on the first; the last is of the final fit.
  const isKept = ({ type }: RunEvent): boolean => type === 'kept';
  const states = whole.runEvents().filter(isKept).length;
  const kills = [
    { nth: Math.ceil(0.7 * states), place: / step \d+ of fold \d/ },
    { nth: states - 1, place: / step \d+ of the final fit/ },
  ];
  for (const { nth, place } of kills) {
    const harness: JobHarness = await begun({ modelFiles });
    killAt(harness, isKept, nth);
    await harness.job.start('q', asked(search, both));
    const next = await nextStart(harness);
    expect((await getRun(next.database, 'run'))?.state).toBe('interrupted');
    next.ports.modelFiles = modelFiles;
    await next.job.resumeRun('q', 'run', null);
    const { run } = await finished(next.database);
    const log = run?.log.map(({ message }) => message).join('\n') ?? '';
    expect(log).toMatch(new RegExp(`going on from${place.source}`));
    expect(log).not.toContain('begins again');
    expect(await results(next.database)).toEqual(expected);
  }
}, 120_000);
