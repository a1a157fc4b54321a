/** What the form makes of a choice of encoder: what is asked for, which encoder is the first, and whose sizes count. */
import { expect, test } from 'vitest';
import type { Dataset, DatasetVersion } from '../../../src/core/data/dataset';
import { modelsFor } from '../../../src/core/models/registry';
import { methodDefinition, registerMethod } from '../../../src/core/settings/methods';
import type { LanguageTally } from '../../../src/core/text/language-tally';
import { TrainForm } from '../../../src/ui/screens/train/form.svelte';
import { RunPlan } from '../../../src/ui/screens/train/run-plan.svelte';

const models = modelsFor('classification');
const E5 = 'multilingual-e5-small';
const [{ id: miniLm }] = models;
const german: LanguageTally = { looked: 400, languages: [{ code: 'de', rows: 400 }], unclear: 0 };

const version: DatasetVersion = {
  ...{ number: 1, createdAt: 1, note: '', fileName: 'x.jsonl', fileBytes: 10, format: 'text-label' },
  mapping: { container: 'jsonl', format: 'text-label', textFields: ['text'], targetField: 'label', unused: [] },
  ...{ rowCount: 400, chunks: [], leftOut: 0, sha256: '', findings: [] },
  labels: [
    { label: 'a', count: 200 },
    { label: 'b', count: 200 },
  ],
};

const dataset: Dataset = {
  ...{ id: 'd', name: 'x', task: 'classification', createdAt: 1, currentVersion: 1, nextRowId: 1, sample: false },
  versions: [version],
};

const tally = (tokens: number) => ({
  rowsOf: Int32Array.from({ length: tokens + 1 }, (_, i) => (i === tokens ? 400 : 0)),
});

function form(languages: LanguageTally | null = null): TrainForm {
  return new TrainForm(version, {
    task: 'classification',
    models,
    backend: () => 'wasm',
    limits: () => null,
    languages: () => languages,
    otherLengths: (modelId) => (modelId === E5 ? tally(20) : null),
  });
}

test('features only reads with all encoders unless one is chosen', () => {
  const choice = form(german);
  choice.chooseMethod('features');
  expect([choice.encoder, choice.model.id, choice.readers.length]).toEqual(['auto', miniLm, models.length]);
  choice.chooseEncoder('both');
  expect([choice.encoder, choice.model.id, choice.readers.length]).toEqual(['both', miniLm, models.length]);
  choice.chooseEncoder(E5);
  expect([choice.encoder, choice.model.id, choice.readers.map(({ id }) => id)]).toEqual([E5, E5, [E5]]);
});

test('a method that trains has one, by the languages of the rows; a wish for both waits until it can be had', () => {
  const choice = form(german);
  choice.chooseEncoder('both');
  choice.chooseMethod('top-layers');
  expect([choice.trains, choice.encoder, choice.model.id]).toEqual([true, 'auto', E5]);
  expect(choice.encoderWhy).toContain('E5 multilingual');
  choice.chooseMethod('features');
  expect(choice.encoder).toBe('both');
  const english = form({ ...german, languages: [{ code: 'en', rows: 400 }] });
  english.chooseMethod('full');
  expect([english.model.id, english.readers.map(({ id }) => id)]).toEqual([miniLm, [miniLm]]);
  english.chooseEncoder(E5);
  expect(english.model.id).toBe(E5);
});

test('settings follow the encoder that is changed: its lengths, once the rows were read with it', () => {
  const choice = form();
  choice.setLengths(tally(100));
  choice.chooseMethod('features');
  expect(choice.settings.maxLength).toBe(128);
  choice.chooseEncoder(E5);
  expect(choice.settings.maxLength).toBe(32);
});

