/** A search for what works on a toy set: its rungs are what runs of them are, whole, on a part, broken off, stopped. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { FoldPiece } from '../../../src/core/run/checkpoint';
import type { RunControl } from '../../../src/core/run/experiment';
import type { LadderPlan, PlanQuestion } from '../../../src/core/search/plan';
import { planLadder } from '../../../src/core/search/plan';
import { type Rung, rungsOf } from '../../../src/core/search/rung';
import { foldPart, PREFIX_PART } from '../../../src/core/run/parts';
import { ladderOutcome } from '../../../src/core/search/outcome';
import { type SkippedTrial, type Trial, trialNumber } from '../../../src/core/search/trials';
import type { SearchedSetting } from '../../../src/core/settings/search-space';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { evaluate, type EvaluationContext, quietly } from '../../../src/engine/run/evaluate';
import { type ExperimentInput, runExperiment } from '../../../src/engine/run/experiment';
import { climbLadder, type LadderHooks, type LadderRun } from '../../../src/engine/run/ladder';
import { OtherEncoders } from '../../../src/engine/run/other-encoders';
import { createCorpus } from '../../../src/engine/tasks/classification/corpus';
import { readRows, unread } from '../../../src/engine/tasks/classification/reading';
import { startBackend } from '../../helpers/tf-node';
import { differingBits, Notebook, stopAfter, toyContext, type ToyOptions, toyInput, toyModel } from '../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

const OPTIONS = { rows: 48, folds: 3, choices: { nEpochs: 2, batchSize: 16, maxSteps: 3, dropout: 0.1 } };
const TAKEN = ['label_names', 'tfidf_logistic_regression', 'features', 'top-layers', 'full'];

interface Ladder {
  input: ExperimentInput;
  rungs: Rung[];
  plan: LadderPlan;
  climb(
    hooks?: LadderHooks,
    own?: Partial<ExperimentInput>,
    context?: Partial<EvaluationContext>,
    others?: OtherEncoders,
  ): ReturnType<typeof climbLadder>;
  trialOf(rung: string, candidate?: number, share?: 1 | 0.25): string;
}

const isDear = (work: Rung['work']): boolean => work.kind === 'method' && work.method !== 'features';

interface LadderOptions extends Pick<ToyOptions, 'data' | 'choices'> {
  searched?: readonly SearchedSetting[];
  taken?: readonly string[];
  /** What answers are held to is another label for every tenth row: nothing is right on all of them. */
  wrongLabels?: boolean;
}

/** Some rungs; a fold of the dear ones takes a minute. */
function ladderOf(
  question: Partial<PlanQuestion> = {},
  { searched = [], taken = TAKEN, wrongLabels = false, ...own }: LadderOptions = {},
): Ladder {
  const options = { ...OPTIONS, ...own, choices: { ...OPTIONS.choices, ...own.choices } };
  const input = toyInput('features', model, options);
  const rungs = rungsOf('classification', { layers: 2 })
    .filter(({ id }) => taken.includes(id))
    .map((rung) => ({ ...rung, searched: rung.searched.length > 0 ? searched : [] }));
  const costs = rungs.map(({ id, title, work }, i) => ({
    ...{ rung: id, title, foldMs: isDear(work) ? 60_000 + i : 10 * (i + 1), finalMs: 10, bytes: 0 },
    ...{ reads: false, atOnce: 1, unfit: null },
  }));
  const shape = { folds: 3, rows: 48, labels: 3, readMs: 0, budgetMs: null, memoryBytes: null };
  const plan = planLadder({ costs, ...shape, ...question });
  const { data } = input;
  const run: LadderRun = {
    ...{ plan, rungs, split: input.plan, readMs: 0 },
    settingsOf: ({ id }) => toyInput(id, model, options).plan.settings,
    judge: {
      ...{ labels: data.labels, folds: 3, metric: 'accuracy' },
      truth: wrongLabels
        ? data.labelIndices.map((label, row) => (row % 10 > 0 ? label : (label + 1) % data.labels.length))
        : data.labelIndices,
      units: { texts: data.groups, groups: data.groups },
    },
  };
  return {
    ...{ input, rungs, plan },
    climb: async (hooks, own, context, others) =>
      climbLadder({ ...(await contextOf({ ...input, ...own })), ...context }, { ...run, others }, hooks),
    trialOf: (rung, candidate = 0, share = 1) => `trial ${trialNumber(plan, { rung, candidate, share })}`,
  };
}

async function contextOf(input: ExperimentInput): Promise<EvaluationContext> {
  const context = toyContext(input);
  return { ...context, threads: undefined, read: (await readRows(context)) ?? unread(context.corpus) };
}

/** Everything but times and whose it is. */
const still = (pieces: readonly FoldPiece[]): unknown =>
  pieces.map(({ id: _, outcome, ...rest }) => ({ ...rest, outcome: { ...outcome, seconds: 0 } }));

