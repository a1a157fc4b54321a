import { afterEach, describe, expect, test, vi } from 'vitest';
import { AppError, type ErrorCode, toErrorData } from '../../src/core/errors';
import type { FoldResult, Run, RunProgress } from '../../src/core/run/record';
import { autoChoices } from '../../src/core/settings/defaults';
import type { Backend, SettingChoices } from '../../src/core/settings/settings';
import type { Hone } from '../../src/state/hone.svelte';
import {
  brokenOffAt,
  canGoOn,
  finishedBefore,
  hasRows,
  mayUseProcessor,
  refusals,
  removeRun,
  resumeRun,
  runToOffer,
  startAgain,
} from '../../src/ui/broken-off';
import { sampleLadder } from '../helpers/ladder-sample';
import { sampleRun } from '../helpers/storage';

afterEach(() => refusals.clear());

test('a run that broke off says how far it was, where that is known', () => {
  expect(brokenOffAt({ progress: { progress: 0.424 } as RunProgress })).toBe('broken off at 42 %');
  expect(brokenOffAt({ progress: null })).toBe('broken off');
});

test('what it had finished is told in folds, of a search in rungs', () => {
  const fold = { fold: 0, metrics: {}, seconds: 1 } as FoldResult;
  expect(finishedBefore({ folds: [] })).toBe('No fold was finished yet.');
  expect(finishedBefore({ folds: [fold, fold] })).toBe('2 folds finished.');
  const search = { table: sampleLadder(), now: null, skipped: [], stopped: false };
  expect(finishedBefore({ folds: [], search })).toBe('5 rungs finished.');
  expect(finishedBefore({ folds: [], search: { ...search, table: null } })).toBe('No rung was finished yet.');
});

