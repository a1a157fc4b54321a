import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunControl } from '../../../src/core/run/experiment';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { forward } from '../../../src/engine/threads/forward';
import { forwardAll } from '../../../src/engine/threads/forward-all';
import type { ThreadListener, Threads, ToReader } from '../../../src/engine/threads/threads';
import { Pace } from '../../../src/engine/fit/pace';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import { tinyBatch } from '../../helpers/tiny-bert';
import { CONTINUE, stopAfter, toyModel } from '../fit/toy';

let model: Model;
const batches = Array.from({ length: 12 }, (_, i) => tinyBatch(i, [9, 3 + i, 20]));

beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

interface Options {
  threads?: Threads;
  depth?: 'pooled' | number;
  control?: RunControl;
}

async function run({ threads, depth = 'pooled', control = CONTINUE }: Options) {
  const values: (Float32Array | undefined)[] = batches.map(() => undefined);
  const log: string[] = [];
  let given = 0;
  const finished = await forwardAll({
    encoder: model,
    batches,
    depth,
    pace: new Pace(control),
    threads,
    onValues(index, found) {
      given++;
      values[index] = found.slice();
    },
    onLog: (message) => log.push(message),
  });
  return { values, log, given, finished };
}

/** Threads of this thread's own that do what `behave` says with each batch; the encoder is the model's. */
function fakeThreads(
  count: number,
  behave: (number: number, batch: Extract<ToReader, { type: 'forward' }>, listener: ThreadListener) => void,
  silent = false,
) {
  const state = { started: 0, ended: 0, dealt: 0 };
  const threads: Threads = {
    count,
    lanes: 1,
    wasmUrl: null,
    start(listener) {
      const number = state.started++;
      return {
        post(message) {
          if (message.type === 'open') {
            if (!silent) listener.onMessage({ type: 'started' });
            return;
          }
          if (message.type !== 'forward') throw new Error('No folds here.');
          state.dealt++;
          behave(number, message, listener);
        },
        end: () => void state.ended++,
      };
    },
  };
  return { threads, state };
}

/** The same threads, and a control that waits at the second look until each of them has answered. */
function awaited(threads: Threads) {
  const answered = new Set<number>();
  let started = 0;
  let looks = 0;
  const watched: Threads = {
    ...threads,
    start(listener) {
      const number = started++;
      return threads.start({
        ...listener,
        onMessage(message) {
          if (message.type === 'values') answered.add(number);
          listener.onMessage(message);
        },
      });
    },
  };
  const control: RunControl = {
    async checkpoint() {
      looks++;
      while (looks === 2 && answered.size < started) await new Promise((resolve) => setTimeout(resolve, 5));
      return 'continue';
    },
  };
  return { threads: watched, control, answered };
}

async function compute({ batch, depth, index }: Extract<ToReader, { type: 'forward' }>, listener: ThreadListener) {
  const values = Float32Array.from(await forward(model, batch, depth));
  listener.onMessage({ type: 'values', index, values });
}

describe('texts on several threads', () => {
  test('are the same bits on one, two and three threads, pooled or cut at a layer', async () => {
    for (const depth of ['pooled', 1] as const) {
      const one = await run({ depth });
      expect(one.values.every((values) => values !== undefined && values.length > 0)).toBe(true);
      for (const count of [2, 3]) {
        const { threads, control, answered } = awaited(await nodeThreads(count));
        const many = await run({ threads, control, depth });
        expect(many.values).toEqual(one.values);
        expect(many.log).toEqual([]);
        expect(answered.size).toBe(count - 1);
      }
    }
  });

  test('are computed on the other threads too', async () => {
    const { threads, state } = fakeThreads(3, (_, message, listener) => void compute(message, listener));
    await run({ threads });
    expect(state.started).toBe(2);
    expect(state.dealt).toBeGreaterThan(3);
  });

  test('a thread that crashes gives its batches to the others, which is said once', async () => {
    const plain = await run({});
    const { threads, state } = fakeThreads(3, (number, message, listener) => {
      if (number === 0) listener.onError('it ran out of memory');
      else void compute(message, listener);
    });
    const { values, log } = await run({ threads });
    expect(values).toEqual(plain.values);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/it ran out of memory/);
    expect(state.ended).toBe(2);
  });

  test('all threads crash: this one does it all', async () => {
    const plain = await run({});
    const { threads } = fakeThreads(4, (_, __, listener) => queueMicrotask(() => listener.onError('gone')));
    const { values, log } = await run({ threads });
    expect(values).toEqual(plain.values);
    expect(log).toHaveLength(3);
  });

  test('threads that never start hold up the work for two seconds and no more', async () => {
    const { threads, state } = fakeThreads(3, () => undefined, true);
    const { finished, given } = await run({ threads });
    expect(finished).toBe(true);
    expect(given).toBe(batches.length);
    expect(state.ended).toBe(2);
  });

  test('a batch that a thread began is waited for, and each is given once', async () => {
    let answers = 0;
    const { threads } = fakeThreads(2, (_, message, listener) => {
      if (answers++ === 0) void compute(message, listener);
      else setTimeout(() => void compute(message, listener), 100);
    });
    const { finished, given, values } = await run({ threads });
    expect(finished).toBe(true);
    expect(given).toBe(batches.length);
    expect(values).toEqual((await run({})).values);
  });

  test('a thread that hangs in a batch gives it back after a minute, which is said; one that answers is kept', async () => {
    const plain = await run({});
    let answers = 0;
    const { threads, state } = fakeThreads(3, (number, message, listener) => {
      if (number === 1 || answers++ === 0) void compute(message, listener);
    });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const running = run({ threads });
      let over = false;
      void running.finally(() => (over = true));
      while (!over) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        vi.advanceTimersByTime(3000);
      }
      const { values, given, log } = await running;
      expect(values).toEqual(plain.values);
      expect(given).toBe(batches.length);
      expect(log).toEqual([expect.stringMatching(/others do its part: it did not answer for \d+ s\.$/)]);
      expect(state.ended).toBe(2);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a stop ends the threads and deals nothing more', async () => {
    const { threads, state } = fakeThreads(3, () => undefined);
    const { finished, given } = await run({ threads, control: stopAfter(2) });
    expect(finished).toBe(false);
    expect(given).toBe(2);
    expect(state).toMatchObject({ started: 2, ended: 2, dealt: 4 });
  });

  test('a cancel throws, and ends the threads', async () => {
    const { threads, state } = fakeThreads(2, () => undefined);
    const control: RunControl = { checkpoint: () => Promise.reject(new Error('cancelled')) };
    await expect(run({ threads, control })).rejects.toThrow('cancelled');
    expect(state.ended).toBe(1);
  });

  test('little work starts no thread', async () => {
    const { threads, state } = fakeThreads(8, () => undefined);
    const options = { encoder: model, depth: 'pooled', pace: new Pace(CONTINUE), threads } as const;
    await forwardAll({ ...options, batches: batches.slice(0, 3), onValues: () => undefined });
    expect(state.started).toBe(0);
  });

  test('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await run({ threads: await nodeThreads(2) });
    expect(tf.memory().numTensors).toBe(before);
  });
});
