import { nodeCheckTools } from '../helpers/check-tools';
/** Runs of the worker that read with two encoders: what is loaded, told, reported, kept and answered. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppError } from '../../src/core/errors';
import { encoderTitle } from '../../src/core/models/encoders';
import { encodersOfHead } from '../../src/core/run/trained-model';
import type { RunRequest } from '../../src/core/run/record';
import type { Row } from '../../src/core/data/dataset';
import { autoChoices } from '../../src/core/settings/defaults';
import { createTokenizer } from '../../src/core/text/tokenizer';
import { openDatabase } from '../../src/storage/database';
import { deleteModel, listModelFiles } from '../../src/storage/models';
import { getReport, getRun, getWeights } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { TrainingJob } from '../../src/worker/job';
import type { JobPorts } from '../../src/worker/job-ports';
import { createModelSource } from '../../src/worker/model-source';
import { recoverRuns } from '../../src/worker/recover';
import { labelNames } from '../../src/worker/run-encoders';
import { addDataset, createHarness, request, spamRows } from '../helpers/job';
import { startBackend } from '../helpers/tf-node';
import { tinyModelFiles } from '../helpers/tiny-model';
import { classificationReport } from '../helpers/classification-report';

const [MINILM, E5] = ['all-MiniLM-L6-v2', 'multilingual-e5-small'] as const;
const BOTH = { encoder: 'both', choices: { ...autoChoices(), recipe: 'choose' } } as const;

beforeAll(() => startBackend('wasm'));

/** Both models, the second with weights of its own, the ids in the order in which they were asked for, and shards that were read. */
async function open(without: string | null = null) {
  const files = new Map([
    [MINILM as string, tinyModelFiles(1, MINILM)],
    [E5 as string, tinyModelFiles(7, E5)],
  ]);
  const asked: string[] = [];
  const shards: string[] = [];
  const harness = await createHarness({
    modelFiles: (id) => ({
      read: (file) => {
        if (asked.at(-1) !== id) asked.push(id);
        if (file.endsWith('.bin')) shards.push(`${id}/${file}`);
        const bytes = id === without ? undefined : files.get(id)?.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `${file} is missing.`));
      },
    }),
  });
  await addDataset(harness.database, 'd', spamRows(40));
  const messages = (): string[] =>
    harness.runEvents().flatMap((event) => (event.type === 'progress' ? [event.progress.message] : []));
  return { ...harness, files, asked, shards, messages };
}

test('both encoders are loaded and read with, each by its name; report, kept model and answers are of both', async () => {
  const { database, job, events, asked, messages } = await open();
  const tensors = tf.memory().numTensors;
  await job.start('q', request(BOTH));
  expect(tf.memory().numTensors).toBe(tensors);
  expect(asked).toEqual([MINILM, E5]);
  expect(messages().some((message) => message.startsWith('Loading MiniLM L6: '))).toBe(true);
  expect(messages().some((message) => message.includes(' texts with MiniLM L6'))).toBe(true);

  const run = await getRun(database, 'run');
  expect([run?.state, run?.modelId]).toEqual(['succeeded', MINILM]);
  expect(run?.estimate?.reading?.map(({ model }) => model)).toEqual([MINILM, E5]);
  const report = classificationReport(await getReport(database, 'run'));
  expect(report.recipes?.encoders.map(({ id }) => id)).toEqual([MINILM, E5]);
  expect(report.recipes?.folds).toHaveLength(3);

  const kept = await getWeights(database, 'run');
  expect(kept && encodersOfHead(kept.tuned.head).length).toBeGreaterThan(0);
  const texts = spamRows(40).map(({ text }) => text);
  await job.predict({ type: 'predict', requestId: 'p', runId: 'run', backend: 'wasm', texts });
  const answer = events.find((event) => event.type === 'predicted' && event.requestId === 'p');
  if (answer?.type !== 'predicted') throw new Error('no answer');
  const right = answer.prediction.tuned.filter(
    ([ham = 0], i) => (ham > 0.5 ? 'ham' : 'spam') === spamRows(40)[i]?.target,
  );
  expect(right.length).toBeGreaterThan(30);
});

