/** A fit of an adapter on several threads: the same bits as on one, whoever takes part, fails, is slow or answers twice. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FitState } from '../../../../src/core/run/checkpoint';
import type { TokenExample } from '../../../../src/core/run/generation';
import type { CurvePoint } from '../../../../src/core/run/record';
import { createRandom } from '../../../../src/core/random';
import { autoChoices, resolveSettings } from '../../../../src/core/settings/defaults';
import type { Settings } from '../../../../src/core/settings/settings';
import { NO_GUARD } from '../../../../src/engine/device/guard';
import { Pace } from '../../../../src/engine/fit/pace';
import { Progress } from '../../../../src/engine/fit/progress';
import type { Decoder } from '../../../../src/engine/models/decoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import {
  type AnswerCrew,
  type AnswerThreads,
  doJobs,
  shareStep,
  startAnswerCrew,
} from '../../../../src/engine/tasks/generation/crew';
import {
  answerCrewWork,
  type AnswerJob,
  type AnswerResult,
  type AnswerTask,
} from '../../../../src/engine/tasks/generation/jobs';
import { forkForAdapter } from '../../../../src/engine/tasks/generation/fork';
import { generationAdapter } from '../../../../src/engine/tasks/generation/methods/generation-adapter';
import { stepMemory, stepThreads } from '../../../../src/engine/tasks/generation/step-memory';
import type { FromCrewThread, ToCrewThread } from '../../../../src/engine/threads/decoder-messages';
import { DecoderServer } from '../../../../src/engine/threads/decoder-server';
import { startBackend } from '../../../helpers/tf-node';
import { nodeThreads } from '../../../helpers/threads';
import { SILENT_WRITER, tinyDecoder, tinyLlama } from '../../../helpers/tiny-llama';
import { CONTINUE, stopAfter } from '../../fit/toy';

let model: Decoder;
beforeAll(async () => {
  await startBackend('wasm');
  model = tinyDecoder(1);
});
afterAll(() => disposeWeights(model.weights));

/** Rows of many lengths, so that parts are padded and dealt unequally. */
const random = createRandom(5);
const examples = Array.from({ length: 10 }, (_, row): TokenExample => {
  const ids = Int32Array.from({ length: 30 + 9 * (row % 4) }, () => Math.floor(random() * tinyLlama.vocabSize));
  return { ids, trained: Uint8Array.from(ids, (_, i) => (i % 3 === 0 ? 1 : 0)) };
});

const data = {
  examples,
  groups: Int32Array.from(examples.keys()),
  strata: Int32Array.from(examples, (_, i) => i % 4),
  cutRows: 0,
};

const settings: Settings = {
  ...resolveSettings('generation-adapter', autoChoices(), {
    ...{ backend: 'wasm', rows: 16, labels: 0, smallestLabel: 0, imbalance: 1, folds: 1 },
    ...{ modelLayers: tinyLlama.layers, modelMaxTokens: 128 },
    tokens: { median: 40, p95: 60, max: 60, shareOver: () => 0 },
  }).settings,
  ...{ nEpochs: 2, batchSize: 4, gradientAccumulation: 2, maxSteps: 1000, earlyStoppingPatience: 0 },
  ...{ loraDropout: 0.2, learningRate: 0.05, rank: 2, maxGradNorm: 0.5 },
};

interface Fitted {
  threads?: AnswerThreads;
  state?: FitState;
}

const decoding = { maxNewTokens: 100, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };

