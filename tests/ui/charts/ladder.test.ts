/** The table of a search for the eye. */
import { describe, expect, test } from 'vitest';
import type { LadderRow, LadderTable } from '../../../src/core/search/table';
import { ladderFigure, ladderText, doneWords, stopWords } from '../../../src/ui/charts/ladder';

const row = (rung: string, score: number | null, more: Partial<LadderRow> = {}): LadderRow => ({
  ...{ rung, title: rung, note: '', state: score === null ? 'waiting' : 'done', why: null, whole: true },
  ...{ seen: score === null ? null : 'all 5 folds', score, gain: null, over: null, seconds: 2, cost: 60, model: true },
  ci95: score === null ? null : [score - 0.02, Math.min(1, score + 0.02)],
  ...more,
});
const table = (...rungs: LadderRow[]): LadderTable => ({
  ...{ budget: 600, folds: 5, metric: 'accuracy', rungs, seconds: 12 },
  ...{ leads: 'features', keeps: 'features' },
});

describe('the figure', () => {
  const names = row('names', 0.6);
  const features = row('features', 0.9, { gain: { mean: 0.047, ci95: [0.028, 0.066] } });
  const top = row('top', 0.93, { state: 'part', whole: false, seen: '2 of 5 folds' });
  const full = row('full', null);

  test('has an axis for what is near the best; what is far off is said with its figure', () => {
    const { axis, lines } = ladderFigure({ table: table(names, features, top, full) });
    expect(axis.min).toBeGreaterThan(80);
    expect(axis.max).toBeLessThanOrEqual(100);
    expect(lines.map(({ mark }) => mark?.below ?? null)).toEqual([true, false, false, null]);
    const mark = lines[1]?.mark;
    expect(mark && mark.low < mark.at && mark.at < mark.high).toBe(true);
    expect(lines[1]).toMatchObject({
      score: '90.0',
      interval: '88.0 to 92.0',
      gain: '+4.7',
      gainInterval: '+2.8 to +6.6',
    });
  });

  test('while it fills: what leads among the whole, what is fitted, what was seen on a part only', () => {
    const now = { rung: 'top', candidate: 0, tries: 0, done: 2, share: 1 };
    const { lines } = ladderFigure({ table: table(names, features, top, full), now, share: 0.69 });
    expect(lines.map(({ leads }) => leads)).toEqual([false, true, false, false]);
    expect(lines.map(({ part }) => part)).toEqual([false, false, true, false]);
    expect(lines[2]?.state).toEqual({ kind: 'now', word: 'Fold 3 of 5', note: '69 % of this fold' });
    expect(lines[3]?.state).toMatchObject({ kind: 'waiting', word: 'Not started' });
    const settings = ladderFigure({
      table: table(features),
      now: { ...now, rung: 'features', candidate: 4, tries: 12 },
    });
    expect(settings.lines[0]?.state.word).toBe('Settings 4 of 12');
  });

  test('at its end: what is recommended leads no more, and a part says that it may still be better', () => {
    const dropped = row('few', 0.91, {
      state: 'dropped',
      whole: false,
      why: 'after 2 of 5 folds a gain is out of reach',
    });
    const skipped = row('big', null, { state: 'skipped', why: 'The memory ran out.' });
    const { lines } = ladderFigure({
      table: table(features, top, dropped, skipped, full),
      recommended: 'features',
      over: true,
    });
    expect(lines.map(({ state }) => state.word)).toEqual([
      'Done',
      'On a part only',
      'Dropped',
      'Passed over',
      'Not looked at',
    ]);
    expect(lines[0]).toMatchObject({ recommended: true, leads: false });
    expect(lines[1]?.state.note).toBe('2 of 5 folds: it may still be better');
    expect(lines[3]?.state.note).toBe('The memory ran out.');
  });

  test('nothing scored yet is a table all the same', () => {
    const { lines, axis } = ladderFigure({ table: { ...table(full), leads: null } });
    expect(lines[0]).toMatchObject({ mark: null, score: '', gain: '' });
    expect(axis.ticks.length).toBeGreaterThan(1);
  });

  test('as text it has a line a rung', () => {
    const lines = ladderText(ladderFigure({ table: table(features, full) })).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]?.split('\t').slice(0, 3)).toEqual(['features', '90.0', '88.0 to 92.0']);
  });
});

test('rungs that are done are counted among those that take part, dropped ones and those passed over too', () => {
  const out = row('names', null, { state: 'out' });
  const dropped = row('few', null, { state: 'dropped' });
  const part = row('full', 0.8, { state: 'part' });
  expect(doneWords(table(out, row('features', 0.9), row('top', null), dropped, part))).toBe('2 of 4 rungs done');
  expect(doneWords(table(row('features', null)))).toBe('0 of 1 rung done');
});

test('what a stop gives is what the table says that it would keep, and nothing before there is one', () => {
  const words = row('words', 0.95, { model: false });
  const top = row('top', 0.97);
  expect(stopWords(table(words, row('features', 0.9), top))).toEqual({
    ...{ title: 'features', score: '90.0' },
    rest: 'of the rungs with all 5 folds the cheapest that is not worse, fitted on all rows',
  });
  expect(stopWords({ ...table(words, row('features', 0.9), top), keeps: 'top' })?.title).toBe('top');
  expect(stopWords({ ...table(row('features', null)), keeps: null })).toBeNull();
});