test('an encoder that is named is the only one, and the run’s own', async () => {
  const { database, job, asked } = await open();
  await job.start('q', request({ encoder: E5, choices: BOTH.choices }));
  expect(asked).toEqual([E5]);
  expect((await getRun(database, 'run'))?.modelId).toBe(E5);
  expect((await getReport(database, 'run'))?.model.id).toBe(E5);
});

test('a second encoder that cannot be had ends the run with its file, and no tensor is left', async () => {
  const { database, job } = await open(E5);
  const tensors = tf.memory().numTensors;
  await job.start('q', request(BOTH));
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await getRun(database, 'run')).toMatchObject({
    state: 'failed',
    error: { code: 'model-missing', message: 'E5 multilingual: manifest.json is missing.' },
  });
});

/** What a run came to, times left out. */
const figures = async (database: HoneDatabase, runId = 'run') => {
  const timeless = (key: string, value: unknown): unknown =>
    ['timings', 'created_at', 'seconds'].includes(key) ? 'a time' : value;
  return {
    state: (await getRun(database, runId))?.state,
    report: JSON.parse(JSON.stringify(await getReport(database, runId), timeless)) as unknown,
    weights: await getWeights(database, runId),
  };
};

describe('a run whose texts were read by a run before', () => {
  const OTHER = {
    ...BOTH,
    choices: { ...BOTH.choices, seed: 7 },
    evaluation: { folds: 4, test: { kind: 'none' } },
  } as const;
  const again = (change: Partial<RunRequest> = {}): RunRequest => request({ ...OTHER, runId: 'again', ...change });
  const ALL = [MINILM, E5].flatMap((id) => ['1', '2'].map((n) => `${id}/model-0000${n}-of-00002.bin`));

  async function afterOne(first: Partial<RunRequest> = BOTH) {
    const opened = await open();
    await opened.job.start('q', request(first));
    const { shards } = opened;
    const before = shards.splice(0);
    return { ...opened, before };
  }

  test('loads no encoder, and comes to the figures of a run that read them itself, to the bit', async () => {
    const { database, job, shards, before } = await afterOne();
    expect(before).toEqual(ALL);
    const tensors = tf.memory().numTensors;
    await job.start('q', again());
    expect(shards).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
    const fresh = await open();
    await fresh.job.start('q', again());
    expect(fresh.shards).toEqual(ALL);
    const own = await figures(database, 'again');
    expect(own.state).toBe('succeeded');
    expect(own).toEqual(await figures(fresh.database, 'again'));
  });

  test.each([
    ['a row more', { datasetId: 'more' }, ALL],
    ['a label described in other words', { labelDescriptions: { spam: 'free cash' } }, ALL],
    ['an encoder that did not read before', {}, ALL.slice(2)],
  ])('with %s loads once what has to read', async (what, change, loaded) => {
    const { database, job, shards } = await afterOne(what.startsWith('an encoder') ? { choices: BOTH.choices } : BOTH);
    await addDataset(database, 'more', spamRows(41));
    await job.start('q', again(change));
    expect((await getRun(database, 'again'))?.state).toBe('succeeded');
    expect(shards).toEqual(loaded);
  });

  test('a shard that is gone is missed by the run that has to read, which names it, and by no other', async () => {
    const { database, job, files } = await afterOne();
    await addDataset(database, 'more', spamRows(41));
    files.get(E5)?.delete('model-00002-of-00002.bin');
    await job.start('q', again());
    expect((await getRun(database, 'again'))?.state).toBe('succeeded');
    await job.start('q', again({ runId: 'third', datasetId: 'more' }));
    expect(await getRun(database, 'third')).toMatchObject({
      state: 'failed',
      error: { code: 'model-missing', message: 'E5 multilingual: model-00002-of-00002.bin is missing.' },
    });
  });

  test('another method loads its encoder at once', async () => {
    const { database, job, shards } = await afterOne();
    await job.start(
      'q',
      again({ method: 'top-layers', encoder: MINILM, choices: { ...autoChoices(), nEpochs: 1, layers: 1 } }),
    );
    expect((await getRun(database, 'again'))?.state).toBe('succeeded');
    expect(shards).toEqual(ALL.slice(0, 2));
  });

  test('its plan is measured without loading either', async () => {
    const { job, events, shards } = await afterOne();
    await job.estimate({ type: 'estimate', requestId: 'e', request: again() });
    expect(events.some(({ type }) => type === 'estimated')).toBe(true);
    expect(shards).toEqual([]);
  });
});