/** All that a fit leaves: the adapter, its curve, its states, its log. */
async function fitWith({ threads, state }: Fitted = {}) {
  const points: CurvePoint[] = [];
  const log: string[] = [];
  const states: FitState[] = [];
  const pace = new Pace(CONTINUE);
  const onLog = (message: string): void => void log.push(message);
  const crew = await startAnswerCrew({ model, data, settings, threads, onLog });
  const fit = await generationAdapter
    .learner({
      ...{ settings, pace, guard: NO_GUARD, data, model, modelId: 'tiny', modelSha256: 'sha', decoding, crew },
      progress: new Progress({ onProgress: () => undefined }, pace, []),
      checkpoints: { due: () => true, save: (kept) => Promise.resolve(void states.push(kept)) },
      observer: { onPoint: (point) => void points.push(point), onLog },
      ...{
        probes: [],
        shown: null,
        writer: { ...SILENT_WRITER, write: () => Promise.reject(new Error('Nothing is asked.')) },
      },
    })
    .fit({
      ...{ rows: Int32Array.from(examples.keys()), fold: 0, part: 'fold 0', epochs: null, keepWhenStopped: false },
      state: state ?? null,
    });
  crew?.end();
  if (!fit) throw new Error('Nobody stopped it.');
  const { tensors } = await fit.keep();
  fit.dispose();
  return { tensors, points, log, states, size: crew?.size };
}

let alone: Awaited<ReturnType<typeof fitWith>>;
beforeAll(async () => (alone = await fitWith()));

/** The same threads, and what was answered by them. */
function watched(threads: AnswerThreads) {
  const answers: Extract<FromCrewThread<AnswerTask>, { type: 'gradients' }>[] = [];
  const seen: AnswerThreads = {
    ...threads,
    start: ({ onMessage, onError }) =>
      threads.start({
        onError,
        onMessage(message) {
          if (message.type === 'gradients') answers.push(message);
          onMessage(message);
        },
      }),
  };
  return { threads: seen, answers };
}

test('two and three threads give the bits of one: adapter, losses, norms; and others take part', async () => {
  for (const count of [2, 3]) {
    const { threads, answers } = watched(await nodeThreads(count));
    const { tensors, points, log } = await fitWith({ threads });
    expect(tensors).toEqual(alone.tensors);
    expect(points).toEqual(alone.points);
    expect(log).toEqual([]);
    // Two steps a pass: every one is shared, and with more threads more of it.
    expect(answers.length).toBeGreaterThanOrEqual(4);
    expect(new Set(answers.map(({ step }) => step)).size).toBe(4);
  }
});

test('what one thread kept in the middle, two go on with to the same bits, and the other way round', async () => {
  const { threads } = watched(await nodeThreads(2));
  const ofTwo = await fitWith({ threads });
  for (const [{ states }, others] of [
    [alone, threads],
    [ofTwo, undefined],
  ] as const) {
    const state = states.find(({ step }) => step === 2);
    if (!state) throw new Error('Nothing was kept.');
    const goneOn = await fitWith({ state, ...(others && { threads: others }) });
    expect(goneOn.tensors).toEqual(alone.tensors);
  }
});

type Answer = (message: FromCrewThread<AnswerTask>) => void;
type Behaviour = (task: Extract<ToCrewThread<AnswerTask>, { type: 'gradients' }>, answer: Answer) => Promise<void>;

/** Threads that compute in this one, but do with a task what `behave` says; `honest` computes it. */
function fakeThreads(
  count: number,
  behaviour: (honest: Behaviour) => Behaviour,
  onPost: (message: ToCrewThread<AnswerTask>) => void = () => undefined,
  beforeJobs: Promise<void> = Promise.resolve(),
) {
  const state = { started: 0, ended: 0, given: 0, skipped: 0 };
  const threads: AnswerThreads = {
    ...{ count, lanes: count, wasmUrl: null },
    start({ onMessage }) {
      state.started++;
      let hear: Answer = onMessage;
      const server = new DecoderServer<AnswerTask>(answerCrewWork, (message) => hear(message));
      const honest: Behaviour = (task) => server.obey(task);
      const behave = behaviour(honest);
      let last = Promise.resolve();
      return {
        post(message) {
          onPost(message);
          if (message.type === 'skip') state.skipped++;
          if (message.type === 'skip' || message.type === 'drop') return server.hear(message);
          if (message.type === 'gradients') state.given++;
          const copy = structuredClone(message);
          last = last.then(async () => {
            if (copy.type === 'ask') await beforeJobs;
            await (copy.type === 'gradients' ? behave(copy, onMessage) : server.obey(copy));
          });
        },
        end() {
          state.ended++;
          hear = () => undefined;
        },
      };
    },
  };
  return { threads, state };
}

