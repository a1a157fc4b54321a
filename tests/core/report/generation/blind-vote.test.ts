import { expect, test } from 'vitest';
import {
  type BlindVote,
  choose,
  drawVote,
  isDone,
  resultOf,
  undo,
} from '../../../../src/core/report/generation/blind-vote';
import { generationReport, wantedOf } from '../../../helpers/generation-sample';

const { samples } = generationReport({
  answers: { few_shot: (row) => (row < 3 ? wantedOf(row) : `other ${row}`), tuned: wantedOf },
}).generation;
const draw = (seed = 1): BlindVote => drawVote(samples, { seed, against: 'few_shot' });
const voteAll = (
  vote: BlindVote,
  pick: (pair: BlindVote['pairs'][number], i: number) => 'first' | 'second' | 'equal',
) => vote.pairs.reduce((so, pair, i) => choose(so, pick(pair, i)), vote);

test('pairs and sides are drawn by the seed, and only where the answers differ', () => {
  expect(draw()).toEqual(draw());
  expect(draw().pairs).not.toEqual(draw(2).pairs);
  expect(draw().pairs).toHaveLength(17);
  expect(draw().pairs.every(({ line }) => line >= 5)).toBe(true);
  expect(new Set(draw().pairs.map(({ line }) => line)).size).toBe(17);
  expect(new Set(draw().pairs.map(({ tunedFirst }) => tunedFirst)).size).toBe(2);
  expect(drawVote(samples, { seed: 1, against: 'few_shot', pairs: 4 }).pairs).toHaveLength(4);
});

test('the win rate counts whose answer it was, not which side, and leaves out equal ones', () => {
  const vote = voteAll(draw(), ({ tunedFirst }, i) => (i < 2 ? 'equal' : i < 5 === tunedFirst ? 'second' : 'first'));
  const result = resultOf(vote);
  expect(result).toMatchObject({ pairs: 17, equal: 2, other: 3, tuned: 12, win_rate: 0.8 });
  expect(result?.win_rate_ci95?.[0]).toBeCloseTo(0.548, 3);
  expect(result?.votes[2]).toEqual({ line: vote.pairs[2]?.line, picked: 'other' });
});

test('there is no result before the last pair, and a step can be taken back', () => {
  const done = voteAll(draw(), () => 'equal');
  expect(isDone(done)).toBe(true);
  expect(choose(done, 'first')).toBe(done);
  expect(resultOf(undo(done))).toBeNull();
  expect(undo(choose(draw(), 'first'))).toEqual(draw());
  expect(resultOf(done)).toMatchObject({ win_rate: null, win_rate_ci95: null, equal: 17 });
});
