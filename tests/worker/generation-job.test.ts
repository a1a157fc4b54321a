/** A whole run of written answers as the worker does it, on a tiny decoder, and the talk with what it leaves. */
import '../helpers/storage';
import { expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import type { Row } from '../../src/core/data/dataset';
import { autoChoices } from '../../src/core/settings/defaults';
import type { RunRequest } from '../../src/core/run/record';
import { getAdapter, getCurve, getReport, getRun } from '../../src/storage/runs';
import { saveDataset } from '../../src/storage/datasets';
import type { RunThreads } from '../../src/engine/run/run-threads';
import type { JobPorts } from '../../src/worker/job-ports';
import { createHarness, type JobHarness } from '../helpers/job';
import { nodeThreads } from '../helpers/threads';
import { builtInModel } from '../helpers/models';
import { sampleDataset } from '../helpers/storage';
import { tinyWriterFiles } from '../helpers/tiny-writer';

const ID = 'SmolLM2-135M-Instruct';
const NAMES = ['ann', 'bob', 'cay', 'dan', 'eve', 'fay', 'gus', 'hal', 'ivy', 'jon', 'kim', 'lou'];
const rows: Row[] = NAMES.map((name, i) => ({ rowId: i + 1, line: i + 1, text: `hi ${name}`, target: `yo ${name}` }));

async function harness(change: Partial<JobPorts> = {}): Promise<JobHarness> {
  const files = tinyWriterFiles();
  const made = await createHarness({
    ...change,
    modelFiles: (id) => ({
      read: (file, stop) => {
        if (id !== ID) return builtInModel(id).read(file, stop);
        const bytes = files.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `${file} is missing.`));
      },
    }),
  });
  const dataset = { ...sampleDataset('d', rows), task: 'generation' as const };
  await saveDataset(made.database, { dataset, rows, tokenCounts: null, file: null });
  return made;
}

function request(change: Partial<RunRequest> = {}): RunRequest {
  return {
    runId: 'run',
    name: 'A voice',
    datasetId: 'd',
    datasetVersion: 1,
    modelId: ID,
    method: 'generation-adapter',
    choices: { ...autoChoices(), nEpochs: 2, rank: 2, maxLength: 256 },
    evaluation: { folds: 1, test: { kind: 'hold-out', share: 0.25 } },
    backend: 'wasm',
    limit: 0,
    checks: [{ kind: 'contains', parameters: { text: 'yo' }, reason: '' }],
    ...change,
  };
}