test('one that stops in the middle of a step gives back what it had, which is said once', async () => {
  let tasks = 0;
  const { threads, state } = fakeThreads(3, (honest) => (task, answer) => {
    if (++tasks < 3) return honest(task, answer);
    answer({ type: 'failed', error: { code: 'internal', message: 'No more.', stack: '', details: {} } });
    return Promise.resolve();
  });
  const { tensors, points, log } = await fitWith({ threads });
  expect(tensors).toEqual(alone.tensors);
  expect(points).toEqual(alone.points);
  expect(log).toEqual(['A thread that helped stopped, and the others do its part: No more.']);
  expect(state).toMatchObject({ started: 2, ended: 2 });
});

test('an answer that comes twice, or late, or of another step, counts once', async () => {
  let kept: Extract<FromCrewThread<AnswerTask>, { type: 'gradients' }> | undefined;
  const { threads } = watched(
    fakeThreads(2, (honest) => async (task, answer) => {
      if (kept) answer(kept);
      await honest(task, answer);
    }).threads,
  );
  const twice: AnswerThreads = {
    ...threads,
    start: ({ onMessage, onError }) =>
      threads.start({
        onError,
        onMessage(message) {
          onMessage(message);
          if (message.type !== 'gradients') return;
          onMessage({ ...message });
          kept = message;
        },
      }),
  };
  expect((await fitWith({ threads: twice })).tensors).toEqual(alone.tensors);
});

test('gradients that are left out, doubled or swapped would show', async () => {
  const spoiled = (spoil: (values: Float32Array) => void) => {
    const { threads } = fakeThreads(2, (honest) => honest);
    return fitWith({
      threads: {
        ...threads,
        start: ({ onMessage, onError }) =>
          threads.start({
            onError,
            onMessage(message) {
              if (message.type === 'gradients') spoil(message.values);
              onMessage(message);
            },
          }),
      },
    });
  };
  expect((await spoiled(() => undefined)).tensors).toEqual(alone.tensors);
  expect((await spoiled((values) => values.fill(0))).tensors).not.toEqual(alone.tensors);
  expect((await spoiled((values) => values.forEach((value, i) => (values[i] = 2 * value)))).tensors).not.toEqual(
    alone.tensors,
  );
  expect((await spoiled((values) => values.reverse())).tensors).not.toEqual(alone.tensors);
});

test('of one that is slow the last part is done here, and it leaves that out', async () => {
  const given: number[] = [];
  let skip = (): void => undefined;
  const skipped = new Promise<void>((resolve) => (skip = resolve));
  // It begins a step of which it has more than one part only when one of them was taken from it.
  const { threads, state } = fakeThreads(
    2,
    (honest) => async (task, answer) => {
      if (given.filter((step) => step === task.step).length > 1) await skipped;
      await honest(task, answer);
    },
    (message) => {
      if (message.type === 'gradients') given.push(message.step);
      else if (message.type === 'skip') skip();
    },
  );
  const { threads: seen, answers } = watched(threads);
  expect((await fitWith({ threads: seen })).tensors).toEqual(alone.tensors);
  expect(state.skipped).toBeGreaterThan(0);
  expect(answers).toHaveLength(state.given - state.skipped);
});

