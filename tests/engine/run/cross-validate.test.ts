import { expect, test } from 'vitest';
import { crossValidate } from '../../../src/engine/run/cross-validate';
import type { AnsweredFold, FitTask, FoldFit } from '../../../src/engine/fit/learner';
import { Pace } from '../../../src/engine/fit/pace';
import { sampleFit } from '../../helpers/checkpoint';
import { CONTINUE } from '../fit/toy';

const foldOf = Int32Array.from([0, 1, 2, 0, 1, 2, 0]);

function spy(answers: (rows: Int32Array) => Float32Array | null) {
  const tasks: FitTask[] = [];
  const asked: Int32Array[] = [];
  let alive = 0;
  const fit = (task: FitTask): Promise<FoldFit<Float32Array>> => {
    tasks.push(task);
    alive++;
    return Promise.resolve({
      steps: 3,
      epochs: 1,
      bestEpoch: null,
      notes: [],
      predict: (rows) => {
        asked.push(rows);
        return Promise.resolve(answers(rows));
      },
      dispose: () => alive--,
    });
  };
  return { tasks, asked, learner: { fit }, alive: () => alive };
}

test('every row is answered once, by a fit that was not given it', async () => {
  const { tasks, asked, learner, alive } = spy((rows) => new Float32Array(rows.length));
  const outcomes: AnsweredFold<Float32Array>[] = [];
  const finished = await crossValidate<Float32Array, FoldFit<Float32Array>>({
    plan: { foldOf, folds: 3 },
    learner,
    pace: new Pace(CONTINUE),
    part: (fold) => `fold ${fold}`,
    onFold: (outcome) => void outcomes.push(outcome),
  });
  expect(finished).toBe(true);
  expect(asked.flatMap((rows) => [...rows]).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  tasks.forEach(({ rows }, fold) => {
    expect(rows.every((row) => foldOf[row] !== fold)).toBe(true);
    expect([...rows, ...(asked[fold] ?? [])].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(tasks[fold]?.watch).toEqual(asked[fold]);
  });
  expect(outcomes.map(({ fold, steps }) => [fold, steps])).toEqual([
    [0, 3],
    [1, 3],
    [2, 3],
  ]);
  expect(alive()).toBe(0);
});

test('a fit whose answers were stopped is offered in the first fold, and disposed', async () => {
  const { learner, alive } = spy(() => null);
  const unfinished: FoldFit[] = [];
  const finished = await crossValidate<Float32Array, FoldFit<Float32Array>>({
    plan: { foldOf, folds: 3 },
    learner,
    pace: new Pace(CONTINUE),
    part: () => 'fold',
    onFold: () => undefined,
    onUnfinished: (fit) => Promise.resolve(void unfinished.push(fit)),
  });
  expect(finished).toBe(false);
  expect(unfinished).toHaveLength(1);
  expect(alive()).toBe(0);
});

test('folds done before are left out, and one under way goes on from its state and its time', async () => {
  const { tasks, asked, learner } = spy((rows) => new Float32Array(rows.length));
  const outcomes: AnsweredFold<Float32Array>[] = [];
  const state = sampleFit({ workedMs: 50_000 });
  await crossValidate<Float32Array, FoldFit<Float32Array>>({
    plan: { foldOf, folds: 3 },
    learner,
    pace: new Pace(CONTINUE),
    part: (fold) => `fold ${fold}`,
    isDone: (fold) => fold === 0,
    stateOf: (fold) => (fold === 1 ? state : null),
    onFold: (outcome) => void outcomes.push(outcome),
  });
  expect(tasks.map(({ fold, state }) => [fold, state])).toEqual([
    [1, state],
    [2, null],
  ]);
  expect(asked).toHaveLength(2);
  expect(outcomes[0]?.seconds).toBeGreaterThanOrEqual(50);
  expect(outcomes[1]?.seconds).toBeLessThan(50);
});

test('a row of no fold is neither fitted to nor answered', async () => {
  const { tasks, asked, learner } = spy((rows) => new Float32Array(rows.length));
  await crossValidate<Float32Array, FoldFit<Float32Array>>({
    plan: { foldOf: Int32Array.from([0, 1, -1, 0, -1, 1]), folds: 2 },
    learner,
    pace: new Pace(CONTINUE),
    part: (fold) => `fold ${fold}`,
    onFold: () => undefined,
  });
  expect(tasks.map(({ rows }) => [...rows])).toEqual([
    [1, 5],
    [0, 3],
  ]);
  expect(asked.map((rows) => [...rows])).toEqual([
    [0, 3],
    [1, 5],
  ]);
});
