import { beforeAll, expect, test } from 'vitest';
import { bertCounts } from '../../../src/engine/models/bert/counts';
import { countsOf } from '../../../src/engine/models/encoder';
import type { Method, SettingChoices } from '../../../src/core/settings/settings';
import { createCorpus } from '../../../src/engine/tasks/classification/corpus';
import { costsNextTo } from '../../../src/engine/run/try-costs';
import { workloadOf, type Kept, type PartLoad } from '../../../src/engine/run/workload';
import { tinyConfig } from '../../helpers/tiny-bert';
import { startBackend } from '../../helpers/tf-node';
import { toyInput, toyModel } from '../fit/toy';

beforeAll(() => startBackend('wasm'));

function loads(method: Method, choices: Partial<SettingChoices> = {}, kept: Kept = {}): Map<string, PartLoad> {
  const model = toyModel();
  const { data, plan } = toyInput(method, model, { choices });
  const all = workloadOf(createCorpus(data, null), plan.settings, countsOf(model), plan.folds, kept);
  return new Map(all.map((load) => [load.key, load]));
}

test('every part of a plan is counted, in its order', () => {
  expect([...loads('full').keys()]).toEqual([
    'features',
    'baselines',
    'prefix',
    'fold 0',
    'fold 1',
    'fold 2',
    'final',
    'test',
  ]);
});

test('a fold trains on its share of the rows, every epoch again', () => {
  const once = loads('full', { nEpochs: 1, earlyStoppingPatience: 0 });
  const twice = loads('full', { nEpochs: 2, earlyStoppingPatience: 0 });
  const final = once.get('final')?.training;
  expect(once.get('fold 0')?.training.flops).toBeCloseTo(((final?.flops ?? NaN) * 2) / 3);
  expect(twice.get('final')?.training.flops).toBeCloseTo(2 * (final?.flops ?? NaN));
});

test('tries are priced next to auto: by their passes, their readings of a row, their layers', () => {
  const model = toyModel();
  // Of a real size, where a step is more than its beginning.
  const counts = bertCounts({ ...tinyConfig, hiddenSize: 384, intermediateSize: 1536, layers: 6 });
  const usual = { nEpochs: 4, earlyStoppingPatience: 0, dropout: 0.1 };
  const tries = [{ nEpochs: 8 }, { rDrop: 1 }, { rDrop: 1, dropout: 0 }, { weightDecay: 0 }];
  const settings = [{}, ...tries].map(
    (own) => toyInput('full', model, { choices: { ...usual, ...own } }).plan.settings,
  );
  const corpus = createCorpus(toyInput('full', model, {}).data, null);
  const priced = (all: typeof settings) => all.map((own) => ({ corpus, counts, settings: own }));
  const [longer = 0, twice = 0, idle, other] = costsNextTo(3, priced(settings));
  for (const cost of [longer, twice]) {
    expect(cost).toBeGreaterThan(1.5);
    expect(cost).toBeLessThan(2.1);
  }
  expect([idle, other]).toEqual([1, 1]);
  const top = [1, 2].map((layers) => toyInput('top-layers', model, { choices: { ...usual, layers } }).plan.settings);
  expect(costsNextTo(3, priced(top))[0]).toBeGreaterThan(1.2);
  // An encoder of twice the layers takes twice as long.
  const [auto] = settings;
  if (!auto) throw new Error('Settings are resolved.');
  const deeper = bertCounts({ ...tinyConfig, hiddenSize: 384, intermediateSize: 1536, layers: 12 });
  const [double = 0] = costsNextTo(
    3,
    [counts, deeper].map((own) => ({ corpus, counts: own, settings: auto })),
  );
  expect(double).toBeGreaterThan(1.7);
  expect(double).toBeLessThan(2.2);
});

test('looks at the rows that a fold is scored on are counted, one a pass', () => {
  const flops = (nEpochs: number): number =>
    loads('full', { nEpochs, earlyStoppingPatience: 0 }).get('fold 0')?.forward.flops ?? NaN;
  // The last third of the rows is looked at after every pass, and answered once.
  expect(flops(3) / flops(1)).toBeCloseTo(4 / 2);
});

test('frozen layers whose output has no room are run at every step and at every answer, by its share', () => {
  const choices = { nEpochs: 5, earlyStoppingPatience: 0 };
  const flops = (again: number, part: string): number =>
    loads('top-layers', choices, { again, unread: [] }).get(part)?.forward.flops ?? NaN;
  const once = flops(0, 'prefix');
  expect(flops(1, 'final') - flops(0, 'final')).toBeCloseTo(5 * once);
  expect(flops(0.5, 'final') - flops(0, 'final')).toBeCloseTo(2.5 * once);
  // Two thirds of the rows in five epochs; the last third is looked at after each, and answered.
  expect(flops(1, 'fold 0') - flops(0, 'fold 0')).toBeCloseTo((5 * 2 * once) / 3 + (6 * once) / 3);
});

test('frozen layers are run once and not at every step', () => {
  const [top, full] = [loads('top-layers', { layers: 1 }, { unread: [] }), loads('full', {}, { unread: [] })];
  expect(top.get('fold 0')?.training.flops).toBeCloseTo((full.get('fold 0')?.training.flops ?? NaN) / 2);
  expect(top.get('prefix')?.forward.flops).toBeGreaterThan(0);
  expect(full.get('prefix')?.forward.flops).toBe(0);
});

test('frozen layers are not run again where the same pass reads the texts', () => {
  expect(loads('top-layers', { layers: 1 }).get('prefix')?.forward.flops).toBe(0);
});

test('texts whose vectors were kept are not read again', () => {
  expect(loads('features', {}, { unread: [] }).get('features')?.forward.flops).toBe(0);
  const one = loads('features', {}, { unread: [Int32Array.from({ length: 8 }, () => 1)] });
  const expected = tinyConfig.layers * bertCounts(tinyConfig).layerFlops({ batch: 1, tokens: 8 });
  expect(one.get('features')?.forward).toEqual({ passes: 1, flops: expected });
});

test('pairs stop at the most steps that were allowed', () => {
  const some = loads('few-examples', { maxSteps: 10 });
  const more = loads('few-examples', { maxSteps: 20 });
  const flops = (all: Map<string, PartLoad>): number => all.get('final')?.training.flops ?? NaN;
  expect(flops(more)).toBeCloseTo(2 * flops(some));
});

test('parts of features only go on beside each other; those of other methods in turn', () => {
  const pooled = (method: Method): string[] =>
    [...loads(method).values()].flatMap((own) => (own.pooled ? own.key : []));
  expect(pooled('features')).toEqual(['baselines', 'fold 0', 'fold 1', 'fold 2', 'final']);
  expect(['few-examples', 'top-layers', 'full'].flatMap(pooled)).toEqual([]);
});
