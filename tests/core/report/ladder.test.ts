/** What a report says of a search whose best try trains another encoder. */
import { expect, test } from 'vitest';
import { searchReport } from '../../../src/core/report/ladder';
import { ladderOutcome } from '../../../src/core/search/outcome';
import { planLadder } from '../../../src/core/search/plan';
import { rungsOf } from '../../../src/core/search/rung';
import { nextTry } from '../../../src/core/search/settings-search';
import { ladderTable } from '../../../src/core/search/table';
import { autoChoices, resolveSettings } from '../../../src/core/settings/defaults';
import { Bench, costOf, judgeOf, minutes } from '../search/sample';

const rungs = rungsOf('classification', { layers: 6 }).filter(({ id }) => id === 'full');
const { settings } = resolveSettings('full', autoChoices(), {
  ...{ backend: 'wasm', rows: 1000, labels: 2, smallestLabel: 500, imbalance: 1, folds: 5 },
  ...{ modelLayers: 6, modelMaxTokens: 256, tokens: { median: 10, p95: 20, max: 30, shareOver: () => 0 } },
});

/** `wrong`: of a hundred rows, by the first encoder and by the other one. */
function reported(wrong: readonly [number, number], fitted: boolean) {
  const judge = judgeOf(1000, 5);
  const plan = planLadder({
    costs: [costOf('full', minutes(10), { title: 'Everything' })],
    ...{ folds: 5, rows: 1000, labels: 2, readMs: 0, budgetMs: null, memoryBytes: null },
  });
  const bench = new Bench(plan, judge, {
    full: (row, candidate) => Math.floor(row / 5) % 100 >= (wrong[candidate] ?? 100),
  });
  bench.fit({ trial: { rung: 'full', candidate: 0, share: 1 }, folds: [0, 1, 2, 3, 4] });
  const searched = { rung: 'full', tries: 1 };
  const search = { plan, judge, seen: bench.seen, ...searched };
  for (let move = nextTry(search, Infinity); move; move = nextTry(search, Infinity)) bench.fit(move);
  const conclusion = ladderOutcome(plan, judge, bench.seen, searched);
  if (!conclusion) throw new Error('A rung was done.');
  const table = ladderTable({ plan, judge, seen: bench.seen, readMs: 0 }, rungs);
  const own = { plan, judge, rungs, settings: { full: settings }, table, conclusion, stopped: !fitted, fitted };
  return searchReport({ ...own, encoders: ['MiniLM L6', 'E5 multilingual'] });
}

test('it is named, with whose times are told', () => {
  const { words, search } = reported([20, 10], true);
  expect(words.detail[0]).toBe(
    'It trains E5 multilingual, which was better on the same folds than MiniLM L6; times are those of MiniLM L6.',
  );
  expect(search?.tried.map(({ encoder, auto, best }) => [encoder, auto, best])).toEqual([
    [undefined, true, false],
    ['E5 multilingual', false, true],
  ]);
});

test('where its final fit was not finished, it would be trained, and how to have it names it', () => {
  const { words } = reported([20, 10], false);
  expect(words.detail[0]).toMatch(/^It would train E5 multilingual, /);
  expect(words.detail.at(-1)).toBe(
    'No model was kept: the final fit of everything on E5 multilingual was not finished. Start the search again, or ' +
      'train everything on E5 multilingual by itself, to have one.',
  );
});

test('where it is no better nothing is said of it but its row', () => {
  const { words, search } = reported([10, 20], false);
  expect(words.detail.join(' ')).not.toContain('E5');
  expect(words.detail.at(-1)).toMatch(/final fit of everything was not finished.*by itself, which takes 12 min/);
  expect(search?.tried[1]).toMatchObject({ encoder: 'E5 multilingual', best: false });
});