test('one that never starts is done without, and nobody helps where one may train or rows are too few', async () => {
  const { threads, state } = fakeThreads(2, (honest) => honest);
  const none = await fitWith({ threads: { ...threads, lanes: 1 } });
  expect(none.tensors).toEqual(alone.tensors);
  expect(none.size).toBeUndefined();
  const short = examples.map(({ ids, trained }) => ({ ids: ids.subarray(0, 8), trained: trained.subarray(0, 8) }));
  const plan = { model, settings: { ...settings, gradientAccumulation: 1 }, threads, onLog: () => undefined };
  expect(await startAnswerCrew({ ...plan, data: { examples: short } })).toBeNull();
  expect(state.started).toBe(0);
  const dead: AnswerThreads = {
    ...threads,
    start({ onError }) {
      queueMicrotask(() => onError('it could not be started.'));
      return { post: () => undefined, end: () => undefined };
    },
  };
  const { tensors, log } = await fitWith({ threads: dead });
  expect(tensors).toEqual(alone.tensors);
  expect(log).toHaveLength(1);
});

test('as many threads share as the device has room for, and as there are parts', () => {
  const parts = 8;
  const threads = (bytes: number, lanes: number) => stepThreads({ recompute: false, bytes, parts }, lanes);
  expect(threads(3e8, 1)).toBe(1);
  expect(threads(3e8, 4)).toBe(4);
  // A thread that trains may have 1 GiB; of two that need more, one has what both may have.
  expect(threads(2 ** 30, 2)).toBe(2);
  expect(threads(2 ** 30 + 1, 2)).toBe(1);
  expect(threads(2 ** 30 + 1, 4)).toBe(3);
  expect(threads(9e9, 4)).toBe(1);
  expect(stepThreads({ recompute: false, bytes: 1, parts: 3 }, 4)).toBe(3);
  const of = (change: Partial<Settings>) => stepMemory(model, data, { ...settings, ...change });
  // The longest row has 57 tokens, padded to 64.
  expect(of({}).parts).toBe(4);
  expect(of({ gradientAccumulation: 1, batchSize: 8 }).parts).toBe(4);
  expect(of({ gradientAccumulation: 1, batchSize: 1 }).parts).toBe(1);
  // 32 rows fit in a micro-batch of 2,048 tokens: of each, a quarter.
  expect(of({ gradientAccumulation: 1, batchSize: 64 }).parts).toBe(8);
  // One part at a time is in memory: of 8 rows two, of 32 a quarter of them.
  expect(of({ batchSize: 8 }).bytes).toBe(of({ batchSize: 4 }).bytes);
  expect(of({ batchSize: 64 }).bytes).toBe(of({ batchSize: 32 }).bytes);
  expect(of({ batchSize: 32 }).bytes).toBeGreaterThan(of({ batchSize: 8 }).bytes);
  // Of five rows one part has three.
  expect(of({ batchSize: 5 }).bytes).toBeGreaterThan(of({ batchSize: 4 }).bytes);
});

test('a loss above the best is called a runaway only where it is worse than guessing', async () => {
  const state = alone.states.find(({ step }) => step === 2);
  if (!state) throw new Error('Nothing was kept.');
  const divergence = { ...state.divergence, smoothLoss: 1e-6, bestLoss: 1e-6 };
  const { log, tensors } = await fitWith({ state: { ...state, divergence } });
  expect(log).toEqual([]);
  expect(tensors).toEqual(alone.tensors);
});

const answering = { maxNewTokens: 5, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };

/** Rows to score and prompts to answer, every second one with an adapter. */
const jobs = Array.from({ length: 7 }, (_, i): { job: AnswerJob; tuned: boolean } => {
  const own = examples.slice(i, i + 3);
  const prompts = own.map(({ ids }) => ids.subarray(0, 4 + i));
  const job: AnswerJob =
    i % 3 === 0 ? { kind: 'score', examples: own } : { kind: 'write', prompts, decoding: answering, endIds: [] };
  return { job, tuned: i % 2 === 1 };
});

