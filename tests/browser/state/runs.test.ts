import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../../../src/storage/database';
import { addRun, finishRun } from '../../../src/storage/runs';
import type { HoneDatabase } from '../../../src/storage/schema';
import { Removals } from '../../../src/state/removals.svelte';
import { Runs } from '../../../src/state/runs.svelte';
import { Toasts } from '../../../src/state/toasts.svelte';
import { sampleReport } from '../../helpers/report-sample';
import { sampleRun } from '../../helpers/run';

let database: HoneDatabase | undefined;
afterEach(() => {
  vi.restoreAllMocks();
  database?.close();
});

async function kept() {
  database = await openDatabase({ name: crypto.randomUUID() });
  const report = sampleReport();
  await addRun(database, sampleRun('r'));
  await finishRun(database, 'r', { state: 'succeeded' }, { report, weights: null });
  const runs = new Runs(Promise.resolve(database), { announce: vi.fn() }, new Removals(new Toasts()));
  await runs.refresh();
  return { runs, report };
}

test('the list is read again at every word of another tab, and no report with it', async () => {
  const { runs } = await kept();
  const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await runs.refresh();
  await runs.reload('r');
  await runs.rename('r', 'mine');
  const stores = opened.mock.calls.flatMap(([stores]) => (typeof stores === 'string' ? [stores] : [...stores]));
  expect(stores).toContain('runs');
  expect(stores).not.toContain('reports');
  expect(runs.byId('r')).toMatchObject({ name: 'mine', summary: { status: 'complete' } });
});

test('a report is read by the id of its run', async () => {
  const { runs, report } = await kept();
  expect(await runs.report('r')).toEqual(report);
  expect(await runs.report('another')).toBeNull();
});

test('a report that waits to be saved is the one that is shown, until the record is read again', async () => {
  const { runs, report } = await kept();
  const waiting = { ...report, created_at: '2030-01-01T00:00:00Z' };
  runs.showReport('r', waiting);
  expect(await runs.report('r')).toBe(waiting);
  await runs.refresh();
  expect(await runs.report('r')).toBe(waiting);
  await runs.reload('r');
  expect(await runs.report('r')).toEqual(report);
});
