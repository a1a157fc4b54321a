/** What the panels of a report of written answers say and list, computed from a report small enough to count by hand. */
import { describe, expect, test } from 'vitest';
import { choose, drawVote, resultOf } from '../../../../../src/core/report/generation/blind-vote';
import { withChecks } from '../../../../../src/core/report/generation/checks';
import type { GenerationReport } from '../../../../../src/core/report/report';
import {
  answerFilters,
  gainWords,
  isCode,
  listAnswers,
  shownWays,
} from '../../../../../src/ui/screens/report/generation/answer-list';
import { checkNotes, checkRows } from '../../../../../src/ui/screens/report/generation/check-rows';
import { generationFacts } from '../../../../../src/ui/screens/report/generation/facts';
import { gainFigures } from '../../../../../src/ui/screens/report/generation/gain-rows';
import { repeatWords } from '../../../../../src/ui/screens/report/generation/repeat-words';
import { voteOpponent, voteWords } from '../../../../../src/ui/screens/report/generation/vote-words';
import { nodeCheckTools } from '../../../../helpers/check-tools';
import { generationReport, HELD_OUT, type SampleRun, wantedOf } from '../../../../helpers/generation-sample';

/** Right in rows 0 to 11, as the prompt in 12 to 15, worse in 16 to 19. */
const tuned = (row: number): string => (row < 12 ? wantedOf(row) : row < 16 ? half(row) : 'zzz');
const half = (row: number): string => wantedOf(row).split(' ').slice(0, 2).join(' ');
const run: SampleRun = { answers: { base: () => '{}', few_shot: half, nearest: () => '[1]', tuned } };
const report = generationReport(run);
const { samples } = report.generation;

describe('answer by answer', () => {
  test('filters count what they keep, and those that keep nothing are not offered', () => {
    expect(answerFilters(report).map(({ label, count }) => [label, count])).toEqual([
      ...[
        ['All', '20'],
        ['Gained', '12'],
        ['Lost', '4'],
        ['Same', '4'],
      ],
    ]);
    for (const { value, count } of answerFilters(report)) {
      expect(listAnswers(samples, value, 'line')).toHaveLength(Number(count));
    }
  });

  test('orders: the largest gain first, the largest loss first, by line', () => {
    const gains = (order: 'gain' | 'loss'): number[] => listAnswers(samples, 'all', order).map(({ gain }) => gain ?? 0);
    expect(gains('gain')).toEqual([...gains('gain')].sort((a, b) => b - a));
    expect(gains('loss')).toEqual([...gains('loss')].sort((a, b) => a - b));
    expect(gains('loss')[0]).toBeLessThan(0);
    expect(listAnswers(samples, 'lost', 'line').map(({ line }) => line)).toEqual([18, 19, 20, 21]);
    expect(samples.map(({ line }) => line)).toEqual(Array.from({ length: HELD_OUT }, (_, row) => row + 2));
  });

  test('what fails a check, each check its own', async () => {
    const long = { kind: 'length', parameters: { least: 4, most: '', unit: 'words' }, reason: '' };
    const zed = { kind: 'contains', parameters: { text: 'zzz', not: true }, reason: '' };
    const judged = await withChecks(report, [long, zed], nodeCheckTools);
    expect(answerFilters(judged).map(({ value, count }) => [value, count])).toEqual([
      ...[...answerFilters(report).map(({ value, count }) => [value, count])],
      ['fails 0', '8'],
      ['fails 1', '4'],
    ]);
    expect(listAnswers(judged.generation.samples, 'fails 1', 'line').map(({ line }) => line)).toEqual([18, 19, 20, 21]);
  });

  test('the tuned answer stands last and cannot be hidden', () => {
    expect(shownWays(report, new Set(['nearest', 'tuned']))).toEqual(['base', 'few_shot', 'tuned']);
    expect(shownWays(generationReport({ answers: { tuned } }), new Set())).toEqual(['tuned']);
    expect([gainWords(81.84), gainWords(-4), gainWords(-0.01)]).toEqual(['+81.8', '−4.0', '0.0']);
  });
});

describe('checks', () => {
  const json = { kind: 'json', parameters: {}, reason: 'All are.' };

  test('each way has its own count, and the gain is over the best without training', async () => {
    const judged = await withChecks(
      report,
      [json, { kind: 'sql', parameters: { field: '' }, reason: '' }],
      nodeCheckTools,
    );
    const [row] = checkRows(judged);
    expect(row?.cells.map(({ way, value }) => [way, value])).toEqual([
      ...[
        ['base', '20'],
        ['few_shot', '0'],
        ['nearest', '20'],
        ['tuned', '0'],
      ],
    ]);
    expect(row).toMatchObject({ title: 'Is JSON', reason: 'All are.', fault: null });
    expect(row?.gain).toMatch(/^0\.0 points over few-shot, −[\d.]+ to [\d.]+$/);
    expect(isCode(judged)).toBe(true);
    expect(isCode(report)).toBe(false);
  });

  test('what no count tells is said beneath', async () => {
    const judged = await withChecks(report, [json], nodeCheckTools);
    expect(checkNotes(judged)).toEqual([
      'The nearest answer always passes: it was written for another question.',
      '«Is JSON»: of 20 wanted answers themselves 0 pass.',
    ]);
    const broken = await withChecks(report, [{ kind: 'contains', parameters: {}, reason: '' }], nodeCheckTools);
    expect(checkRows(broken)[0]).toMatchObject({ fault: 'Say which text.', gain: null });
    expect(checkRows(broken)[0]?.cells.every(({ value }) => value === null)).toBe(true);
    expect(checkNotes(broken)).toEqual([]);
  });
});

