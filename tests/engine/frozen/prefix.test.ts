import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { StateStore } from '../../../src/core/run/experiment';
import { padBatch } from '../../../src/core/text/batches';
import { pool, runLayers } from '../../../src/engine/models/encoder';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { createCorpus } from '../../../src/engine/tasks/classification/corpus';
import { type ExperimentInput, runExperiment } from '../../../src/engine/run/experiment';
import { Pace } from '../../../src/engine/fit/pace';
import { Prefix } from '../../../src/engine/frozen/prefix';
import { startBackend } from '../../helpers/tf-node';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';
import {
  CONTINUE,
  differingBits,
  MemoryStates,
  Notebook,
  stopAfter,
  timeless,
  toyData,
  toyInput,
  toyModel,
  type ToyOptions,
} from '../fit/toy';

let model: Model;
const corpus = createCorpus(toyData(200), null);
const ROWS = [0, 7, 21, 139];

beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

function helpWith(store: StateStore, modelSha256 = 'toy') {
  const log: string[] = [];
  return { store, modelSha256, log, onLog: (message: string) => void log.push(message) };
}

/** Bytes of all states in float32. */
function bytesOf({ distinct }: typeof corpus): number {
  return distinct.tokenIds.reduce((sum, ids) => sum + ids.length, 0) * model.config.hiddenSize * 4;
}

async function prepared(keepBytes?: number, help: ReturnType<typeof helpWith> | null = null): Promise<Prefix> {
  const prefix = new Prefix(model, corpus, 1, keepBytes);
  await prefix.prepare(new Pace(CONTINUE), () => undefined, help);
  return prefix;
}

/** Pooled output of the layers above the prefix. */
async function pooled(prefix: Prefix, rows: number[] = ROWS): Promise<Float32Array> {
  const { config, weights } = model;
  const batch = padBatch(rows.map((row) => corpus.tokenIds[row] ?? new Int32Array()));
  await prefix.fetch(rows);
  const result = tf.tidy(() => {
    const hidden = prefix.hidden(rows, batch, weights);
    return pool(model, runLayers(model, hidden, batch, prefix.from, config.layers), batch);
  });
  const values = await result.data<'float32'>();
  result.dispose();
  return values.slice();
}

test('layers over the kept states give what the whole model gives, in a padded batch and alone', async () => {
  const kept = new Prefix(model, corpus, 1);
  const texts: number[] = [];
  expect(await kept.prepare(new Pace(CONTINUE), (done) => texts.push(done))).toBe(true);
  expect(texts.at(-1)).toBe(corpus.distinct.tokenIds.length);
  const whole = new Prefix(model, corpus, 0);
  for (const rows of [[3], ROWS]) {
    const [a, b] = [await pooled(kept, rows), await pooled(whole, rows)];
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? NaN, 5));
  }
});

test('a later run finds the states in the store, to the bit, and computes only what is not there', async () => {
  const store = new MemoryStates();
  const expected = await pooled(await prepared(undefined, helpWith(store)));
  expect(store.bytes).toBe(bytesOf(corpus));

  const found = new Prefix(model, corpus, 1);
  const control = stopAfter(Infinity);
  await found.prepare(new Pace(control), () => undefined, helpWith(store));
  expect(control.looks()).toBe(0);
  expect(await pooled(found)).toEqual(expected);

  const [key, pieces] = [...store.blocks][0] ?? ['', []];
  store.blocks.set(key, pieces.slice(1));
  const damaged = new Prefix(model, corpus, 1);
  await damaged.prepare(new Pace(control), () => undefined, helpWith(store));
  expect(control.looks()).toBeGreaterThan(0);
  expect(await pooled(damaged)).toEqual(expected);
  expect(store.blocks.get(key)).toEqual(pieces);
});

test('another model, another layer, another precision or another backend finds nothing of these', async () => {
  const store = new MemoryStates();
  const prepare = async (modelSha256: string, from: number, keepBytes?: number): Promise<number> => {
    const before = store.blocks.size;
    const prefix = new Prefix(model, corpus, from, keepBytes);
    await prefix.prepare(new Pace(CONTINUE), () => undefined, helpWith(store, modelSha256));
    return store.blocks.size - before;
  };
  const buckets = await prepare('toy', 1);
  expect(buckets).toBeGreaterThan(1);
  expect(await prepare('toy', 1)).toBe(0);
  expect(await prepare('other', 1)).toBe(buckets);
  expect(await prepare('toy', 2)).toBe(buckets);
  expect(await prepare('toy', 1, 0)).toBe(buckets);
  expect([...store.blocks.keys()].every((key) => key.includes('/wasm/'))).toBe(true);
});

