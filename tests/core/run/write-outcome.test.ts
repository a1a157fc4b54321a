import { expect, test } from 'vitest';
import { noTimings } from '../../../src/core/run/outcome';
import { concludeWriting, type FinishedWriting, type WrittenPlan } from '../../../src/core/run/write-outcome';
import { adapterOf, answeredRow, writtenFold } from '../../helpers/written-rows';

const { decoding } = adapterOf(0);
const plan = (folds: number, asked: number): WrittenPlan => ({
  ...{ folds, asked, decoding, examples: 3 },
  heldOutIn: new Int32Array(10).fill(-1),
});
const done = (change: Partial<FinishedWriting> = {}): FinishedWriting => ({
  folds: [writtenFold(0)],
  rows: [answeredRow(4), answeredRow(1)],
  final: null,
  notes: ['a', 'a'],
  trainedParameters: 7,
  timings: noTimings(),
  ...change,
});

test('of one held-out part the fold itself is the kept model; rows and notes are in order and once', () => {
  const outcome = concludeWriting(done(), plan(1, 2));
  expect(outcome).toMatchObject({ complete: true, missing: [], finalFit: true, finalSteps: 4, finalEpochs: 2 });
  expect(outcome.rows.map(({ row }) => row)).toEqual([1, 4]);
  expect(outcome.notes).toEqual(['a']);
});

test('what is missing is said: answers that are left, folds, and the fit to all rows', () => {
  const unanswered = answeredRow(5, { answers: { base: null, few_shot: null, nearest: null, tuned: null } });
  const stopped = concludeWriting(done({ folds: [], rows: [answeredRow(1), unanswered] }), plan(1, 4));
  expect(stopped.missing).toEqual(['the answers to 3 of 4 held-out rows', 'the end of the training']);
  expect(stopped).toMatchObject({ complete: false, finalFit: false, finalSteps: 0 });
  const folds = concludeWriting(done(), plan(3, 2));
  expect(folds.missing).toEqual(['2 of 3 folds', 'the final fit on all rows']);
});

test('after folds the fit to all rows is told of, with its length', () => {
  const folds = [writtenFold(1), writtenFold(0)];
  const outcome = concludeWriting(done({ folds, final: { steps: 9, epochs: 1.5 } }), plan(2, 2));
  expect(outcome).toMatchObject({ complete: true, finalFit: true, finalSteps: 9, finalEpochs: 1.5 });
  expect(outcome.folds.map(({ fold }) => fold)).toEqual([0, 1]);
  expect(outcome.notes.at(-1)).toBe(
    'The kept adapter was trained 1.5 passes on all 10 rows, the held-out ones included.',
  );
});