test('rungs have the bits of runs of them, leave no tensor, and one that cannot be done is skipped and said', async () => {
  const { input, climb, trialOf } = ladderOf();
  const skipped: string[] = [];
  const told: FoldPiece[] = [];
  const before = tf.memory().numTensors;
  const { pieces, finished, searched } = await climb({
    onFold: (piece) => told.push(piece),
    onSkipped: ({ rung }, why) => skipped.push(`${rung}: ${why}`),
  });
  expect(tf.memory().numTensors).toBe(before);
  expect([finished, searched]).toEqual([true, null]);
  expect(told).toEqual(pieces);
  expect(skipped).toEqual(['label_names: The labels have no names that say something.']);
  const of = (rung: string) => pieces.filter(({ id }) => id === trialOf(rung));
  const context = quietly(await contextOf(input));
  for (const method of ['features', 'top-layers', 'full']) {
    const { settings } = toyInput(method, model, OPTIONS).plan;
    const own = await evaluate({ ...context, settings }, { settings, split: input.plan });
    expect(differingBits(still(of(method)), still(own ?? []))).toBe(0);
  }
  const { observer, folds } = new Notebook();
  await runExperiment({ ...input, observer });
  const words = folds.filter(({ id }) => id === 'tfidf_logistic_regression');
  expect(differingBits(still(of('tfidf_logistic_regression')), still(words))).toBe(0);
}, 60_000);

test('a first look on a quarter of the rows fits and answers these alone, and the rung that leads on the same', async () => {
  // So many rows that a quarter says something, and too little time for all of them.
  const { input, climb, plan, trialOf } = ladderOf({ rows: 4000, budgetMs: 250_000 }, { wrongLabels: true });
  expect(plan.rungs.map(({ first }) => first)).toEqual(['whole', 'whole', 'whole', 'rows', 'rows']);
  const { pieces } = await climb();
  const rowsOf = (id: string) => pieces.filter((piece) => piece.id === id).map(({ outcome }) => [...outcome.rows]);
  const quarter = rowsOf(trialOf('top-layers', 0, 0.25));
  expect(quarter.flat()).toHaveLength(12);
  expect(rowsOf(trialOf('full', 0, 0.25))).toEqual(quarter);
  const leading = pieces.filter(
    ({ id }) => id === trialOf('features', 0, 0.25) || id === trialOf('tfidf_logistic_regression', 0, 0.25),
  );
  expect(leading.map(({ outcome }) => [...outcome.rows])).toEqual(quarter);
  quarter.forEach((rows, fold) => expect(rows.every((row) => input.plan.foldOf[row] === fold)).toBe(true));
  const labels = quarter.map((rows) => rows.map((row) => input.data.labelIndices[row]).sort());
  expect(labels.every((of) => new Set(of).size > 1)).toBe(true);
}, 60_000);

test('settings of the rung to use are searched on the same folds, each try with settings of its own', async () => {
  const searched: SearchedSetting[] = [{ kind: 'among', key: 'nEpochs', values: [1, 3] }];
  const { climb, plan, input, trialOf } = ladderOf({}, { searched, taken: ['top-layers'] });
  const result = await climb();
  expect(result.searched).toEqual({ rung: 'top-layers', tries: 2 });
  const epochs = [0, 1, 2].map((candidate) => {
    const own = result.pieces.filter(({ id }) => id === trialOf('top-layers', candidate));
    return own.map((piece) => piece.outcome.epochs);
  });
  expect(epochs[0]).toEqual([2, 2, 2]);
  expect(epochs.slice(1).sort()).toEqual([
    [1, 1, 1],
    [3, 3, 3],
  ]);
  const outcome = ladderOutcome(plan, judgeOf(input), result.seen, result.searched);
  expect(outcome?.search?.tried.map(({ candidate, share }) => [candidate, share])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
  ]);
}, 60_000);