test('where not all fits in memory it is kept in half precision, which is said, and is near', async () => {
  const help = helpWith(new MemoryStates());
  const half = await prepared(bytesOf(corpus) - 1, help);
  expect(help.log).toEqual([expect.stringMatching(/^The frozen layers’ output is kept in half precision: in full/)]);
  expect(help.log.join()).not.toMatch(/disk/);
  const [a, b] = [await pooled(half), await pooled(await prepared(bytesOf(corpus)))];
  expect(a).not.toEqual(b);
  a.forEach((value, i) => expect(Math.abs(value - (b[i] ?? NaN))).toBeLessThan(0.01));
});

describe('states that are not in memory', () => {
  test('are read by the batch, and those of the next while this one is computed', async () => {
    const store = new MemoryStates();
    const prefix = await prepared(0, helpWith(store));
    expect(store.bytes).toBe(bytesOf(corpus) / 2);
    await prefix.fetch([0, 1, 2], [3, 4]);
    await prefix.fetch([3, 4], [5]);
    // Again, as after a lack of memory.
    await prefix.fetch([3, 4], [5]);
    await prefix.fetch([5]);
    expect(store.reads).toEqual([3, 2, 1]);
  });

  test('are computed where the store was emptied, has lost some, or never was', async () => {
    const store = new MemoryStates();
    const help = helpWith(store);
    const prefix = await prepared(0, help);
    const expected = await pooled(prefix);
    for (const pieces of store.blocks.values()) pieces.splice(0, 20);
    expect(await pooled(prefix)).toEqual(expected);
    store.blocks.clear();
    expect(await pooled(prefix, [139, 21])).toEqual(await pooled(await prepared(0, null), [139, 21]));
    expect(await pooled(prefix)).toEqual(expected);
    expect(help.log.filter((message) => /thrown away/.test(message))).toHaveLength(1);
    expect(await pooled(new Prefix(model, corpus, 1, 0))).toEqual(expected);
  });

  test('are not asked of another thread’s prefix, which computes them to the same bits', async () => {
    const lent = await prepared(bytesOf(corpus) / 4, helpWith(new MemoryStates()));
    expect(lent.lend()).toBeNull();
    const borrower = new Prefix(model, corpus, 1, bytesOf(corpus) / 4);
    borrower.borrow(null);
    expect(await pooled(borrower)).toEqual(await pooled(lent));
  });

  test('have to be fetched before they are used', async () => {
    const prefix = await prepared(0, helpWith(new MemoryStates()));
    await prefix.fetch([1]);
    const batch = padBatch([corpus.tokenIds[2] ?? new Int32Array()]);
    expect(() => prefix.hidden([2], batch, model.weights)).toThrow(/not fetched/);
  });
});

test('a store that fails is said once, and what nobody keeps is not computed ahead', async () => {
  const help = helpWith(new MemoryStates(1000, Infinity));
  const prefix = new Prefix(model, corpus, 1, 0);
  const texts: number[] = [];
  expect(await prefix.prepare(new Pace(CONTINUE), (done) => texts.push(done), help)).toBe(true);
  expect(help.log.filter((message) => /disk is full/.test(message))).toEqual([
    'Not all of the frozen layers’ output can be kept: what is not is computed again. The disk is full.',
  ]);
  expect(texts.at(-1)).toBeLessThan(corpus.distinct.tokenIds.length);
  expect(await pooled(prefix)).toEqual(await pooled(await prepared(0, helpWith(new MemoryStates()))));
});

test('a store that breaks down while it is read is said once, and the run computes', async () => {
  const store = new MemoryStates();
  const help = helpWith(store);
  const prefix = await prepared(0, help);
  const expected = await pooled(prefix);
  store.read = () => Promise.reject(new AppError('storage-failed', 'The database was closed.'));
  await prefix.fetch([1], [2]);
  expect(await pooled(prefix)).toEqual(expected);
  expect(help.log.filter((message) => /closed/.test(message))).toHaveLength(1);
});

test('a stop is passed on', async () => {
  expect(await new Prefix(model, corpus, 1).prepare(new Pace(stopAfter(0)), () => undefined)).toBe(false);
});

test('what is computed for a batch leaves no tensor behind', async () => {
  const before = tf.memory().numTensors;
  await pooled(new Prefix(model, corpus, 1, 0));
  expect(tf.memory().numTensors).toBe(before);
});

