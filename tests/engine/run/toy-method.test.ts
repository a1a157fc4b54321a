/** A method is added in two files and a line in each registry: form, estimate, helper threads, report and resume know it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODELS } from '../../../src/core/models/registry';
import { buildReport } from '../../../src/core/report/build-report';
import { parseReport } from '../../../src/core/report/parse-report';
import { reportToMarkdown } from '../../../src/core/report/report-markdown';
import { autoChoices, resolveSettings, settingsOf } from '../../../src/core/settings/defaults';
import { factsOf } from '../../../src/core/settings/facts';
import { methodsFor } from '../../../src/core/settings/methods';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { type ExperimentInput, runExperiment } from '../../../src/engine/run/experiment';
import { estimatePlan } from '../../../src/engine/run/plan-estimate';
import { stepsFor, trainedValues } from '../../../src/ui/screens/train/cost';
import { sampleContext, sampleOutcome, sampleSettings } from '../../helpers/report-sample';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import { differingBits, Notebook, timeless, toyInput, toyModel, toyContext, type ToyOptions } from '../fit/toy';
import { gentle } from './toy-method/definition';
import './toy-method/register';

const OPTIONS: ToyOptions = { rows: 60, folds: 3, test: 6, choices: { nEpochs: 2, batchSize: 7, dropout: 0.1 } };

let model: Model;
let input: ExperimentInput;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
  input = toyInput(gentle.id, model, OPTIONS);
});
afterAll(() => disposeWeights(model.weights));

test('the form lists it for the models that it fits, with its settings and its own auto', () => {
  expect(methodsFor('classification', { layers: 6 }).map(({ title }) => title)).toContain('Gentle');
  expect(methodsFor('classification', { layers: 1 }).map(({ title }) => title)).not.toContain('Gentle');
  const keys = ['nEpochs', 'batchSize', 'learningRate', 'maxLength', 'seed', 'schedule'];
  expect(settingsOf(gentle.id).map(({ key }) => key)).toEqual(keys);
  const facts = factsOf({ rowCount: 90, labels: [{ label: 'a', count: 90 }] }, null, {
    backend: 'wasm',
    evaluation: { folds: 3, test: { kind: 'none' } },
    limit: 0,
    model: { layers: 6, maxTokens: 256 },
  });
  const { settings, why } = resolveSettings(gentle.id, autoChoices(), facts);
  expect([settings.nEpochs, why.nEpochs]).toEqual([7, 'Small steps need more of them.']);
  const [entry] = MODELS;
  if (entry === undefined) throw new Error('There is a model.');
  expect(trainedValues(entry, settings, 2)).toBe(trainedValues(entry, { ...settings, method: 'full' }, 2));
  expect(stepsFor(settings, 90)).toBe(7 * Math.ceil(90 / settings.batchSize));
});

test('it is measured before it runs', async () => {
  const planned = await estimatePlan(toyContext(input), input.plan.folds);
  expect(planned?.estimate).toMatchObject({ folds: 3, epochs: 2 });
  expect(planned?.parts.filter(({ phase }) => phase === 'fold').every(({ estimateMs }) => estimateMs > 0)).toBe(true);
});

test('on helper threads it comes to the same bits, which are not those of another method', async () => {
  const whole = await runExperiment(input);
  const told = new Notebook();
  const threads = await nodeThreads(2, 'tests/engine/run/toy-method/pool-thread.ts');
  const shared = await runExperiment({ ...input, observer: told.observer, threads });
  expect(told.log).toEqual([]);
  expect(differingBits(timeless(shared), timeless(whole))).toBe(0);
  const full = await runExperiment(toyInput('full', model, OPTIONS));
  expect(differingBits(full.folds[0]?.probabilities, whole.folds[0]?.probabilities)).toBeGreaterThan(0);
});

test('broken off and taken up, it comes to the same bits', async () => {
  const whole = new Notebook();
  const { observer, checkpoints } = whole;
  const outcome = await runExperiment({ ...input, observer, checkpoints });
  const page = whole.pages.find(({ kept: { fits } }) => fits[0]?.part === 'fold 1' && fits[0].step === 3);
  expect(page).toBeDefined();
  const resumed = await runExperiment({ ...input, kept: page?.kept ?? null });
  expect(differingBits(timeless(resumed), timeless(outcome))).toBe(0);
});

test('its report names it, and is read again', () => {
  const context = sampleContext({ settings: { ...sampleSettings, method: gentle.id } });
  const ending = { createdAt: '2026-01-01T00:00:00Z', totalSeconds: 1, curve: [] };
  const report = buildReport(context, sampleOutcome(), ending);
  expect(report).toMatchObject({ method: 'gentle', method_title: 'Gentle' });
  if (report === null) throw new Error('There are folds.');
  expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
  expect(reportToMarkdown(report)).toContain('Gentle (gentle)');
});