test('an encoder that cannot be trained with auto is tried with no settings either, here or when the search goes on', async () => {
  const searched: SearchedSetting[] = [{ kind: 'among', key: 'weightDecay', values: [0.02, 0.03, 0.04, 0.05, 0.06] }];
  const { climb, plan, input } = ladderOf({}, { searched, taken: ['full'] });
  let asked = 0;
  const others = new OtherEncoders([], createCorpus(input.data, null), 0);
  vi.spyOn(others, 'count', 'get').mockReturnValue(1);
  vi.spyOn(others, 'corpusOf').mockReturnValue(createCorpus(input.data, null));
  vi.spyOn(others, 'architectureOf').mockReturnValue(model);
  vi.spyOn(others, 'partsOf').mockImplementation(() => {
    asked++;
    return Promise.reject(new AppError('out-of-memory', 'The memory ran out.'));
  });
  const skipped: SkippedTrial[] = [];
  const {
    seen,
    searched: tried,
    finished,
  } = await climb({ onSkipped: (trial, why) => skipped.push({ trial, why }) }, {}, {}, others);
  expect(finished).toBe(true);
  expect(asked).toBe(1);
  expect(skipped.map(({ trial }) => trial.candidate)).toEqual([1]);
  const failed = seen.filter((one) => one.failed !== undefined).map(({ trial }) => trial.candidate);
  expect(failed).toContain(1);
  expect(failed.length).toBeGreaterThan(1);
  // The first one's tries are made.
  const found = ladderOutcome(plan, judgeOf(input), seen, tried)?.search;
  expect(found?.tried.map(({ candidate }) => candidate).filter((candidate) => failed.includes(candidate))).toEqual([]);
  expect(found?.tried.length).toBeGreaterThan(1);
  const again = await climb({ skipped }, {}, {}, others);
  expect(asked).toBe(1);
  expect(again.seen.filter((one) => one.failed !== undefined).map(({ trial }) => trial.candidate)).toEqual(failed);
}, 60_000);

test('what frozen layers give is computed once, whatever moves and tries there are', async () => {
  const searched: SearchedSetting[] = [{ kind: 'among', key: 'nEpochs', values: [1] }];
  const { climb, trialOf } = ladderOf({}, { searched, taken: ['top-layers'] });
  const begun: string[] = [];
  const nothing = (): void => undefined;
  const progress = {
    ...{ take: nothing, finish: nothing, expect: nothing },
    report: (key: string, share: number) => void (key === PREFIX_PART && share === 0 && begun.push(key)),
  };
  const { pieces } = await climb({}, {}, { progress });
  const ids = [0, 1].flatMap((candidate) => Array.from({ length: 3 }, () => trialOf('top-layers', candidate)));
  expect(pieces.map(({ id }) => id)).toEqual(ids);
  expect(begun).toEqual([PREFIX_PART]);
}, 60_000);

/** Breaks off after so many turns, as a closed tab does. */
function breakAfter(turns: number): RunControl {
  let seen = 0;
  const gone = new AppError('cancelled', 'Gone.');
  return { checkpoint: () => (++seen > turns ? Promise.reject(gone) : Promise.resolve('continue')) };
}

test('broken off anywhere and taken up, a search comes to the same pieces, to the bit', async () => {
  const { climb } = ladderOf({}, { taken: ['features', 'full'] });
  const control = stopAfter(Infinity);
  const whole = await climb({}, { control });
  for (let turns = 5; turns < control.looks(); turns += Math.ceil(control.looks() / 4)) {
    const broken = new Notebook();
    const kept: FoldPiece[] = [];
    const { checkpoints } = broken;
    const run = climb({ onFold: (piece) => kept.push(piece) }, { control: breakAfter(turns), checkpoints });
    await run.catch((error: unknown) => expect(error).toMatchObject({ code: 'cancelled' }));
    const fit = broken.pages.at(-1)?.kept.fits[0] ?? null;
    const resumed = await climb({ kept: structuredClone(kept), stateOf: (part) => (fit?.part === part ? fit : null) });
    expect(resumed.pieces.map(({ id }) => id)).toEqual(whole.pieces.map(({ id }) => id));
    expect(differingBits(still(resumed.pieces), still(whole.pieces))).toBe(0);
  }
}, 120_000);

test('stopped, it gives what it has; out of memory in one rung, the others stand', async () => {
  const { climb, plan, input, trialOf } = ladderOf();
  let done = 0;
  const control: RunControl = { checkpoint: () => Promise.resolve(done >= 7 ? 'stop' : 'continue') };
  const stopped = await climb({ onFold: () => void done++ }, { control });
  expect(stopped.finished).toBe(false);
  // Two rungs of three folds, and one fold of the third.
  expect(stopped.pieces).toHaveLength(7);
  const standings = ladderOutcome(plan, judgeOf(input), stopped.seen)?.standings;
  expect(standings?.map(({ state }) => state)).toEqual(['skipped', 'done', 'done', 'waiting', 'waiting']);
  const stateOf = (part: string): null => {
    if (part.startsWith(`${trialOf('top-layers')},`)) throw new AppError('out-of-memory', 'The memory ran out.');
    return null;
  };
  const without = await climb({ stateOf });
  expect(without.finished).toBe(true);
  const states = ladderOutcome(plan, judgeOf(input), without.seen)?.standings.map(({ state }) => state);
  expect(states).toEqual(['skipped', 'done', 'done', 'skipped', 'done']);
  const gone = climb({
    stateOf: () => {
      throw new AppError('device-lost', 'Gone.');
    },
  });
  await expect(gone).rejects.toThrow('Gone.');
}, 60_000);

