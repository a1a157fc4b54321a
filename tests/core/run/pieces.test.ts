import { expect, test } from 'vitest';
import type { FinalPiece, FoldPiece } from '../../../src/core/run/checkpoint';
import { RunPieces } from '../../../src/core/run/pieces';
import { sampleFit } from '../../helpers/checkpoint';

const NOTHING = { folds: [], finals: [], fits: [] };

function piece(id: FoldPiece['id'], fold: number, chosenC: number | null = null): FoldPiece {
  const outcome = { fold, rows: new Int32Array(), probabilities: new Float32Array(), steps: 2, epochs: 1 };
  return { id, outcome: { ...outcome, bestEpoch: null, seconds: 10 }, chosenC, notes: [], trainedParameters: 0 };
}

const final: FinalPiece = {
  id: 'tfidf_logistic_regression',
  probabilities: new Float32Array(),
  chosenC: 3,
  model: null,
  seconds: 5,
};

test('folds come in their order, whenever they were done, and each counts once', () => {
  const pieces = new RunPieces({ ...NOTHING, folds: [piece('tuned', 2), piece('majority', 0), piece('tuned', 0)] });
  pieces.addFold(piece('tuned', 1));
  pieces.addFold(piece('tuned', 2));
  expect(pieces.outcomes('tuned').map(({ fold }) => fold)).toEqual([0, 1, 2]);
  expect([pieces.has('tuned', 1), pieces.has('tuned', 3), pieces.has('features_only', 0)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(pieces.countDone('majority')).toBe(1);
});

test('a baseline’s strengths and seconds include its fit to all rows', () => {
  const folds = [piece('tfidf_logistic_regression', 1, 2), piece('tfidf_logistic_regression', 0, 1)];
  const pieces = new RunPieces({ ...NOTHING, folds, finals: [final] });
  expect(pieces.strengths('tfidf_logistic_regression', 'words', 3)).toEqual({ name: 'words', folds: [1, 2], final: 3 });
  expect(pieces.seconds('tfidf_logistic_regression')).toBe(25);
  expect(pieces.countDone('tfidf_logistic_regression')).toBe(3);
  expect(pieces.final('majority')).toBeUndefined();
});

test('the time of folds includes one under way, and not that of the final fit', () => {
  const underWay = sampleFit({ part: 'fold 1', fold: 1, workedMs: 4000 });
  const last = sampleFit({ part: 'final', fold: 2, workedMs: 9000 });
  const pieces = new RunPieces({ ...NOTHING, folds: [piece('tuned', 0)], fits: [underWay, last] });
  expect(pieces.seconds('tuned')).toBe(14);
  expect(pieces.stateOf('final')).toBe(last);
  expect(pieces.stateOf('fold 0')).toBeNull();
});

test('the time of all baselines is that of each, a fold of one under way is another’s nothing', () => {
  const underWay = sampleFit({ part: 'trial 1, fold 1', fold: 1, workedMs: 4000 });
  const folds = [piece('majority', 0), piece('tfidf_logistic_regression', 0), piece('tuned', 0)];
  const pieces = new RunPieces({ folds, finals: [final], fits: [underWay] });
  expect(pieces.baselineSeconds()).toBe(25);
  expect([pieces.seconds('tuned'), pieces.seconds('trial 1')]).toEqual([10, 4]);
  expect(pieces.seconds('trial 2')).toBe(0);
});

test('what is fitted to all rows later counts as what was there before', () => {
  const pieces = new RunPieces(NOTHING);
  pieces.addFinal(final);
  expect(pieces.final('tfidf_logistic_regression')).toBe(final);
  expect(pieces.countDone('tfidf_logistic_regression')).toBe(1);
  expect(pieces.folds('tuned')).toEqual([]);
});