describe('is it only repeating', () => {
  const change = (repeats: Partial<GenerationReport['generation']['repeats']>): GenerationReport => ({
    ...report,
    generation: { ...report.generation, repeats: { ...report.generation.repeats, ...repeats } },
  });
  const exactly = { base: 0, few_shot: 1, nearest: 20, tuned: 5 };

  test('a little, much, no more than it should, no', () => {
    const words = repeatWords(change({ rows: 64, exactly, wanted_exactly: 4, misplaced: 1 }));
    expect(words?.head).toBe('A little. 5 of 64 answers stand word for word in the training rows.');
    expect(words?.more).toBe('4 are right: some questions have the same answer. One is a copy that should not be.');
    expect(words?.bars.map(({ title, count }) => [title, count])).toEqual([
      ...[
        ['Tuned', 5],
        ['The right answers', 4],
        ['Few-shot prompt', 1],
        ['Base', 0],
      ],
    ]);
    expect(repeatWords(change({ rows: 20, exactly, misplaced: 5 }))?.head).toMatch(/^Much of it\. 5 of 20 answers/);
    expect(repeatWords(change({ rows: 20, exactly, misplaced: 5 }))?.more).toBe('5 are copies that should not be.');
    expect(repeatWords(change({ rows: 20, exactly, misplaced: 0 }))?.head).toMatch(/^No more than it should\./);
    const none = repeatWords(change({ rows: 20, exactly: { ...exactly, tuned: 0 }, nearly: { ...exactly, tuned: 2 } }));
    expect(none?.head).toBe('No. 0 of 20 answers stand word for word in the training rows, 2 more nearly so.');
    expect(none?.more).toBe('');
    expect(repeatWords(change({ rows: 0 }))).toBeNull();
  });
});

describe('the vote', () => {
  test('is against the best way that a model writes', () => {
    expect(voteOpponent(report)).toBe('few_shot');
    const copied = generationReport({ answers: { base: () => 'x', nearest: wantedOf, tuned } });
    expect(copied.generation.best_untrained).toBe('nearest');
    expect(voteOpponent(copied)).toBe('base');
    expect(voteOpponent(generationReport({ answers: { nearest: wantedOf, tuned } }))).toBe('nearest');
    expect(voteOpponent(generationReport({ answers: { tuned } }))).toBeNull();
  });

  test('is told with its interval, and no more than it carries', () => {
    const drawn = drawVote(samples, { seed: 1, against: 'few_shot' });
    const vote = (wins: number) =>
      resultOf(
        drawn.pairs.reduce(
          (so, { tunedFirst }, at) => choose(so, at < wins === tunedFirst ? 'first' : 'second'),
          drawn,
        ),
      );
    const words = (wins: number): string => {
      const result = vote(wins);
      return result === null ? '' : voteWords(result);
    };
    expect(words(15)).toBe(
      'Of 16 pairs you picked the tuned answer 15 times, the few-shot prompt once. ' +
        'The tuned answer wins 94 % of the pairs told apart, 95 % interval 72 to 99 %: it is liked better.',
    );
    expect(words(9)).toContain('that may be chance');
    expect(words(0)).toContain('it is liked less');
    const equal = resultOf(drawn.pairs.reduce((so) => choose(so, 'equal'), drawn));
    expect(equal && voteWords(equal)).toContain('and neither 16 times. No pair was told apart.');
  });
});

test('gains stand on one axis with nought on it, each with its own interval', () => {
  const figures = gainFigures(report);
  expect(figures?.rows.map(({ way }) => way)).toEqual(['few_shot', 'nearest', 'base']);
  expect(figures?.rows[0]).toMatchObject({
    name: 'few-shot prompt',
    gain: report.generation.gains.few_shot?.chrf.difference,
  });
  expect(figures?.axis.min).toBeLessThanOrEqual(0);
  for (const { interval } of figures?.rows ?? []) {
    expect(interval?.[0]).toBeGreaterThanOrEqual(figures?.axis.min ?? 0);
    expect(interval?.[1]).toBeLessThanOrEqual(figures?.axis.max ?? 0);
  }
  expect(gainFigures(generationReport({ answers: { tuned } }))).toBeNull();
});

test('facts say what was trained on, judged on, how answers were written and how long they are', () => {
  const facts = generationFacts(report, null).flatMap(({ facts: own }) =>
    own.map(({ name, value }) => `${name}: ${value}`),
  );
  expect(facts).toContain('Trained on: 20 rows');
  expect(facts).toContain('Judged on: 20 rows: half of the rows set aside');
  expect(facts).toContain('Written: the likeliest word always');
  expect(facts).toContain('Examples: 4 in the few-shot prompt');
  expect(facts).toContainEqual(expect.stringMatching(/^Few-shot prompt: 2\.0 words, [\d.]+ tokens on average$/));
  expect(facts.join()).not.toMatch(/undefined|NaN/);
});
