import '../helpers/storage';
import { expect, test } from 'vitest';
import type { GenerationReport } from '../../src/core/report/report';
import { choose, drawVote } from '../../src/core/report/generation/blind-vote';
import { getDataset, saveDataset } from '../../src/storage/datasets';
import { getVoting, saveVoting } from '../../src/storage/judgements';
import { addRun, finishRun, getReport } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { judgeReport } from '../../src/worker/judge-job';
import { judgedByRun } from '../../src/worker/judge-run';
import { nodeCheckTools } from '../helpers/check-tools';
import { generationContext, generationReport, HELD_OUT, wantedOf } from '../helpers/generation-sample';
import { freshDatabase, sampleDataset, sampleRows, sampleRun } from '../helpers/storage';

const report = generationReport({ answers: { base: () => '{"a":1}', tuned: wantedOf } });
const spec = { kind: 'json', parameters: {}, reason: '' };

async function stored(): Promise<HoneDatabase> {
  const database = await freshDatabase();
  const rows = sampleRows(4);
  await saveDataset(database, { dataset: sampleDataset('d', rows), rows, tokenCounts: null, file: null });
  await addRun(database, sampleRun('r'));
  await finishRun(database, 'r', { state: 'succeeded' }, { report, weights: null });
  return database;
}

async function generationOf(database: HoneDatabase): Promise<GenerationReport['generation']> {
  const kept = await getReport(database, 'r');
  if (kept?.task !== 'generation') throw new Error('no report');
  return kept.generation;
}

test('kept answers are judged again, and the data set keeps what they were judged by', async () => {
  const database = await stored();
  await judgeReport({ database, checkTools: nodeCheckTools }, { runId: 'r', checks: [spec] });
  expect((await generationOf(database)).checks).toMatchObject([{ id: 'json', passed: { base: HELD_OUT, tuned: 0 } }]);
  expect((await getDataset(database, 'd'))?.checks).toEqual([spec]);
  await judgeReport({ database, checkTools: nodeCheckTools }, { runId: 'r', checks: [] });
  expect((await generationOf(database)).checks).toEqual([]);
  expect((await getDataset(database, 'd'))?.checks).toEqual([]);
});

test('a vote is kept pair by pair, its result only after the last, and checks do not undo it', async () => {
  const database = await stored();
  let vote = drawVote(report.generation.samples, { seed: 3, against: 'base' });
  expect(await getVoting(database, 'r')).toBeNull();
  vote = choose(vote, 'first');
  await saveVoting(database, 'r', vote);
  expect(await getVoting(database, 'r')).toEqual(vote);
  expect((await generationOf(database)).vote).toBeNull();
  for (let i = 1; i < vote.pairs.length; i++) vote = choose(vote, 'equal');
  await saveVoting(database, 'r', vote);
  await judgeReport({ database, checkTools: nodeCheckTools }, { runId: 'r', checks: [spec] });
  const { vote: result, checks } = await generationOf(database);
  expect(result).toMatchObject({ pairs: 20, equal: 19, against: 'base' });
  expect(checks).toHaveLength(1);
  expect(await getVoting(database, 'r')).toEqual(vote);
  await saveVoting(database, 'r', null);
  expect(await getVoting(database, 'r')).toBeNull();
  expect((await generationOf(database)).vote).toBeNull();
});

test('a run or a report that is gone is said', async () => {
  const ports = { database: await stored(), checkTools: nodeCheckTools };
  await expect(judgeReport(ports, { runId: 'gone', checks: [] })).rejects.toMatchObject({ code: 'not-found' });
  await expect(saveVoting(ports.database, 'gone', null)).rejects.toMatchObject({ code: 'not-found' });
});

test('a run is judged by its own checks, else by what its training answers suggest, not the held-out ones', async () => {
  const context = generationContext();
  const json = { ...context.rows, answers: context.rows.answers.map((_, row) => (row < HELD_OUT ? 'prose' : '[1]')) };
  const suggested = await judgedByRun(report, { ...context, rows: json }, {}, nodeCheckTools);
  expect(suggested.generation.checks).toMatchObject([
    { id: 'json', reason: 'All 20 training answers are JSON.', passed: { base: HELD_OUT } },
  ]);
  const none = await judgedByRun(report, { ...context, rows: json }, { checks: [] }, nodeCheckTools);
  expect(none.generation.checks).toEqual([]);
  const length = { kind: 'length', parameters: { least: 1, most: '', unit: 'words' }, reason: '' };
  const own = await judgedByRun(report, context, { checks: [length] }, nodeCheckTools);
  expect(own.generation.checks.map(({ id }) => id)).toEqual(['length']);
  // In folds all rows are trained on by some.
  const folds = { ...context.plan, heldOutIn: context.plan.heldOutIn.map(() => 0) };
  expect((await judgedByRun(report, { rows: json, plan: folds }, {}, nodeCheckTools)).generation.checks).toEqual([]);
});