describe('a run with both that breaks off, and whose second encoder is then taken out of the browser', () => {
  /** The server has both; `offline` takes the network away. */
  function serve() {
    const fetched: string[] = [];
    const state = { offline: false };
    vi.stubGlobal('fetch', (url: URL) => {
      const [file = '', id = ''] = url.pathname.split('/').reverse();
      if (state.offline) return Promise.reject(new TypeError('Failed to fetch'));
      fetched.push(`${id}/${file}`);
      const bytes = tinyModelFiles(id === E5 ? 7 : 1, id).get(file);
      return Promise.resolve(bytes ? new Response(bytes) : new Response(null, { status: 404 }));
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    return { fetched, state };
  }

  const modelsIn = (database: () => HoneDatabase): JobPorts['modelFiles'] => {
    return (modelId, options) =>
      createModelSource({ database: database(), modelId, baseUrl: 'https://hone.test/', ...options });
  };

  /** Killed when its first fold was told; at the next start of the page the encoder is removed. */
  async function brokenOff() {
    let own: HoneDatabase | null = null;
    const place = (): HoneDatabase => {
      if (own === null) throw new Error('There is no database yet.');
      return own;
    };
    const first = await createHarness({ modelFiles: modelsIn(place) });
    own = first.database;
    await addDataset(first.database, 'd', spamRows(40));
    let dead = false;
    first.onPost((event) => {
      dead ||= event.type === 'run' && event.events.some(({ type }) => type === 'fold');
      if (!dead || event.type !== 'run') return;
      first.database.close();
      throw new Error('killed');
    });
    await first.job.start('q', request(BOTH));
    own = await openDatabase({ name: first.database.name });
    await recoverRuns(
      { database: own, now: () => 1, checkTools: nodeCheckTools, tryLock: (body) => body(), lock: (body) => body() },
      null,
    );
    expect(await listModelFiles(own, E5)).not.toEqual([]);
    await deleteModel(own, E5);
    const next = await createHarness({ modelFiles: modelsIn(place) });
    next.ports.database = own;
    return { ...next, database: own, job: new TrainingJob(next.ports) };
  }

  test('fetches its files again when it goes on, says so, and comes to the same report and model', async () => {
    const { fetched } = serve();
    const whole = await open();
    await whole.job.start('q', request(BOTH));
    const { database, job, runEvents } = await brokenOff();
    fetched.length = 0;
    await job.resumeRun('q', 'run', null);
    // Of the first one only the manifest, which may be newer.
    expect(fetched.filter((file) => file.startsWith(MINILM))).toEqual([`${MINILM}/manifest.json`]);
    expect(fetched.filter((file) => file.startsWith(E5)).sort()).toEqual(
      [...tinyModelFiles(7, E5).keys()].sort().map((file) => `${E5}/${file}`),
    );
    const messages = runEvents().flatMap((event) => (event.type === 'progress' ? [event.progress.message] : []));
    expect(messages.some((message) => message.startsWith(`Loading ${encoderTitle(E5)}: `))).toBe(true);
    expect(await figures(database)).toEqual(await figures(whole.database));
    expect(await listModelFiles(database, E5)).not.toEqual([]);
  });

  test('waits without a network, names the encoder whose file is missing, and goes on when there is one', async () => {
    const { state } = serve();
    const whole = await open();
    await whole.job.start('q', request(BOTH));
    const { database, job } = await brokenOff();
    state.offline = true;
    await job.resumeRun('q', 'run', null);
    const message = expect.stringMatching(new RegExp(`^${encoderTitle(E5)}: The model's file .* could not be loaded`));
    expect(await getRun(database, 'run')).toMatchObject({
      state: 'interrupted',
      error: { code: 'model-missing', message },
    });
    state.offline = false;
    await job.resumeRun('q2', 'run', null);
    expect(await figures(database)).toEqual(await figures(whole.database));
  });
});

describe('a run with both that chooses its recipe, by labels that are hard', () => {
  async function recipesOf(rows: Row[]) {
    const { database, job } = await open();
    await addDataset(database, 'hard', rows);
    await job.start('q', request({ ...BOTH, datasetId: 'hard', evaluation: { folds: 2, test: { kind: 'none' } } }));
    const run = await getRun(database, 'run');
    expect([run?.state, run?.error]).toEqual(['succeeded', null]);
    const report = classificationReport(await getReport(database, 'run'));
    const tried = report.recipes?.folds.flatMap(({ trials }) => trials) ?? [];
    expect(tried.length).toBeGreaterThan(0);
    return { report, named: tried.filter(({ recipe }) => recipe.includes('label names')) };
  }
  const relabelled = (names: Record<string, string>): Row[] =>
    spamRows(40).map((row) => ({ ...row, target: names[row.target] ?? row.target }));

  test('words are tried as rows of their labels', async () => {
    expect((await recipesOf(relabelled({ ham: 'lunch', spam: 'free cash' }))).named).not.toEqual([]);
  });

  test('codes are not', async () => {
    const { report, named } = await recipesOf(relabelled({ ham: 'ABBR', spam: '0' }));
    expect(named).toEqual([]);
    expect(report.dataset.labels.map(({ label }) => label).sort()).toEqual(['0', 'ABBR']);
  });

  test('two of one name in other case stay two, and their name counts for neither', async () => {
    const { report, named } = await recipesOf(relabelled({ ham: 'Lunch', spam: 'lunch' }));
    expect(named).toEqual([]);
    expect(report.dataset.labels.map(({ label }) => label).sort()).toEqual(['Lunch', 'lunch']);
    expect(report.cross_validation.accuracy.mean).toBeGreaterThan(0.8);
  });

  test('twelve rows, and texts of which no encoder knows a word, come to a report', async () => {
    const { report } = await recipesOf(spamRows(12));
    expect(report.dataset.training_rows).toBe(12);
    const strange = spamRows(24).map((row, i) => ({ ...row, text: String.fromCodePoint(0x1200 + i, 0x1260 + 2 * i) }));
    const { verdict, dataset } = (await recipesOf(strange)).report;
    expect(dataset.training_rows).toBe(24);
    expect(verdict.sentence).not.toMatch(/gains/);
  });
});

test('an encoder that this version does not know is refused by its name', async () => {
  const { database, job } = await open();
  await job.start('q', request({ encoder: 'another' }));
  expect((await getRun(database, 'run'))?.error?.message).toContain('«another»');
});

test('a plan with both is measured with both', async () => {
  const { job, events, asked } = await open();
  await job.estimate({ type: 'estimate', requestId: 'e', request: request(BOTH) });
  expect(new Set(asked)).toEqual(new Set([MINILM, E5]));
  const answer = events.find((event) => event.type === 'estimated');
  expect(answer?.type === 'estimated' && answer.estimate.reading?.every(({ ms }) => ms > 0)).toBe(true);
});

describe('what stands for a label', () => {
  const tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(tinyModelFiles().get('tokenizer.json'))));
  const names = (labels: string[], labelDescriptions?: Record<string, string>) => {
    const data = {
      labels,
      lines: new Int32Array(),
      texts: [],
      labelIndices: new Int32Array(),
      groups: new Int32Array(),
      tokenIds: [],
      cutRows: 0,
    };
    return labelNames({ data }, labelDescriptions ? { labelDescriptions } : {}, tokenizer, 32);
  };

  test('is its description before its name, in the model’s tokens', () => {
    const [plain, described] = [names(['free cash', 'lunch']), names(['free cash', 'lunch'], { lunch: 'meet mum' })];
    expect(plain[0]).toEqual(described[0]);
    expect(plain[1]).not.toEqual(described[1]);
    const mum = tokenizer.encode('mum', 8)[1] ?? NaN;
    expect([plain[1]?.includes(mum), described[1]?.includes(mum)]).toEqual([false, true]);
  });

  test('is nothing for a code', () => {
    expect(names(['ABBR', '0'])).toEqual([null, null]);
  });
});
