/** Which settings mean the same at a trainer elsewhere: all are looked at, none twice. */
import { expect, test } from 'vitest';
import { settingsElsewhere } from '../../../src/core/export/hand-over/settings-elsewhere';
import { handOverId, handOverOf, noTrainerFor, TRAINERS } from '../../../src/core/export/hand-over/trainers';
import { yamlLines } from '../../../src/core/export/hand-over/yaml';
import { autoChoices, resolveSettings, SETTINGS, settingsOf } from '../../../src/core/settings/defaults';
import { factsOf } from '../../../src/core/settings/facts';
import { METHODS, methodDefinition } from '../../../src/core/settings/methods';

const facts = factsOf(
  {
    rowCount: 100,
    labels: [
      { label: 'a', count: 50 },
      { label: 'b', count: 50 },
    ],
  },
  null,
  {
    backend: 'wasm',
    evaluation: { folds: 5, test: { kind: 'none' } },
    limit: 0,
    model: { layers: 6, maxTokens: 256 },
  },
);

test('every setting of every method that is handed over is mapped or listed with why, once', () => {
  const seen = new Set<string>();
  for (const method of METHODS.filter(({ id }) => noTrainerFor(id) === null)) {
    const { settings } = resolveSettings(method.id, autoChoices(), facts);
    for (const { dialect } of TRAINERS.filter(({ task }) => task === method.task)) {
      const { mapped, others } = settingsElsewhere(dialect, settings);
      const keys = [...mapped, ...others].map(({ key }) => key).sort();
      expect(keys).toEqual(
        settingsOf(method.id)
          .map(({ key }) => key)
          .sort(),
      );
      expect(new Set(mapped.map(({ as }) => as)).size).toBe(mapped.length);
      for (const { key, value } of [...mapped, ...others]) expect(value).toBe(settings[key]);
      for (const { why } of others) expect(why.length).toBeGreaterThan(10);
      for (const key of keys) seen.add(key);
    }
  }
  const never = SETTINGS.map(({ key }) => key).filter((key) => !seen.has(key));
  // Of methods that no trainer elsewhere takes.
  expect(never).toEqual(['headC']);
});

test('settings that a run of an earlier version did not know are left out', () => {
  const { settings } = resolveSettings('full', autoChoices(), facts);
  const { augmentation: _, l1: __, ...older } = settings;
  const { mapped, others } = settingsElsewhere('script', older as typeof settings);
  const values = [...mapped, ...others].map(({ value }) => value);
  expect(values).toHaveLength(settingsOf('full').length - 2);
  expect(values).not.toContain(undefined);
});

test('methods without a loss that a trainer has are refused by name, the others are not', () => {
  const refused = METHODS.filter(({ id }) => noTrainerFor(id) !== null).map(({ id }) => id);
  expect(refused).toEqual(['features', 'few-examples']);
  for (const id of refused) expect(noTrainerFor(id)).toContain(methodDefinition(id).title);
});

test('without a cap trainers go by passes, and a warm-up in steps is the share of them', () => {
  const { settings } = resolveSettings('generation-adapter', autoChoices(), facts);
  const there = (dialect: 'axolotl' | 'llama-factory', change: object) =>
    Object.fromEntries(
      settingsElsewhere(dialect, { ...settings, ...change }, 55).mapped.map(({ key, there: value }) => [key, value]),
    );
  expect(there('axolotl', {})).toMatchObject({ maxSteps: null, warmupRatio: 0.1 });
  expect(there('llama-factory', {})).toMatchObject({ maxSteps: -1, warmupRatio: 6 });
  for (const dialect of ['axolotl', 'llama-factory'] as const) {
    expect(there(dialect, { maxSteps: 30 })).toMatchObject({ maxSteps: 30 });
  }
});

test('an id says which trainer and whether the weights go along', () => {
  for (const { id } of TRAINERS) {
    expect(handOverOf(handOverId(id, true))).toMatchObject({ trainer: { id }, withBase: true });
    expect(handOverOf(handOverId(id, false))).toMatchObject({ trainer: { id }, withBase: false });
  }
  expect(handOverOf('merged')).toBe(null);
  expect(handOverOf('hand-over:other')).toBe(null);
});

test('YAML numbers are numbers to a reader of YAML 1.1 too', () => {
  expect(
    yamlLines([
      ['rate', 1e-7],
      ['share', 0.1],
      ['none', null],
      ['left out', undefined],
      ['words', 'a: "b"', 'why'],
    ]),
  ).toBe('rate: 1.0e-7\nshare: 0.1\nnone: null\n# why\nwords: "a: \\"b\\""\n');
});