async function answersWith(threads?: AnswerThreads, pace = new Pace(CONTINUE)) {
  const log: string[] = [];
  const { fork, decoder: tuned } = forkForAdapter(model, settings, 0);
  // An adapter changes nothing while its second matrices are zero.
  const random = createRandom(8);
  fork.restore(
    new Map(
      Array.from(await fork.read(), ([name, { shape, values }]) => [
        name,
        { shape, values: values.map(() => random() - 0.5) },
      ]),
    ),
  );
  const crew = await startAnswerCrew({ model, data, settings, threads, onLog: (message) => void log.push(message) });
  const results: AnswerResult[] = [];
  const told: [index: number, share: number][] = [];
  try {
    const finished = await doJobs({
      ...{ crew, model, tuned, jobs, pace },
      told: (index, share) => void told.push([index, share]),
      done(index, result) {
        if (results[index]) throw new Error('Told twice.');
        results[index] = result;
      },
    });
    return { results, finished, log, told, here: new Set(told.map(([index]) => index)).size };
  } finally {
    crew?.end();
    fork.dispose();
  }
}

/** A crew that shows what it is given. */
function showing(change: Partial<AnswerCrew>): AnswerCrew {
  return change as AnswerCrew;
}

test('what a crew is given lies in arrays of its own, with the tokens of each part and the names of the adapter alone', async () => {
  const large = Int32Array.from({ length: 100 }, (_, i) => i % tinyLlama.vocabSize);
  const learned = new Uint8Array(100).fill(1);
  const part = (from: number, to: number): TokenExample => ({
    ids: large.subarray(from, to),
    trained: learned.subarray(from, to),
  });
  const isOwn = (array: Int32Array | Uint8Array): boolean => array.buffer.byteLength === array.byteLength;
  const { fork, decoder } = forkForAdapter(model, settings, 0);
  const works = [[part(0, 9), part(9, 40)], [part(40, 47)]].map((own) => ({
    ...{ examples: own, normalizer: 3, dropout: undefined },
  }));
  shareStep(
    showing({
      step(_, parts) {
        // Padded to the longest: two rows of 32, one of 8.
        expect(parts.map(({ tokens }) => tokens)).toEqual([64, 8]);
        for (const { work } of parts) {
          for (const { ids, trained } of work.examples) expect([isOwn(ids), isOwn(trained)]).toEqual([true, true]);
        }
        expect(parts.map(({ work }) => work)).toEqual(works);
        return {
          begin: () => undefined,
          take: () => null,
          collect: () => [],
          news: () => Promise.resolve(),
          end: () => undefined,
        };
      },
    }),
    { decoder, trainable: fork.trainable },
    works,
  );
  const looks: number[] = [];
  const asked = [
    { job: { kind: 'score', examples: [part(0, 9)] }, tuned: true },
    { job: { kind: 'write', prompts: [large.subarray(0, 4)], decoding: answering, endIds: [] }, tuned: false },
  ] satisfies { job: AnswerJob; tuned: boolean }[];
  const crew = showing({
    async share({ jobs: given, tuned, here }) {
      expect(given).toEqual(asked);
      for (const { job } of given) {
        const arrays = job.kind === 'write' ? job.prompts : job.examples.flatMap(({ ids, trained }) => [ids, trained]);
        expect(arrays.every(isOwn)).toBe(true);
      }
      expect(tuned?.trainable).toEqual(fork.trainable);
      // The others are looked after at every turn of a job that is done here.
      for (const index of given.keys()) await here(index, () => void looks.push(index));
      return false;
    },
  });
  const plan = { crew, model, tuned: decoder, jobs: asked, pace: new Pace(CONTINUE), done: () => undefined };
  expect(await doJobs(plan)).toBe(false);
  expect(looks.filter((index) => index === 0)).toHaveLength(1);
  expect(looks.filter((index) => index === 1).length).toBeGreaterThanOrEqual(4);
  fork.dispose();
});

