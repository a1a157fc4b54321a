import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { buildReport, type ReportEnding } from '../../../src/core/formats/build-report';
import { reportSchema } from '../../../src/core/formats/report';
import { answers, fold, sampleContext, sampleOutcome, sampleSettings } from '../../helpers/report-sample';

const ending: ReportEnding = { createdAt: '2026-11-23T08:00:00.000Z', totalSeconds: 30, curve: [] };

function build(context = sampleContext(), outcome = sampleOutcome()) {
  const report = buildReport(context, outcome, ending);
  if (!report) throw new Error('no report');
  return report;
}

describe('buildReport', () => {
  test('a report is what the schema of report.json asks for, also as JSON', () => {
    const report = build();
    expect(v.parse(reportSchema, JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test('folds have the hand-computed mean, sample deviation and corrected interval', () => {
    const { accuracy, folds, k } = build().cross_validation;
    expect(k).toBe(2);
    expect(folds.map((one) => one.accuracy)).toEqual([0.75, 1]);
    // Fold 0: ham, ham, ham, spam for ham, ham, spam, spam. F1 of ham 4/5, of spam 2/3.
    expect(folds[0]?.macro_f1).toBeCloseTo((4 / 5 + 2 / 3) / 2, 12);
    expect(accuracy.mean).toBeCloseTo(0.875, 12);
    expect(accuracy.sd).toBeCloseTo(Math.sqrt(0.03125), 12);
    // 0.875 ± 12.7062 · 0.17678 · √(1/2 + 1/1) reaches beyond 0 and 1 and is cut there.
    expect(accuracy.ci95).toEqual([0, 1]);
  });

  test('the paired difference to features only is that of the same folds', () => {
    const comparison = build().comparisons.features_only?.accuracy;
    // Differences 0.25 and 0: mean 0.125, sd 0.17678, half-width 12.7062047 · 0.2165064.
    expect(comparison?.mean_difference).toBeCloseTo(0.125, 12);
    expect(comparison?.ci95[0]).toBeCloseTo(0.125 - 2.7509741, 5);
    expect(comparison?.ci95[1]).toBeCloseTo(0.125 + 2.7509741, 5);
    expect(comparison?.rope).toBe(0.01);
  });

  test('every training row is answered once, in file order, with the fold that answered it', () => {
    const { predictions, rows, right, confusion_matrix } = build().out_of_fold;
    expect(predictions.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(predictions.map((answer) => answer.fold)).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect([rows, right]).toEqual([8, 7]);
    // Rows are true labels: one spam was taken for ham.
    expect(confusion_matrix).toEqual({
      labels: ['ham', 'spam'],
      counts: [
        [4, 0],
        [1, 3],
      ],
    });
  });

  test('the test part has its own reading, baselines on the same rows, and McNemar against features only', () => {
    const { test: part } = build();
    expect(part?.right).toBe(3);
    expect(part?.accuracy_wilson95[0]).toBeCloseTo(0.30064, 4);
    expect(part?.baselines.majority.accuracy).toBe(0.5);
    // Features only answers spam four times: 2 right. Tuned fixes row 0 and breaks none.
    expect(part?.mcnemar).toEqual({ only_tuned_right: 1, only_base_right: 0, p_two_sided: 1 });
    expect(part?.predictions[1]).toEqual({
      line: 11,
      text: 'q',
      label: 'ham',
      predicted: 'spam',
      confidence: expect.closeTo(0.9, 6),
      fold: null,
    });
  });

  test('the surest mistakes of folds and test part come first', () => {
    const { errors } = build();
    expect(errors.map(({ part, line }) => [part, line])).toEqual([
      ['test', 11],
      ['folds', 6],
    ]);
    expect(errors[0]?.confidence).toBeGreaterThan(errors[1]?.confidence ?? 1);
  });

  test('test rows whose label training never saw count as wrong, in every figure', () => {
    const context = sampleContext();
    const test = context.test && {
      ...context.test,
      labels: ['ham', 'spam', 'other'],
      labelIndices: Int32Array.of(0, 0, 1, 2),
    };
    const part = build({ ...context, test }).test;
    expect([part?.rows, part?.right]).toEqual([4, 2]);
    expect(part?.per_class.find(({ label }) => label === 'other')).toMatchObject({ recall: 0, support: 1 });
    expect(part?.confusion_matrix.counts).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(Number.isFinite(part?.log_loss)).toBe(true);
  });

  test('a label that no row of a part has or got is left out of its averages, as in scikit-learn', () => {
    const context = sampleContext();
    const rows = { ...context.rows, labels: ['ham', 'spam', 'never'] };
    const three = (spam: number[]) => Float32Array.from(spam.flatMap((p) => [1 - p, p, 0]));
    const outcome = sampleOutcome({ test: null });
    const folds = outcome.folds.map((one, i) => ({
      ...one,
      probabilities: three(i === 0 ? [0.1, 0.2, 0.25, 0.9] : [0.05, 0.15, 0.95, 0.85]),
    }));
    const baselines = { majority: [], tfidf_logistic_regression: [], features_only: [] };
    const report = build({ ...context, rows, test: null }, { ...outcome, folds, baselines });
    expect(report.out_of_fold.per_class.map(({ label }) => label)).toEqual(['ham', 'spam']);
    expect(report.cross_validation.folds[1]?.macro_f1).toBe(1);
  });

  test('features only is its own baseline, and is compared with TF-IDF alone', () => {
    const outcome = sampleOutcome();
    const context = sampleContext({ settings: { ...sampleSettings, method: 'features' } });
    const report = build(context, { ...outcome, baselines: { ...outcome.baselines, features_only: [] } });
    expect(report.baselines.features_only?.accuracy.folds).toEqual([0.75, 1]);
    expect(report.comparisons.features_only).toBeNull();
    expect(report.comparisons.tfidf_logistic_regression).not.toBeNull();
    expect(report.test?.mcnemar).toBeNull();
    expect(report.test?.baselines.features_only.accuracy).toBe(0.75);
  });

  test('one finished fold has neither deviation, nor interval, nor comparison', () => {
    const outcome = sampleOutcome({ complete: false, missing: ['1 of 2 folds'], test: null, finalFit: false });
    const report = build(sampleContext(), { ...outcome, folds: outcome.folds.slice(0, 1) });
    expect(report.status).toBe('partial');
    expect(report.cross_validation.accuracy).toEqual({ mean: 0.75, sd: null, ci95: null });
    expect(report.baselines.features_only?.accuracy).toEqual({ mean: 0.5, sd: null, folds: [0.5] });
    expect(report.comparisons).toEqual({ features_only: null, tfidf_logistic_regression: null });
    expect(report.final_model).toBeNull();
  });

  test('a stopped run has the intervals of the folds that were planned', () => {
    // 0.75 and 1 of 5 planned folds: sd √0.03125, standard error sd · √(1/2 + 1/4) = 0.1530931; t(0.975, 1) = 12.7062.
    const report = build(sampleContext({ folds: 5 }));
    const [low] = report.comparisons.features_only?.accuracy.ci95 ?? [];
    expect(low).toBeCloseTo(0.125 - 12.706205 * 0.1530931, 5);
    expect(build(sampleContext()).cross_validation.accuracy.ci95).toEqual([0, 1]);
  });

  test('a baseline without one of the folds is not compared on other folds', () => {
    const outcome = sampleOutcome({ complete: false });
    const baselines = {
      ...outcome.baselines,
      tfidf_logistic_regression: outcome.baselines.tfidf_logistic_regression.slice(1),
    };
    const report = build(sampleContext(), { ...outcome, baselines });
    expect(report.baselines.tfidf_logistic_regression).toBeNull();
    expect(report.comparisons.tfidf_logistic_regression).toBeNull();
  });

  test('without a finished fold there is nothing to report', () => {
    expect(buildReport(sampleContext(), sampleOutcome({ complete: false, folds: [] }), ending)).toBeNull();
  });

  test('settings are those that the method uses, under the names of the field', () => {
    const { settings, seed } = build();
    expect(settings).toMatchObject({ layers: 2, n_epochs: 4, learning_rate: 1e-4, lr_scheduler_type: 'linear' });
    expect(settings).not.toHaveProperty('num_iterations');
    const withC = (headC: number) => ({ settings: { ...sampleSettings, method: 'features' as const, headC } });
    expect(build(sampleContext(withC(3))).settings).toMatchObject({ C: 3 });
    expect(build(sampleContext(withC(0))).settings).toMatchObject({ C: 'chosen per fold' });
    expect(seed).toBe(42);
  });

  test('long texts are cut in the report, never within a character', () => {
    const context = sampleContext();
    const texts = context.rows.texts.map(() => '😀'.repeat(400));
    const [first] = build({ ...context, rows: { ...context.rows, texts } }).out_of_fold.predictions;
    expect(first?.text.endsWith('😀…')).toBe(true);
    expect(first?.text.length).toBeLessThanOrEqual(500);
  });

  test('folds that ended out of order are told in order', () => {
    const outcome = sampleOutcome();
    const report = build(sampleContext(), { ...outcome, folds: [...outcome.folds].reverse() });
    expect(report.cross_validation.folds.map((one) => one.fold)).toEqual([0, 1]);
    expect(report.comparisons.features_only?.accuracy.mean_difference).toBeCloseTo(0.125, 12);
  });

  test('a perfect run stays within shares of 1', () => {
    const outcome = sampleOutcome();
    const folds = [fold(0, [0, 1, 4, 5], [0, 0, 1, 1]), fold(1, [2, 3, 6, 7], [0, 0, 1, 1])];
    const test = outcome.test && { ...outcome.test, ...answers([0, 1, 2, 3], [0, 0, 1, 1]) };
    const report = build(sampleContext(), { ...outcome, folds, test });
    expect(v.is(reportSchema, report)).toBe(true);
    expect(report.out_of_fold).toMatchObject({ accuracy: 1, macro_f1: 1, ece: 0, brier: 0 });
    expect(report.errors).toEqual([]);
  });
});
