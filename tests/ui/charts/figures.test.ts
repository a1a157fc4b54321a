import { describe, expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import type { ReportContext } from '../../../src/core/report/context';
import type { ExperimentOutcome } from '../../../src/core/run/experiment';
import { opponentOf } from '../../../src/core/report/opponent';
import { foldFigure, gainFigure, methodFigure, verdictMetric } from '../../../src/ui/charts/figures';
import { fold, sampleContext, sampleOutcome, sampleSettings } from '../../helpers/report-sample';

function reportOf(context: Partial<ReportContext> = {}, outcome: Partial<ExperimentOutcome> = {}) {
  const report = buildReport(sampleContext(context), sampleOutcome(outcome), {
    createdAt: '2026-01-02T03:04:05Z',
    totalSeconds: 21,
    curve: [],
  });
  if (report === null) throw new Error('The sample has folds.');
  return report;
}

const features = { settings: { ...sampleSettings, method: 'features' as const } };

describe('foldFigure', () => {
  test('holds every fold before and after, and gains taken before rounding', () => {
    const figure = foldFigure(reportOf(), 'accuracy');
    expect(figure?.folds).toEqual([
      { fold: 0, before: 50, after: 75, gain: 25 },
      { fold: 1, before: 100, after: 100, gain: 0 },
    ]);
    expect(figure?.gain).toMatchObject({ mean: 12.5 });
    expect(figure?.after.mean).toBe(87.5);
  });

  test('a run of features only is compared with word counts', () => {
    const report = reportOf(features);
    expect(opponentOf(report)).toBe('tfidf_logistic_regression');
    expect(foldFigure(report, 'accuracy')?.folds.map(({ before }) => before)).toEqual([50, 50]);
  });

  test('a single fold has no deviation, and a missing baseline no gain', () => {
    const one = reportOf(
      {},
      {
        complete: false,
        folds: sampleOutcome().folds.slice(0, 1),
        baselines: { majority: [], tfidf_logistic_regression: [], features_only: [] },
      },
    );
    const figure = foldFigure(one, 'accuracy');
    expect(figure).toMatchObject({ before: null, gain: null, after: { mean: 75, sd: null } });
  });
});

describe('methodFigure', () => {
  test('this run comes last, its simpler methods before it', () => {
    const rows = methodFigure(reportOf(), 'accuracy')?.rows;
    expect(rows?.map(({ id }) => id)).toEqual(['majority', 'tfidf_logistic_regression', 'features_only', 'own']);
    expect(rows?.at(-1)).toMatchObject({ own: true, offAxis: false, mean: 87.5 });
  });

  test('features only is not listed twice when it is the run itself', () => {
    expect(methodFigure(reportOf(features), 'accuracy')?.rows.map(({ id }) => id)).toEqual([
      'majority',
      'tfidf_logistic_regression',
      'own',
    ]);
  });

  test('a method far below is named by its number instead of pressing the others together', () => {
    const same = [fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.9, 0.9]), fold(1, [2, 3, 6, 7], [0.1, 0.2, 0.9, 0.4])];
    const figure = methodFigure(
      reportOf(
        {},
        {
          folds: same,
          baselines: {
            ...sampleOutcome().baselines,
            features_only: same,
            tfidf_logistic_regression: same,
            majority: same.map((one) => ({ ...one, probabilities: one.probabilities.map((share) => 1 - share) })),
          },
        },
      ),
      'accuracy',
    );
    expect(figure?.rows.filter(({ offAxis }) => offAxis).map(({ id }) => id)).toEqual(['majority']);
    expect(figure?.axis.min).toBeGreaterThan(50);
  });
});

test('the gain is told in points with its interval, every fold, and the band of no difference', () => {
  const figure = gainFigure(reportOf(), 'accuracy');
  expect(figure).toMatchObject({ rope: 1, folds: [25, 0], opponent: 'Features only' });
  expect(figure?.mean).toBeCloseTo(12.5, 9);
  expect(figure?.axis.min).toBeLessThanOrEqual(figure?.low ?? -Infinity);
  expect(figure?.axis.max).toBeGreaterThanOrEqual(figure?.high ?? Infinity);
});

test('one finished fold cannot be compared', () => {
  expect(
    gainFigure(reportOf({}, { complete: false, folds: sampleOutcome().folds.slice(0, 1) }), 'accuracy'),
  ).toBeNull();
});

describe('figures at the edges', () => {
  const perfect = (rows: number[]) => fold(rows[0] === 0 ? 0 : 1, rows, [0.1, 0.1, 0.9, 0.9]);
  const all = [perfect([0, 1, 4, 5]), perfect([2, 3, 6, 7])];
  const equal = reportOf(
    {},
    { folds: all, baselines: { majority: all, tfidf_logistic_regression: all, features_only: all } },
  );

  test('equal scores have axes with a length', () => {
    for (const metric of ['accuracy', 'macro_f1'] as const) {
      for (const axis of [
        foldFigure(equal, metric)?.axis,
        methodFigure(equal, metric)?.axis,
        gainFigure(equal, metric)?.axis,
      ]) {
        expect((axis?.max ?? 0) - (axis?.min ?? 0)).toBeGreaterThan(0);
      }
      expect(methodFigure(equal, metric)?.axis.max).toBe(100);
      const gain = gainFigure(equal, metric);
      expect((gain?.high ?? 0) - (gain?.low ?? 0)).toBeGreaterThan(1);
    }
  });

  test('a difference never leaves −100 to 100 points, also in a report of version 0.1', () => {
    const report = reportOf();
    const { features_only } = report.comparisons;
    if (features_only === null) throw new Error('The sample has a comparison.');
    const old = { ...features_only.accuracy, ci95: [-3.03, 2.47] as [number, number] };
    const figure = gainFigure(
      { ...report, comparisons: { ...report.comparisons, features_only: { ...features_only, accuracy: old } } },
      'accuracy',
    );
    expect(figure).toMatchObject({ low: -100, high: 100, axis: { min: -100, max: 100 } });
  });

  test('a label as long as a text does not stand whole beside a method', () => {
    const report = reportOf();
    const labels = [{ label: 'x'.repeat(3000), count: 9 }];
    const rows = methodFigure({ ...report, dataset: { ...report.dataset, labels } }, 'accuracy')?.rows;
    expect(Math.max(...(rows ?? []).map(({ note }) => note.length))).toBeLessThan(100);
  });

  test('the figures begin with the measure of the verdict; a report of version 0.1 went by accuracy always', () => {
    const report = reportOf();
    const weighted = { ...report, judged_by: 'macro_f1' as const };
    expect([verdictMetric(report), verdictMetric(weighted)]).toEqual(['accuracy', 'macro_f1']);
    const { majority: _, ...comparisons } = weighted.comparisons;
    expect(verdictMetric({ ...weighted, comparisons })).toBe('accuracy');
  });
});