test('one thread that is stopped among its jobs says so', async () => {
  const done: number[] = [];
  const plan = {
    crew: null,
    model,
    tuned: null,
    jobs: jobs.slice(0, 2),
    done: (index: number) => void done.push(index),
  };
  expect(await doJobs({ ...plan, pace: new Pace(stopAfter(1)) })).toBe(false);
  expect(done).toEqual([0]);
});

describe('jobs', () => {
  let expected: AnswerResult[];
  beforeAll(async () => ({ results: expected } = await answersWith()));

  test('come to the same on every thread, with the adapter or without, each done once', async () => {
    expect(expected).toHaveLength(7);
    expect(new Set(expected.map((result) => JSON.stringify(result))).size).toBe(7);
    for (const count of [2, 3]) {
      const { results, finished, log, here } = await answersWith(await nodeThreads(count));
      expect(results).toEqual(expected);
      expect({ finished, log }).toEqual({ finished: true, log: [] });
      expect(here).toBeLessThan(7);
    }
  });

  test('of a thread that stops are done by the others', async () => {
    let asked = 0;
    const { threads } = fakeThreads(2, (honest) => honest);
    const stopping: AnswerThreads = {
      ...threads,
      start(listener) {
        const thread = threads.start(listener);
        return {
          ...thread,
          post(message, transfer) {
            if (message.type !== 'ask' || ++asked !== 2) thread.post(message, transfer);
            else listener.onError('it is gone.');
          },
        };
      },
    };
    const { results, finished, log } = await answersWith(stopping);
    expect(results).toEqual(expected);
    expect(finished).toBe(true);
    expect(log).toEqual(['A thread that helped stopped, and the others do its part: it is gone.']);
  });

  test('of one thread are told in turn from nothing on, and come to their end', async () => {
    const { finished, told } = await answersWith();
    expect(finished).toBe(true);
    for (const [index, { job }] of jobs.entries()) {
      const shares = told.flatMap(([at, share]) => (at === index ? [share] : []));
      // What is scored is told at its one batch once more; of what is written each token is.
      const after = job.kind === 'score' ? [0] : [1, 2, 3, 4].map((token) => token / answering.maxNewTokens);
      expect(shares.slice(0, after.length + 1)).toEqual([0, ...after]);
    }
  });

  test('that a thread did not begin are done here at the end, and left out there', async () => {
    const dropped: number[] = [];
    const asked: number[] = [];
    let drop = (): void => undefined;
    const taken = new Promise<void>((resolve) => (drop = resolve));
    const { threads } = fakeThreads(
      2,
      (honest) => honest,
      (message) => {
        if (message.type === 'ask') asked.push(message.number);
        if (message.type !== 'drop') return;
        dropped.push(message.number);
        drop();
      },
      // It begins nothing before that.
      taken,
    );
    const { results, here } = await answersWith(threads);
    expect(results).toEqual(expected);
    expect(asked).toEqual([1, 2]);
    expect(dropped).toEqual([2]);
    expect(here).toBe(6);
  });

  test('end with a stop, also of one who waits for others', async () => {
    const never = new Promise<void>(() => undefined);
    const dropped: string[] = [];
    const { threads } = fakeThreads(
      2,
      (honest) => honest,
      ({ type }) => void (type === 'drop' && dropped.push(type)),
      never,
    );
    // Before the first; among them; some looks after this thread took the last that it can: all that is left is with the other.
    for (const [looks, came] of [
      [0, 0],
      [3, 1],
      [null, 6],
    ] as const) {
      dropped.splice(0);
      let left = looks ?? 12;
      const isOver = (): boolean => (looks !== null || dropped.length > 0) && left-- <= 0;
      const pace = new Pace({ checkpoint: () => Promise.resolve(isOver() ? 'stop' : 'continue') });
      const { finished, results } = await answersWith(threads, pace);
      expect(finished).toBe(false);
      expect(results.filter((result) => result !== undefined)).toHaveLength(came);
    }
    expect(dropped).toContain('drop');
  });
});
