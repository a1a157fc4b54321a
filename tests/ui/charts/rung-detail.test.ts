/** One rung of a search for the eye, and the rungs beside the one to use. */
import { describe, expect, test } from 'vitest';
import { forestFigure } from '../../../src/ui/charts/forest';
import { rungDetail, rungFolds, tryWords } from '../../../src/ui/charts/rung-detail';
import { sampleLadder } from '../../helpers/ladder-sample';

const ladder = sampleLadder();

describe('what a line opens on', () => {
  const factsOf = (rung: string, of = ladder, recommended: string | null = of.recommended) =>
    Object.fromEntries((rungDetail(of, rung, recommended)?.facts ?? []).map(({ name, words }) => [name, words]));

  test('its folds before and after, in per cent', () => {
    const detail = rungDetail(ladder, 'top-layers');
    expect(detail).toMatchObject({ title: 'Top layers', before: 'features only' });
    const folds = detail?.folds?.folds.map(({ fold, before, after, gain }) => [fold, before, after, gain?.toFixed(1)]);
    expect(folds).toEqual([
      [0, 90, 92, '2.0'],
      [1, 91, 93, '2.0'],
      [2, 92, expect.closeTo(93.7, 6), '1.7'],
    ]);
    // Nothing stands before the first.
    expect(rungDetail(ladder, 'label_names')).toMatchObject({ before: null, folds: { gain: null } });
    expect(rungDetail(ladder, 'magic')).toBeNull();
  });

  test('its differences with what they are over and what they were seen on, each once', () => {
    expect(factsOf('features')).toEqual({
      'Over TF-IDF + logistic regression': '+4.5 points, 95 % interval +3.5 to +5.5, on all 3 folds',
      'Over the best, top layers': '−1.9 points, 95 % interval −2.9 to −0.9, on all 3 folds',
      'Cost here': '8.0 s, 4.0 s a fold; all 3 folds were planned at 30 s',
      'By hand': 'about 20 s: reading, folds, final fit',
    });
    // What leads is the rung before it: said once.
    expect(Object.keys(factsOf('full'))).toEqual(['Why it was dropped', 'Over top layers', 'Cost here', 'By hand']);
    expect(factsOf('full')['Why it was dropped']).toMatch(/^On a quarter/);
    // The cheapest that is not worse need not be the best.
    const other = sampleLadder({ recommended: 'features' });
    expect(factsOf('tfidf_logistic_regression', other)).toMatchObject({
      'Over the best, top layers': expect.stringContaining('−6.4') as string,
      'Over the recommended, features only': expect.stringContaining('−6.2') as string,
    });
  });

  test('a table of an earlier build has no folds, and what it has is told', () => {
    const rungs = ladder.rungs.map(({ scores: _, best: __, beside: ___, planned: ____, ...row }) => row);
    const detail = rungDetail({ ...ladder, rungs }, 'features');
    expect(detail?.folds).toBeNull();
    expect(detail?.facts.map(({ name }) => name)).toEqual([
      'Over TF-IDF + logistic regression',
      'Cost here',
      'By hand',
    ]);
  });
});

describe('the rung that is fitted, fold by fold', () => {
  const top = ladder.rungs.map((row) =>
    row.rung === 'top-layers' ? { ...row, scores: row.scores?.slice(0, 1) } : row,
  );
  const now = { rung: 'top-layers', candidate: 0, tries: 0, done: 1, share: 1 };

  test('those that are done with their gain, the one under way with its share', () => {
    expect(rungFolds({ ...ladder, rungs: top }, now, 0.69)).toEqual([
      { name: 'Fold 1', done: 1, value: '92.0', gain: '+2.0', current: false },
      { name: 'Fold 2', done: 0.69, value: '69 %', gain: '', current: true },
      { name: 'Fold 3', done: 0, value: '', gain: '', current: false },
    ]);
  });

  test('of tried settings, and of a quarter of the rows, no figure of the whole is told', () => {
    for (const other of [
      { ...now, candidate: 3, tries: 12 },
      { ...now, share: 0.25 },
    ]) {
      const folds = rungFolds({ ...ladder, rungs: top }, other, 0.5);
      expect(folds.map(({ value }) => value)).toEqual(['', '50 %', '']);
      expect(folds.map(({ done }) => done)).toEqual([1, 0.5, 0]);
    }
  });
});

describe('the rungs beside the one to use', () => {
  const lineOf = (rung: string) => forestFigure(ladder)?.lines.find((line) => line.rung === rung);

  test('stand on one axis that holds the grey ground; what is far off is told by its number', () => {
    const figure = forestFigure(ladder);
    expect(figure?.title).toBe('Points of accuracy against top layers, same folds and rows');
    expect(figure?.axis.min).toBeLessThanOrEqual(-7.2);
    expect(figure?.axis.min).toBeGreaterThan(-12);
    expect(figure?.axis.max).toBeGreaterThanOrEqual(2);
    for (const tick of figure?.axis.ticks ?? []) {
      expect(tick).toBeGreaterThanOrEqual(figure?.axis.min ?? 0);
      expect(tick).toBeLessThanOrEqual(figure?.axis.max ?? 0);
    }
    expect(figure?.axis.ticks).toContain(0);
    expect(lineOf('label_names')).toMatchObject({
      mark: null,
      off: 'left',
      value: '−22.7',
      interval: '−23.7 to −21.7',
    });
  });

  test('the rung that the gain is told over is never off the axis, however far', () => {
    const told = forestFigure(sampleLadder({ over: 'label_names' }));
    expect(told?.lines.map(({ off }) => off)).toEqual([null, null, null, null, null]);
    expect(told?.axis.min).toBeCloseTo(-23.7, 10);
  });

  test('each with its interval about it, hollow where it was seen on a part, the chosen one at nought', () => {
    const features = lineOf('features')?.mark;
    const nought = lineOf('top-layers')?.mark?.at ?? -1;
    expect(features && features.low < features.at && features.at < features.high && features.high < nought).toBe(true);
    expect(lineOf('top-layers')).toMatchObject({ chosen: true, value: 'chosen', interval: '', part: false });
    expect(lineOf('full')).toMatchObject({ part: true, value: '+0.2', note: '3 min 20 s, on a quarter of the rows' });
    expect(lineOf('full')?.words).toBe('+0.2 points, 95 % interval −0.5 to +0.9');
    expect(lineOf('full')?.mark?.at).toBeGreaterThan(nought);
  });

  test('there is none of one rung alone, nor of a report that has no such differences', () => {
    expect(forestFigure(sampleLadder({ rungs: ladder.rungs.slice(3, 4) }))).toBeNull();
    expect(forestFigure(sampleLadder({ rungs: ladder.rungs.map(({ beside: _, ...row }) => row) }))).toBeNull();
  });
});

test('which try it is: of settings that are halved, of an encoder alone on all rows', () => {
  const now = { rung: 'full', candidate: 3, tries: 8, done: 0, share: 0.25 };
  expect(tryWords(now)).toBe(
    'Settings 3 of 8, on a quarter of the rows: the better half of them goes on to twice the rows.',
  );
  expect(tryWords({ ...now, encoder: 'E5 multilingual', share: 0.5 })).toBe(
    'E5 multilingual, try 3 of 8, on half of the rows: the better half of them goes on to twice the rows.',
  );
  expect(tryWords({ ...now, share: 1 })).toBe('Settings 3 of 8, on all rows.');
  expect(tryWords({ ...now, candidate: 1, tries: 1, encoder: 'E5 multilingual', share: 1 })).toBe(
    'E5 multilingual, try 1 of 1, on all rows.',
  );
});