test('answers are judged on one part, or in folds that leave none over; lengths are those of the model that writes', () => {
  const writers = modelsFor('generation');
  registerMethod({
    ...methodDefinition('full'),
    ...{ id: 'writing', task: 'generation' },
    suggest: () => ({ strength: 1000, why: '' }),
  });
  const choice = new TrainForm(version, {
    task: 'generation',
    models: writers,
    backend: () => 'wasm',
    limits: () => null,
    languages: () => null,
    otherLengths: (modelId) => (modelId === writers[0].id ? tally(90) : null),
  });
  expect([choice.method, choice.evaluation]).toEqual(['writing', { folds: 1, test: { kind: 'hold-out', share: 0.2 } }]);
  expect([choice.split.training, choice.split.test]).toEqual([320, 80]);
  choice.type('batchSize', '32');
  choice.type('nEpochs', '1');
  expect(choice.steps.final).toBe(10);
  expect(choice.steps.fold).toBe(10);
  choice.setFolds(4);
  expect(choice.evaluation).toEqual({ folds: 4, test: { kind: 'none' } });
  expect(choice.steps.fold).toBe(Math.ceil(300 / 32));
  choice.setFolds(1);
  expect(choice.evaluation.test).toEqual({ kind: 'hold-out', share: 0.2 });
  expect(choice.why.maxLength).not.toContain('once the model has read them');
  choice.type('maxLength', '64');
  expect(choice.cutRows).toBe(400);
  choice.type('maxLength', '90');
  expect(choice.cutRows).toBe(0);
});

test('before the rows were read with its tokenizer, nobody says how many are cut', () => {
  const choice = new TrainForm(version, {
    task: 'generation',
    models: modelsFor('generation'),
    backend: () => 'wasm',
    limits: () => null,
    languages: () => null,
    otherLengths: () => null,
  });
  expect(choice.cutRows).toBeNull();
  expect(choice.why.maxLength).toContain('once the model has read them');
});

test('written answers whose longest row does not fit the device are refused in the form, with what would', () => {
  const writers = modelsFor('generation');
  const written = { ...version, format: 'prompt-completion' as const, labels: [] };
  let limits = { tensor: 2 ** 32, total: 3e8 };
  const choice = new TrainForm(written, {
    task: 'generation',
    models: writers,
    backend: () => 'wasm',
    limits: () => limits,
    languages: () => null,
    otherLengths: () => tally(2000),
  });
  choice.type('maxLength', '2000');
  expect(choice.fault).toContain('The longest row has 2,000 tokens');
  const { fits } = choice.room ?? {};
  choice.type('maxLength', String(fits));
  expect([choice.room, choice.fault]).toEqual([null, null]);
  choice.type('maxLength', '2000');
  limits = { tensor: 2 ** 32, total: 1e12 };
  choice.type('rank', '8');
  expect(choice.fault).toBeNull();
});

test('a rung takes part in a search until it is left out, and takes part again', () => {
  const search = form();
  search.setFinds(true);
  const plan = new RunPlan(search, {
    dataset: () => dataset,
    checks: () => null,
    measuring: { of: () => ({ kind: 'none' }) },
  });
  expect(plan.started.search).toEqual({ budgetMs: 600_000, measured: null });
  search.setRung('full', false);
  search.setRung('label_names', false);
  expect(plan.rungs.map(({ id }) => [id, search.takesRung(id)])).toContainEqual(['full', false]);
  expect(plan.started.search?.rungs).toEqual(plan.rungs.map(({ id }) => id).filter((id) => !/full|names/.test(id)));
  // What was measured holds for any choice of rungs and any budget.
  expect(plan.measured.search).toEqual({ budgetMs: null, measured: null });
  search.setRung('full', true);
  search.setRung('label_names', true);
  expect(plan.started.search?.rungs).toBeUndefined();
  for (const { id, work } of plan.rungs) search.setRung(id, work.kind !== 'method');
  expect(plan.fault).toBe('Choose at least one rung more: those chosen leave no model to keep.');
  search.setFinds(false);
  expect(plan.fault).toBeNull();
  expect(plan.started.search).toBeUndefined();
});