test.each(['wasm', 'webgpu'] as const)(
  'on %s a text has the same states whatever it is computed with',
  async (backend) => {
    await startBackend(backend);
    const config = { ...tinyConfig, hiddenSize: 36, intermediateSize: 132, maxPositions: 160 };
    const wide = tinyEncoder(tinyWeights(3, config), config);
    const lengths = [3, 9, 33, 70, 129];
    const text = (length: number, row: number) => Int32Array.from({ length }, (_, i) => 1 + ((7 * i + row) % 38));
    const data = toyData(60);
    data.tokenIds = data.tokenIds.map((_, row) => text(lengths[row] ?? 5, row));
    const rows = [...lengths.keys()];
    const many = createCorpus(data, null);
    const states = async (prefix: Prefix, asked: number[]): Promise<Float32Array> => {
      await prefix.fetch(asked);
      const batch = padBatch(asked.map((row) => many.tokenIds[row] ?? new Int32Array()));
      const hidden = prefix.hidden(asked, batch, wide.weights);
      const values = await hidden.data<'float32'>();
      hidden.dispose();
      return values.slice();
    };
    const together = new Prefix(wide, many, 2);
    await together.prepare(new Pace(CONTINUE), () => undefined);
    const alone = new Prefix(wide, many, 2);
    for (const row of rows) expect(await states(alone, [row])).toEqual(await states(together, [row]));
    expect(await states(new Prefix(wide, many, 2), rows)).toEqual(await states(together, rows));
    disposeWeights(wide.weights);
    await startBackend('wasm');
  },
);

describe('a whole run', () => {
  const OPTIONS: ToyOptions = { rows: 90, folds: 2, test: 6, choices: { nEpochs: 2, batchSize: 7, dropout: 0.1 } };

  /** Kept now and then, in the second fold. */
  async function run(change: Partial<ExperimentInput>) {
    const notebook: Notebook = new Notebook(() => notebook.folds.length > 0 && notebook.points.length % 8 === 0);
    const input = { ...toyInput('top-layers', model, OPTIONS), ...change };
    const outcome = await runExperiment({ ...input, observer: notebook.observer, checkpoints: notebook.checkpoints });
    return { outcome, notebook };
  }

  test('has the same bits with its states in memory, half of them or all in the store, or in a full store', async () => {
    const { data, testData } = toyInput('top-layers', model, OPTIONS);
    const bytes = bytesOf(createCorpus(data, testData));
    const inMemory = await run({ prefixBytes: bytes - 1, states: new MemoryStates() });
    const [halfAway, allAway, full] = [new MemoryStates(), new MemoryStates(), new MemoryStates(1000)];
    const runs = [
      await run({ prefixBytes: bytes / 4, states: halfAway }),
      await run({ prefixBytes: 0, states: allAway }),
      await run({ prefixBytes: 0, states: full }),
      await run({ prefixBytes: 0 }),
      // Again, with all that the first left.
      await run({ prefixBytes: 0, states: allAway }),
    ];
    for (const { outcome, notebook } of runs) {
      expect(differingBits(timeless(outcome), timeless(inMemory.outcome))).toBe(0);
      expect(notebook.points).toEqual(inMemory.notebook.points);
    }
    const inFull = await run({ prefixBytes: bytes, states: new MemoryStates() });
    expect(differingBits(timeless(inFull.outcome), timeless(inMemory.outcome))).not.toBe(0);

    // Nothing is read but the rows of a batch of training (7) or of answering (64), and less where half is in memory.
    const pieces = ({ reads }: MemoryStates): number => reads.reduce((sum, count) => sum + count, 0);
    expect(Math.max(...allAway.reads)).toBeLessThanOrEqual(64);
    expect(allAway.reads.filter((count) => count <= 7).length).toBeGreaterThan(20);
    expect(pieces(halfAway)).toBeGreaterThan(0);
    expect(pieces(halfAway)).toBeLessThan(pieces(allAway) / 2);

    // Broken off in the second fold, the store lost meanwhile.
    const kept = inMemory.notebook.pages.find(({ kept: { fits } }) => fits[0]?.fold === 1)?.kept;
    if (!kept) throw new Error('The second fold was kept.');
    for (const states of [allAway, new MemoryStates()]) {
      const resumed = await run({ prefixBytes: 0, states, kept: structuredClone(kept) });
      expect(differingBits(timeless(resumed.outcome), timeless(inMemory.outcome))).toBe(0);
    }
  });
});