test('from rows to report: base and tuned on the same held-out rows, probes, curve, and an adapter to talk to', async () => {
  const { job, database, runEvents, events } = await harness();
  await job.start('q', request());
  const run = await getRun(database, 'run');
  expect(run?.error).toBeNull();
  expect(run).toMatchObject({ state: 'succeeded', hasWeights: true, modelId: ID });
  const report = await getReport(database, 'run');
  if (report?.task !== 'generation') throw new Error('No report of written answers.');
  expect(report.status).toBe('complete');
  const { base, tuned, few_shot } = report.generation;
  expect(base?.loss).toBeGreaterThan(0);
  expect(tuned?.loss).toBeLessThan(base?.loss ?? 0);
  expect(few_shot).not.toBeNull();
  expect(report.generation.samples.length).toBeGreaterThanOrEqual(2);
  // The data set asks for one check, and every way's answers are judged by it.
  expect(report.generation.checks).toMatchObject([{ id: 'contains', wanted: report.generation.samples.length }]);
  for (const { answers, wanted } of report.generation.samples) {
    expect(wanted).toContain('yo');
    for (const answer of Object.values(answers)) {
      if (answer) expect(answer.checks).toEqual([answer.text.toLowerCase().includes('yo')]);
    }
  }
  const curve = await getCurve(database, 'run');
  expect(curve.filter(({ trainLoss }) => trainLoss !== null).length).toBe(run?.settings && 2 * Math.ceil(9 / 4));
  expect(curve.some(({ validLoss, metrics }) => validLoss !== null && metrics?.token_accuracy !== undefined)).toBe(
    true,
  );
  expect(run?.probes?.answers.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  // The tokens of one wanted answer, each cheaper or dearer than before, together what its row costs.
  const { shown, answers: looks } = run?.probes ?? { answers: [] };
  expect(shown?.pieces.join('')).toContain('yo ');
  expect(looks.map(({ nll }) => nll?.length)).toEqual([0, 1, 2].map(() => shown?.pieces.length));
  expect(looks[2]?.nll).not.toEqual(looks[0]?.nll);
  const told = runEvents().flatMap((event) => (event.type === 'progress' ? event.progress : []));
  expect(told.some(({ tokensPerSecond }) => (tokensPerSecond ?? 0) > 0)).toBe(true);
  expect(told.at(-1)?.memoryBytes).toBeGreaterThan(1e6);
  expect(run?.probes?.answers[0]?.texts).not.toEqual(run?.probes?.answers[2]?.texts);
  expect(runEvents().some(({ type }) => type === 'probes')).toBe(true);
  expect(run?.folds).toHaveLength(1);
  expect(run?.estimate).toMatchObject({
    backend: 'wasm',
    folds: 1,
    epochs: 2,
    answers: report.generation.samples.length,
  });
  expect(
    run?.log.some(({ message }) => /measured: one training × 2 epochs, \d held-out rows answered/.test(message)),
  ).toBe(true);
  const adapter = await getAdapter(database, 'run');
  expect(adapter?.lora).toMatchObject({ rank: 2, alpha: 16 });
  expect(adapter?.tensors).toHaveLength(2 * 7 * 2);

  const talk = { messages: [{ role: 'user' as const, content: 'hi ann' }] };
  const decoding = { maxNewTokens: 6, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
  const question = { runId: 'run', conversations: { base: talk, tuned: talk }, decoding, stop: [] };
  await job.chat({ type: 'chat', requestId: 'c', question: { ...question, ways: ['base', 'tuned'] }, backend: 'wasm' });
  const answered = events.find((event) => event.type === 'chat-answered');
  if (answered?.type !== 'chat-answered') throw new Error(JSON.stringify(events.at(-1)));
  for (const way of ['base', 'tuned'] as const) {
    const told = events
      .flatMap((event) => (event.type === 'chat-text' && event.way === way ? event.text : []))
      .join('');
    expect(answered.answers[way]?.text).toBe(told);
    expect(answered.answers[way]?.tokens).toBeGreaterThan(0);
  }
  expect(answered.answers.tuned?.text).not.toBe(answered.answers.base?.text);
});

test('where there are helpers they share in its steps and answers, also in measuring them, and it comes to the same to the bit', async () => {
  const alone = await harness();
  await alone.job.start('q', request());
  const told: string[] = [];
  const given = await nodeThreads(2);
  const threads: RunThreads = {
    ...given,
    start(listener) {
      const thread = given.start(listener);
      return {
        post(message, transfer) {
          told.push(message.type);
          thread.post(message, transfer);
        },
        end() {
          told.push('end');
          thread.end();
        },
      };
    },
  };
  const helped = await harness({ threads });
  await helped.job.start('q', request());
  expect((await getAdapter(helped.database, 'run'))?.tensors).toEqual(
    (await getAdapter(alone.database, 'run'))?.tensors,
  );
  const [reportAlone, report] = [await getReport(alone.database, 'run'), await getReport(helped.database, 'run')];
  if (reportAlone?.task !== 'generation' || report?.task !== 'generation') throw new Error('No report.');
  expect(report.generation).toEqual(reportAlone.generation);
  // Scored as it came, measured twice, and of the one group of four jobs at least one.
  expect(told.filter((type) => type === 'ask').length).toBeGreaterThanOrEqual(4);
  // One step is timed; of three a pass, the last has one row. And where it answers tuned rows it has the adapter again.
  expect(told.filter((type) => type === 'adapter').length).toBeGreaterThanOrEqual(5);
  expect([told[0], told.at(-1)]).toEqual(['open-decoder', 'end']);
  const [one, two] = [await getRun(alone.database, 'run'), await getRun(helped.database, 'run')];
  expect(two?.estimate?.bytes).toBe(2 * (one?.estimate?.bytes ?? 0));
});

test('broken off at a step or between answers it goes on to the same report, to the bit', async () => {
  const whole = await harness();
  await whole.job.start('q', request());
  const expected = await getReport(whole.database, 'run');
  const adapter = await getAdapter(whole.database, 'run');
  for (const at of [2, 5, 9, 14]) {
    const broken = await harness();
    let asked = 0;
    const { database } = broken;
    // The worker dies at one of the turns of its run: nothing of it is heard again.
    const dying = { ...broken.ports, elapsed: () => broken.ports.elapsed() };
    const job = broken.job;
    broken.onPost((event) => {
      if (event.type !== 'run' || ++asked !== at) return;
      job.checkpoint('run');
      job.pause('run');
    });
    const started = job.start('q', request());
    await new Promise<void>((resolve) => {
      broken.onPost((event) => {
        if (event.type === 'run' && event.events.some((one) => one.type === 'state' && one.state === 'paused'))
          resolve();
      });
      void started.then(() => resolve());
    });
    const { TrainingJob } = await import('../../src/worker/job');
    const second = new TrainingJob(dying);
    await second.resumeRun('q2', 'run', null);
    const run = await getRun(database, 'run');
    expect(run?.error).toBeNull();
    expect(run?.state).toBe('succeeded');
    const resumed = await getReport(database, 'run');
    const timeless = (report: typeof resumed) =>
      JSON.stringify(report, (key, value: unknown) => (/second|created_at|timings/.test(key) ? 0 : value));
    expect(timeless(resumed)).toBe(timeless(expected));
    expect((await getAdapter(database, 'run'))?.tensors).toEqual(adapter?.tensors);
  }
});

test('folds hold every row out once and end in an adapter of all rows; a stop says what there is not', async () => {
  const { job, database, onPost } = await harness();
  await job.start('q', request({ evaluation: { folds: 3, test: { kind: 'none' } } }));
  const report = await getReport(database, 'run');
  if (report?.task !== 'generation') throw new Error('No report of written answers.');
  expect(report.evaluation.folds).toHaveLength(3);
  expect(report.generation.samples.map(({ line }) => line).sort((a, b) => a - b)).toEqual(rows.map(({ line }) => line));
  onPost((event) => {
    if (event.type === 'run' && event.events.some((one) => one.type === 'fold')) job.stop('early');
  });
  await job.start('q', request({ runId: 'early', evaluation: { folds: 3, test: { kind: 'none' } } }));
  const stopped = await getRun(database, 'early');
  expect(stopped).toMatchObject({ state: 'stopped', hasWeights: true });
  const partial = await getReport(database, 'early');
  expect(partial?.status).toBe('partial');
  expect(partial?.missing.join('; ')).toContain('the final fit on all rows');
});

test('a plan is measured before it is started, and throws what a start would throw', async () => {
  const { job, database, events } = await harness();
  await job.estimate({ type: 'estimate', requestId: 'e', request: request() });
  const answer = events.find((event) => 'requestId' in event && event.requestId === 'e');
  if (answer?.type !== 'estimated') throw new Error(JSON.stringify(answer));
  expect(answer.estimate).toMatchObject({ backend: 'wasm', folds: 1, epochs: 2, answers: expect.any(Number) });
  expect(answer.estimate.totalMs).toBeGreaterThan(0);
  expect(await getRun(database, 'run')).toBeNull();
  await job.estimate({ type: 'estimate', requestId: 'f', request: request({ datasetId: 'gone' }) });
  expect(events.at(-1)).toMatchObject({ type: 'failed', requestId: 'f', error: { code: 'not-found' } });
});
