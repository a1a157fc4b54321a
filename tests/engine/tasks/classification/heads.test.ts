import { afterAll, beforeAll, expect, test } from 'vitest';
import { disposeWeights } from '../../../../src/engine/models/weights';
import type { Model } from '../../../../src/engine/models/read-model';
import { runExperiment } from '../../../../src/engine/run/experiment';
import { startBackend } from '../../../helpers/tf-node';
import { toyInput, toyModel } from '../../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

const run = (method: 'features' | 'few-examples', choices: { headC?: number; l1?: number }) =>
  runExperiment(toyInput(method, model, { rows: 30, folds: 2, choices: { ...choices, maxSteps: 2 } }));

test('a classifier held back by hand leaves the baselines as they are, and is held back itself', async () => {
  const [usual, held] = [await run('few-examples', {}), await run('few-examples', { headC: 0.001, l1: 0.5 })];
  const answersOf = (outcome: typeof usual, id: 'features_only' | 'tfidf_logistic_regression') =>
    outcome.baselines[id].map(({ probabilities }) => probabilities);
  expect(answersOf(held, 'features_only')).toEqual(answersOf(usual, 'features_only'));
  expect(answersOf(held, 'tfidf_logistic_regression')).toEqual(answersOf(usual, 'tfidf_logistic_regression'));
  expect(held.folds.map(({ probabilities }) => probabilities)).not.toEqual(
    usual.folds.map(({ probabilities }) => probabilities),
  );
});

test('the C that was chosen is in the notes, for each fold and for the model that is kept', async () => {
  const note = (outcome: { notes: string[] }) => outcome.notes.find((words) => words.startsWith('C was chosen'));
  expect(note(await run('features', {}))).toMatch(
    /rows: word counts \d+, \d+ \(all training rows \d+\); features only \d+, \d+ \(all training rows \d+\)\.$/,
  );
  expect(note(await run('features', { headC: 3 }))).not.toContain('features only');
});