test('a GPU that is lost in a rung: the others stand, and the rung goes on where it was, to the bit', async () => {
  const { climb, trialOf } = ladderOf({}, { taken: ['features', 'top-layers', 'full'] });
  const whole = await climb();
  const { checkpoints, pages } = new Notebook();
  const [kept, skipped]: [FoldPiece[], string[]] = [[], []];
  let steps = 0;
  const lost = new AppError('device-lost', 'The GPU was lost.');
  const guard = {
    check(): void {
      // In the second fold of the rung.
      if (kept.length === 4 && ++steps > 3) throw lost;
    },
  };
  const hooks = { onFold: (piece: FoldPiece) => kept.push(piece), onSkipped: ({ rung }: Trial) => skipped.push(rung) };
  await expect(climb(hooks, { guard, checkpoints })).rejects.toBe(lost);
  expect(kept.map(({ id }) => id)).toEqual([...Array(3).fill(trialOf('features')), trialOf('top-layers')]);
  expect(skipped).toEqual([]);
  const fit = pages.at(-1)?.kept.fits[0];
  expect(fit).toMatchObject({ part: foldPart(1, trialOf('top-layers')), step: expect.toSatisfy((at) => at > 0) });
  const resumed = await climb({
    kept: structuredClone(kept),
    stateOf: (part) => (fit?.part === part ? fit : null),
  });
  expect(differingBits(still(resumed.pieces), still(whole.pieces))).toBe(0);
}, 60_000);

test('a device that breaks down for want of memory in a rung does not fail those after it: the next start goes on with them', async () => {
  const { climb, trialOf } = ladderOf({}, { taken: ['features', 'top-layers', 'full'] });
  const whole = await climb();
  const skipped: SkippedTrial[] = [];
  const kept: FoldPiece[] = [];
  const full = new AppError('out-of-memory', 'The GPU ran out of memory.');
  // What was reported on the side is reported for good.
  const guard = {
    check(): void {
      if (kept.length >= 3) throw full;
    },
  };
  const broken = climb(
    { onFold: (piece) => kept.push(piece), onSkipped: (trial, why) => skipped.push({ trial, why }) },
    { guard },
  );
  await expect(broken).rejects.toBe(full);
  expect(skipped).toEqual([{ trial: { rung: 'top-layers', candidate: 0, share: 1 }, why: full.message }]);
  const resumed = await climb({ kept: structuredClone(kept), skipped });
  expect(resumed.finished).toBe(true);
  const others = whole.pieces.filter(({ id }) => id !== trialOf('top-layers'));
  expect(differingBits(still(resumed.pieces), still(others))).toBe(0);
}, 60_000);

test('500 labels of three rows each: every row is answered once by each rung, among all labels', async () => {
  const labels = Array.from({ length: 500 }, (_, i) => `label ${i}`);
  const labelIndices = Int32Array.from({ length: 1500 }, (_, row) => row % 500);
  const digits = (label: number): number[] => [label % 10, Math.floor(label / 10) % 10, Math.floor(label / 100)];
  const tokenIds = Array.from(labelIndices, (label) =>
    Int32Array.from(digits(label), (digit, at) => 3 + 10 * at + digit),
  );
  const texts = Array.from(tokenIds, (ids, row) => `${ids.join(' ')} ${row}`);
  const rows = Int32Array.from(labelIndices.keys());
  const data = { labels, labelIndices, tokenIds, texts, groups: rows, lines: rows, cutRows: 0 };
  const { climb, plan, input, trialOf } = ladderOf(
    { rows: 1500, labels: 500, budgetMs: 250_000 },
    { taken: ['features', 'top-layers'], data, choices: { headC: 1 } },
  );
  const { pieces, seen } = await climb();
  for (const id of ['features', 'top-layers'].map((rung) => trialOf(rung))) {
    const own = pieces.filter((piece) => piece.id === id).map(({ outcome }) => outcome);
    expect(own.flatMap((fold) => [...fold.rows]).sort((a, b) => a - b)).toEqual([...rows]);
    for (const fold of own) expect(fold.probabilities).toHaveLength(500 * fold.rows.length);
  }
  const outcome = ladderOutcome(plan, { ...judgeOf(input), metric: 'macro_f1' }, seen);
  expect(outcome?.standings.map(({ state }) => state)).toEqual(['done', 'done']);
  // By chance one row in 500 is right.
  expect(outcome).toMatchObject({ recommended: 'features', nested: { chosen: Array(3).fill('features') } });
  expect(outcome?.nested.score).toBeGreaterThan(0.02);
}, 60_000);

function judgeOf({ data }: ExperimentInput): LadderRun['judge'] {
  const units = { texts: data.groups, groups: data.groups };
  return { labels: data.labels, truth: data.labelIndices, folds: 3, metric: 'accuracy', units };
}