describe('runToOffer', () => {
  const runs = [sampleRun('new', { state: 'interrupted' }), sampleRun('old', { state: 'interrupted' })];
  const offered = (aside: string[], route: Parameters<typeof runToOffer>[2] = { screen: 'data' }) =>
    runToOffer(runs, new Set(aside), route)?.id;

  test('«Not now» to one run does not hide another', () => {
    expect([offered([]), offered(['new']), offered(['new', 'old'])]).toEqual(['new', 'old', undefined]);
  });

  test('nothing is offered where it is shown anyway', () => {
    expect([offered([], { screen: 'runs' }), offered([], { screen: 'running', runId: 'new' })]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('canGoOn', () => {
  const there = { loaded: true, byId: (id: string) => (id === 'd' ? ({ id } as never) : null) };
  const fault = (code: ErrorCode) => new AppError(code, 'No.');
  const run = (change: Partial<Run> = {}) => sampleRun('r', { state: 'interrupted', ...change });

  test('what another version of the app began, or with other data, is only to be finished', () => {
    expect(canGoOn(run(), there)).toBe(true);
    expect(canGoOn(run({ error: toErrorData(fault('checkpoint-foreign')) }), there)).toBe(false);
    refusals.set('r', fault('checkpoint-foreign'));
    expect(canGoOn(run(), there)).toBe(false);
    refusals.set('r', fault('busy'));
    expect(canGoOn(run(), there)).toBe(true);
  });

  test('without its data set it cannot, once it is known which there are', () => {
    expect(canGoOn(run({ datasetId: 'gone' }), there)).toBe(false);
    expect(canGoOn(run({ datasetId: 'gone' }), { ...there, loaded: false })).toBe(true);
  });
});

test('a run can be done again where its version of the data is here, and the set that it was tested on', () => {
  const versions = [{ number: 1 }, { number: 3 }];
  const here = { byId: (id: string) => (id === 'gone' ? null : ({ id, versions } as never)) };
  const run = sampleRun('r', { datasetVersion: 3 });
  expect(hasRows(run, here)).toBe(true);
  expect(hasRows({ ...run, datasetVersion: 2 }, here)).toBe(false);
  expect(hasRows({ ...run, datasetId: 'gone' }, here)).toBe(false);
  const testedOn = (datasetId: string) => {
    const evaluation = { ...run.request.evaluation, test: { kind: 'file' as const, datasetId } };
    return { ...run, request: { ...run.request, evaluation } };
  };
  expect([hasRows(testedOn('other'), here), hasRows(testedOn('gone'), here)]).toEqual([true, false]);
});

test('the processor is offered for every fault of the GPU, a plan too large for it among them, and for no other', () => {
  const may = (backend: Backend, code: ErrorCode): boolean =>
    mayUseProcessor({ request: { ...sampleRun('r').request, backend } }, new AppError(code, 'No.'));
  const codes = ['no-webgpu', 'device-wrong', 'device-lost', 'gpu-error', 'out-of-memory', 'plan-too-large'] as const;
  for (const code of codes) expect([may('webgpu', code), may('wasm', code)]).toEqual([true, false]);
  expect(may('webgpu', 'checkpoint-foreign')).toBe(false);
});

function hone(training: Partial<Hone['training']>) {
  const go = vi.fn();
  const show = vi.fn();
  const remove = vi.fn();
  const fake = { training, router: { go }, toasts: { show }, runs: { remove } } as unknown as Hone;
  return { fake, go, show, remove };
}

test('why a run was not resumed stays on its page, whatever screen it was asked from, until it is asked again', async () => {
  const foreign = new AppError('checkpoint-foreign', 'Begun by another version.');
  const { fake, go } = hone({ goOn: () => Promise.reject(foreign) });
  await resumeRun(fake, 'r');
  expect(go).toHaveBeenCalledWith({ screen: 'running', runId: 'r' });
  expect(refusals.get('r')).toMatchObject({ code: 'checkpoint-foreign', message: 'Begun by another version.' });
  await resumeRun(hone({ goOn: () => Promise.resolve() }).fake, 'r');
  expect(refusals.has('r')).toBe(false);
});

test('begun again on the processor it is another run with the same plan', async () => {
  const start = vi.fn((_: Parameters<Hone['training']['start']>[0]) => Promise.resolve('new'));
  const { fake, go } = hone({ start });
  const { request } = sampleRun('r');
  await startAgain(fake, { request: { ...request, backend: 'webgpu' } }, 'wasm');
  expect(start.mock.calls[0]?.[0]).toMatchObject({ name: request.name, datasetId: 'd', backend: 'wasm' });
  // A search is measured anew where its device is another.
  const measured = { costs: [], folds: 2, rows: 10, labels: 2, readMs: 0, memoryBytes: null };
  const search = { budgetMs: 60_000, measured };
  await startAgain(fake, { request: { ...request, backend: 'webgpu', search } }, 'wasm');
  expect(start.mock.calls[1]?.[0]).toMatchObject({ search: { budgetMs: 60_000, measured: null } });
  await startAgain(fake, { request: { ...request, backend: 'webgpu', search } });
  expect(start.mock.calls[2]?.[0]).toMatchObject({ search });
  expect(start.mock.calls[0]?.[0]).not.toHaveProperty('runId');
  // A run of an earlier version has less settings, each of which has to be there.
  const { augmentation: _, ...fewer } = { ...autoChoices(), seed: 7 };
  await startAgain(fake, { request: { ...request, choices: fewer as SettingChoices } });
  expect(start.mock.calls[3]?.[0]).toMatchObject({ choices: { augmentation: 'auto', seed: 7 } });
  expect(go).toHaveBeenCalledWith({ screen: 'running', runId: 'new' });
});

describe('removeRun', () => {
  test('a run that is being resumed is not deleted under its worker', () => {
    const { fake, remove, show } = hone({ busy: true, runId: 'r' });
    expect(removeRun(fake, 'r')).toBe(false);
    expect(remove).not.toHaveBeenCalled();
    expect(show).toHaveBeenCalledWith(expect.stringContaining('still working'));
    expect(removeRun(fake, 'other')).toBe(true);
  });

  test('what cannot be deleted is said, not thrown at nobody', () => {
    const { fake, remove, show } = hone({ busy: false, runId: null });
    remove.mockImplementation(() => {
      throw new AppError('not-found', 'This run is not in this browser any more.');
    });
    expect(removeRun(fake, 'r')).toBe(false);
    expect(show).toHaveBeenCalledWith('This run is not in this browser any more.');
  });
});
