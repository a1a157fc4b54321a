/** What rungs take, on a device that works and on one that breaks down by one of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { RunControl } from '../../../src/core/run/experiment';
import type { MeasuredRungs } from '../../../src/core/search/plan';
import { methodDefinition } from '../../../src/core/settings/methods';
import { rungsOf } from '../../../src/core/search/rung';
import type { SkippedTrial } from '../../../src/core/search/trials';
import { type DeviceGuard, NO_GUARD } from '../../../src/engine/device/guard';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { measureRungs, type RungsToMeasure } from '../../../src/engine/run/rung-costs';
import { runSearch, type SearchInput } from '../../../src/engine/run/search';
import { startBackend } from '../../helpers/tf-node';
import { CONTINUE, SILENT, toyContext, toyInput, toyModel } from '../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

const OPTIONS = { rows: 48, folds: 3, choices: { nEpochs: 1, batchSize: 16, maxSteps: 2 } };
const RUNGS = rungsOf('classification', { layers: 2 }).filter(({ id }) =>
  ['features', 'top-layers', 'adapter', 'full'].includes(id),
);
const settingsOf = ({ id }: { id: string }) => toyInput(id, model, OPTIONS).plan.settings;
const FULL = new AppError('out-of-memory', 'The GPU ran out of memory.');

/** Breaks down for want of memory as soon as `isAt` says so; what was reported on the side is reported for good. */
function breaking(isAt: () => boolean): DeviceGuard {
  let broken = false;
  return {
    check(): void {
      broken ||= isAt();
      if (broken) throw FULL;
    },
  };
}

function measure(
  guard: DeviceGuard,
  change: Partial<RungsToMeasure> = {},
  control: RunControl = CONTINUE,
): Promise<MeasuredRungs | null> {
  const context = toyContext({ ...toyInput('features', model, OPTIONS), guard, control });
  return measureRungs({ ...context, threads: undefined }, { rungs: RUNGS, settingsOf, folds: 3, names: [], ...change });
}

test('a device that breaks down by a rung ends the measuring: it does not call those after it unfit', async () => {
  const begun: string[] = [];
  const broken: unknown[] = [];
  const measured = measure(
    breaking(() => begun.at(-1) === 'Top layers'),
    {
      onRung: (title) => begun.push(title),
      onBroken: ({ id }, failure) => broken.push([id, failure]),
    },
  );
  await expect(measured).rejects.toBe(FULL);
  expect(broken).toEqual([['top-layers', FULL]]);
  expect(begun.at(-1)).toBe('Top layers');
  expect(begun.length).toBeLessThan(RUNGS.length);
});

test('a rung that a device cannot hold, and works on, is unfit; what reading takes is measured with the next', async () => {
  const begun: string[] = [];
  // The memory runs out in each of its passes, however few rows are in it.
  const control: RunControl = {
    checkpoint: () => (begun.length === 1 ? Promise.reject(FULL) : Promise.resolve('continue')),
  };
  const measured = await measure(NO_GUARD, { onRung: (title) => begun.push(title) }, control);
  expect(measured?.costs.map(({ rung, unfit }) => [rung, unfit !== null])).toEqual(
    RUNGS.map(({ id }, i) => [id, i === 0]),
  );
  // Nothing of a rung depends on whether it fits but its minutes; all of these take passes over the rows.
  expect(measured?.costs.map(({ turn, scales }) => [turn, scales])).toEqual([
    [1, true],
    [3, true],
    [4, true],
    [5, true],
  ]);
  expect(measured?.costs[0]?.unfit).toContain('the memory ran out');
  expect(measured?.readMs).toBeGreaterThan(0);
});

test('counted steps take as long on a part of the rows, and what leaves no model says so', async () => {
  const rungs = rungsOf('classification', { layers: 2 }).filter(({ id }) => /few-examples|tfidf|names/.test(id));
  const measured = await measure(NO_GUARD, { rungs });
  expect(measured?.costs.map(({ rung, scales, model, turn, late }) => [rung, scales, model, turn, late])).toEqual([
    ['label_names', undefined, false, undefined, undefined],
    ['tfidf_logistic_regression', undefined, false, undefined, undefined],
    ['few-examples', false, undefined, 2, null],
  ]);
  const few = methodDefinition('few-examples').search;
  expect(few?.late?.({ rows: 191, labels: 6 })).toBeNull();
  expect(few?.late?.({ rows: 192, labels: 6 })).toContain('where there is time for everything');
});

test('a search whose device broke down while it was measured: the next start passes that rung over and finds what works', async () => {
  const skipped: SkippedTrial[] = [];
  const plans: string[][] = [];
  let at = '';
  const input = (change: Partial<SearchInput>): SearchInput => {
    const { measured: _, letGo: __, place: ___, ...own } = toyInput('features', model, OPTIONS);
    const { data } = own;
    return {
      ...{ ...own, rungs: RUNGS, settingsOf, request: { budgetMs: null, measured: null } },
      judge: {
        ...{ labels: data.labels, truth: data.labelIndices, folds: 3, metric: 'accuracy' },
        units: { texts: data.groups, groups: data.groups },
      },
      observer: { ...SILENT, onProgress: ({ message }) => void (at = message ?? '') },
      search: {
        onPlan: ({ rungs }) => plans.push(rungs.flatMap(({ rung, first }) => (first === null ? [] : [rung]))),
        onSkipped: (own) => skipped.push(own),
        ...{ onTable: () => undefined, onTrial: () => undefined, onStopped: () => undefined },
      },
      ...change,
    };
  };
  const guard = breaking(() => at === 'Measuring on this device: Top layers');
  await expect(runSearch(input({ guard }))).rejects.toBe(FULL);
  const why = 'This device broke down when it was measured. The GPU ran out of memory.';
  expect(skipped).toEqual([{ trial: { rung: 'top-layers', candidate: 0, share: 1 }, why }]);
  expect(plans).toEqual([]);
  const { plan, conclusion } = await runSearch(input({ before: { plan: null, skipped, stopped: false } }));
  expect(plans).toEqual([expect.not.arrayContaining(['top-layers'])]);
  expect(plans[0]).toHaveLength(3);
  expect(plan?.rungs.find(({ rung }) => rung === 'top-layers')?.out).toBe(why);
  expect(conclusion).not.toBeNull();
}, 60_000);
