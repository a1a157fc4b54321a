import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { buildReport } from '../../../src/core/report/build-report';
import type { ReportEnding } from '../../../src/core/report/context';
import { reportSchema } from '../../../src/core/report/report';
import type { CurvePoint } from '../../../src/core/run/record';
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
    // Differences 0.25 and 0: mean 0.125, sd 0.17678, half-width 12.7062047 · 0.2165064: more than shares
    // can differ, so it ends there.
    expect(comparison?.mean_difference).toBeCloseTo(0.125, 12);
    expect(comparison?.ci95).toEqual([-1, 1]);
    expect(comparison?.p_two_sided).toBeCloseTo(2 / 3, 5);
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
    expect(part?.baselines.majority?.accuracy).toBe(0.5);
    // Features only answers spam four times: 2 right. Tuned fixes row 0 and breaks none.
    expect(part?.mcnemar).toEqual({
      only_tuned_right: 1,
      only_base_right: 0,
      groups_tuned_better: 1,
      groups_base_better: 0,
      p_two_sided: 1,
    });
    expect(part?.predictions[1]).toEqual({
      line: 11,
      text: 'q',
      label: 'ham',
      predicted: 'spam',
      confidence: expect.closeTo(0.9, 6),
      fold: null,
      probabilities: [0.1, 0.9],
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
    expect(part?.confusion_matrix).toEqual({
      labels: ['ham', 'other', 'spam'],
      counts: [
        [1, 0, 1],
        [0, 0, 1],
        [0, 0, 1],
      ],
    });
    expect(part?.unknown_labels).toEqual({ labels: ['other'], rows: 1 });
    expect(Number.isFinite(part?.log_loss)).toBe(true);
    expect(part?.predictions.map(({ confidence }) => confidence.toFixed(2))).toEqual(['0.90', '0.90', '0.90', '0.80']);
    // 2·0.1², 2·0.9², 2·0.1², and 0.2² + 0.8² + 1 where the true label had no chance.
    expect(part?.brier).toBeCloseTo((0.02 + 1.62 + 0.02 + 1.68) / 4, 6);
  });

  test('test rows that repeat training rows are counted apart, and the figures given without them', () => {
    const context = sampleContext();
    const test = context.test && { ...context.test, texts: ['A!', 'b', 'r', 's'] };
    const part = build({ ...context, test }).test;
    // Answers: right, wrong, right, right; the first two stand in the training rows, but for case and punctuation.
    expect(part?.seen).toEqual({ rows: 2, right: 1 });
    expect(part?.unseen).toMatchObject({ rows: 2, right: 2, accuracy: 1, macro_f1: 1, different_texts: 2 });
    expect(part?.unseen?.accuracy_ci95[0]).toBeCloseTo(0.34238, 5);
    // Features only gets both right: there is nothing that one of the two alone got right.
    expect(part?.unseen?.mcnemar).toMatchObject({ only_tuned_right: 0, only_base_right: 0, p_two_sided: 1 });
    expect(part?.unseen?.baselines).toMatchObject({ majority: { accuracy: 0 }, features_only: { accuracy: 1 } });
    expect(build().test?.seen).toBeUndefined();
    expect(build().test?.unseen).toBeUndefined();
  });

  test('rows marked as seen are believed over their texts, and a test part of nothing else has no figures left', () => {
    const context = sampleContext();
    const marked = context.test && { ...context.test, seen: Uint8Array.of(0, 0, 0, 1) };
    expect(build({ ...context, test: marked }).test?.seen).toEqual({ rows: 1, right: 1 });
    const all = context.test && { ...context.test, seen: new Uint8Array(4).fill(1) };
    expect(build({ ...context, test: all }).test?.unseen).toBeNull();
  });

  test('copies count once in the interval of the test part and in McNemar', () => {
    const context = sampleContext();
    const test = context.test && { ...context.test, texts: ['p', 'q', 'r', 'R.'] };
    const part = build({ ...context, test }).test;
    expect(part?.different_texts).toBe(3);
    // Two rows of one text and two apart are worth 16 / 6 rows: wider than Wilson over four.
    const [low, high] = part?.accuracy_ci95 ?? [0, 0];
    const [narrowLow, narrowHigh] = part?.accuracy_wilson95 ?? [0, 0];
    expect(high - low).toBeGreaterThan(narrowHigh - narrowLow);
    // Wilson by label with counts of 2⅔ of 4 rows: 0.2 to 0.98.
    expect(part?.macro_f1_ci95?.[0]).toBeCloseTo(0.2022, 3);
    expect(part?.macro_f1_ci95?.[1]).toBeCloseTo(0.9781, 3);
  });

  test('folds that agree to the last digit, or nearly, never give an interval without width', () => {
    // Each fold gets three of four right, features only two: the same gain twice.
    const outcome = sampleOutcome();
    const folds = [fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]), fold(1, [2, 3, 6, 7], [0.1, 0.2, 0.25, 0.9])];
    const features = [fold(0, [0, 1, 4, 5], [0.1, 0.9, 0.25, 0.9]), fold(1, [2, 3, 6, 7], [0.1, 0.9, 0.25, 0.9])];
    const report = build(sampleContext(), {
      ...outcome,
      folds,
      baselines: { ...outcome.baselines, features_only: features },
    });
    const gain = report.comparisons.features_only?.accuracy;
    expect(gain).toMatchObject({ mean_difference: 0.25, ci95_from: 'rows' });
    // Bonett and Price: 3 fixed and 1 broken of 10, t(0.975, 7).
    const half = 2.3646243 * Math.sqrt((0.4 - 0.2 ** 2) / 10);
    expect(gain?.ci95[0]).toBeCloseTo(0.25 - half, 6);
    expect(gain?.ci95[1]).toBeCloseTo(0.25 + half, 6);
    expect(report.cross_validation.accuracy).toMatchObject({ mean: 0.75, sd: 0, ci95_from: 'rows' });
    expect(report.cross_validation.accuracy.ci95?.[0]).toBeCloseTo(0.409271, 5);
    expect(report.cross_validation.accuracy.ci95?.[1]).toBeCloseTo(0.92852, 4);
    expect(report.out_of_fold.accuracy_ci95).toEqual(report.cross_validation.accuracy.ci95);
    expect(build().out_of_fold.macro_f1_ci95).toEqual(build().cross_validation.macro_f1.ci95);
  });

  test('where the rows decide, a gain is as sure as what each fixed and broke of them', () => {
    const outcome = sampleOutcome();
    const own = [0.1, 0.2, 0.25, 0.9];
    const folds = [fold(0, [0, 1, 4, 5], own), fold(1, [2, 3, 6, 7], own)];
    // Always spam: two rows of each fold are fixed and one is broken.
    const spam = [0.9, 0.9, 0.9, 0.9];
    const features = [fold(0, [0, 1, 4, 5], spam), fold(1, [2, 3, 6, 7], spam)];
    const report = build(sampleContext(), {
      ...outcome,
      folds,
      baselines: { ...outcome.baselines, features_only: features },
    });
    const half = 2.3646243 * Math.sqrt((0.8 - 0.2 ** 2) / 10);
    expect(report.comparisons.features_only?.accuracy.ci95[0]).toBeCloseTo(0.25 - half, 6);
  });

  test('labels that are numbers stand in the order of numbers', () => {
    const context = sampleContext();
    const labels = ['10', '2'];
    const report = build({
      ...context,
      rows: { ...context.rows, labels },
      test: context.test && { ...context.test, labels },
    });
    expect(report.out_of_fold.confusion_matrix.labels).toEqual(['2', '10']);
    expect(report.out_of_fold.per_class.map(({ label }) => label)).toEqual(['2', '10']);
    // Truly 10 (first in the label map): all four right. Truly 2: three of four.
    expect(report.out_of_fold.confusion_matrix.counts).toEqual([
      [3, 1],
      [0, 4],
    ]);
  });

  test('steps that a setback took back are no part of the curve', () => {
    const point = (step: number, trainLoss: number): CurvePoint => ({
      fold: 0,
      epoch: step / 4,
      step,
      trainLoss,
      learningRate: null,
      gradNorm: null,
      validLoss: null,
      metrics: null,
    });
    const curve = [point(1, 1), point(2, 0.9), point(3, 9), point(2, 0.8), point(3, 0.7)];
    const report = buildReport(sampleContext(), sampleOutcome(), { createdAt: '', totalSeconds: 1, curve });
    expect(report?.curve.map(({ step, train_loss }) => [step, train_loss])).toEqual([
      [1, 1],
      [2, 0.8],
      [3, 0.7],
    ]);
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
    expect(report.test?.baselines.features_only?.accuracy).toBe(0.75);
  });

  test('one finished fold has neither deviation, nor interval, nor comparison', () => {
    const outcome = sampleOutcome({ complete: false, missing: ['1 of 2 folds'], test: null, finalFit: false });
    const report = build(sampleContext(), { ...outcome, folds: outcome.folds.slice(0, 1) });
    expect(report.status).toBe('partial');
    expect(report.cross_validation.accuracy).toEqual({ mean: 0.75, sd: null, ci95: null });
    expect(report.baselines.features_only?.accuracy).toEqual({ mean: 0.5, sd: null, folds: [0.5] });
    expect(report.comparisons).toEqual({ majority: null, features_only: null, tfidf_logistic_regression: null });
    expect(report.final_model).toBeNull();
  });

  test('a stopped run has the intervals of the folds that were planned', () => {
    // 0.75 and 1 of 5 planned folds: sd √0.03125, standard error sd · √(1/2 + 1/4) = 0.1530931, 1 degree of freedom.
    const report = build(sampleContext({ folds: 5 }));
    const p = report.comparisons.features_only?.accuracy.p_two_sided;
    expect(p).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(0.125 / 0.1530931), 6);
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
    expect(settings).not.toHaveProperty('max_steps');
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
    const told = (length: number) => {
      const rows = { ...context.rows, texts: context.rows.texts.map(() => 'x'.repeat(length)) };
      return build({ ...context, rows }).out_of_fold.predictions[0]?.text;
    };
    expect(told(500)).toBe('x'.repeat(500));
    expect(told(501)).toBe(`${'x'.repeat(499)}…`);
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

  test('what was run stands in its fields, counts and all', () => {
    const grouping = { copies: 5, nearCopies: 4, keptTogether: 3, conversations: 2, torn: 1 };
    const findings = [{ id: 'duplicates', title: 'Copies' }];
    const dataset = { ...sampleContext().dataset, cutRows: 7, grouping };
    const report = build(sampleContext({ dataset, findings }));
    expect(report.dataset).toEqual({
      name: 'mail',
      version: 3,
      rows: 12,
      classes: 2,
      labels: dataset.labels,
      sha256: dataset.sha256,
      training_rows: 8,
      test_rows: 4,
      left_out_rows: 1,
      grouped_rows: 2,
      grouping: { copies: 5, near_copies: 4, kept_together: 3, shared_values: 2, torn: 1 },
      cut_rows: 7,
      findings,
    });
    expect(report.model).toMatchObject({ id: 'tiny', parameters: 1000, trained_parameters: 300 });
    expect(report.timings).toEqual({ total: 30, model: 1, features: 2, baselines: 3, folds: 4, final_fit: 5, test: 6 });
    expect(report.final_model).toEqual({
      rows: 8,
      steps: 80,
      epochs: 3,
      note: 'Trained on all 8 training rows. The scores above are of models that saw fewer rows.',
    });
    expect([report.status, report.method, report.method_title]).toEqual(['complete', 'top-layers', 'Top layers']);
    expect(report.cross_validation.notes).toEqual(['A note of the folds.', 'A note of the run.']);
    expect(report.cross_validation.folds[0]).toMatchObject({
      rows: 4,
      steps: 40,
      epochs: 4,
      best_epoch: 3,
      seconds: 2,
    });
    expect(build().dataset).not.toHaveProperty('grouping');
    expect(build().dataset).not.toHaveProperty('findings');
    expect(build(sampleContext({ test: null })).dataset.test_rows).toBe(0);
  });

  test('the chances of a difference are those of own minus other, by either measure', () => {
    const { features_only: features, majority } = build().comparisons;
    expect(features?.accuracy.p_worse).toBeCloseTo(0.3225, 4);
    expect(features?.accuracy.p_equivalent).toBeCloseTo(0.0221, 4);
    expect(features?.accuracy.p_better).toBeCloseTo(0.6554, 4);
    // Macro-F1 of the folds: 11/15 and 1, against 1/3 twice of always saying ham.
    expect(majority?.macro_f1.mean_difference).toBeCloseTo((11 / 15 + 1) / 2 - 1 / 3, 12);
    expect(majority?.accuracy.mean_difference).toBeCloseTo(0.375, 12);
  });

  test('simpler methods stand with mean, deviation and each fold', () => {
    const { features_only: features, majority } = build().baselines;
    expect(features?.accuracy.mean).toBe(0.75);
    expect(features?.accuracy.sd).toBeCloseTo(Math.sqrt(0.125), 12);
    expect(features?.accuracy.folds).toEqual([0.5, 1]);
    expect(majority?.macro_f1.folds[1]).toBeCloseTo(1 / 3, 12);
  });

  test('the curve has its figures in their fields, fold by fold, with nothing where nothing was measured', () => {
    const point = (fold: number, step: number): CurvePoint => ({
      fold,
      epoch: step / 4,
      step,
      trainLoss: 0.9,
      learningRate: 1e-4,
      gradNorm: 2,
      validLoss: 0.8,
      metrics: { accuracy: 0.7, macro_f1: 0.6 },
    });
    const curve = [point(1, 1), point(0, 1), point(1, 2), { ...point(0, 2), metrics: null }];
    const report = buildReport(sampleContext(), sampleOutcome(), { ...ending, curve });
    expect(report?.curve.map(({ fold: of, step }) => [of, step])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
    ]);
    const [first, second] = report?.curve ?? [];
    expect(first).toEqual({
      fold: 0,
      epoch: 0.25,
      step: 1,
      train_loss: 0.9,
      learning_rate: 1e-4,
      grad_norm: 2,
      valid_loss: 0.8,
      valid_accuracy: 0.7,
      valid_macro_f1: 0.6,
    });
    expect(second).toMatchObject({ valid_accuracy: null, valid_macro_f1: null });
  });

  test('of the mistakes the fifty surest are listed', () => {
    const count = 60;
    const indices = new Int32Array(count);
    const rows = {
      labels: ['ham', 'spam'],
      labelIndices: indices,
      lines: indices.map((_, row) => row + 1),
      texts: Array.from(indices, (_, row) => `text ${row}`),
    };
    // Every row is answered wrong, the later the surer.
    const sure = (from: number) => Array.from({ length: 30 }, (_, i) => 0.51 + (from + i) / 200);
    const at = (from: number) => Array.from({ length: 30 }, (_, i) => from + i);
    const folds = [fold(0, at(0), sure(0)), fold(1, at(30), sure(30))];
    const baselines = { majority: [], tfidf_logistic_regression: [], features_only: [] };
    const { errors } = build(sampleContext({ rows, test: null }), sampleOutcome({ folds, baselines, test: null }));
    expect(errors.map(({ line }) => line)).toEqual(Array.from({ length: 50 }, (_, i) => 60 - i));
  });

  test('a method that is a baseline and was fitted as one too, as version 0.1 did, keeps both', () => {
    const context = sampleContext({ settings: { ...sampleSettings, method: 'features' } });
    expect(build(context).baselines.features_only?.accuracy.folds).toEqual([0.5, 1]);
    // Its answers to the test part are its own, whatever else is there.
    expect(build(context).test?.baselines.features_only?.accuracy).toBe(0.75);
  });

  test('of labels that training never saw twenty are named', () => {
    const context = sampleContext();
    const others = (count: number) => {
      const labels = ['ham', 'spam', ...Array.from({ length: count }, (_, i) => `other ${i}`)];
      const rows = Array.from({ length: count }, (_, i) => i);
      const outcome = sampleOutcome();
      const said = answers(
        rows,
        rows.map(() => 0.9),
      );
      const test = {
        labels,
        labelIndices: Int32Array.from(rows, (i) => i + 2),
        lines: Int32Array.from(rows),
        texts: rows.map((i) => `new ${i}`),
        source: 'a file',
      };
      const baselines = { majority: said, tfidf_logistic_regression: said, features_only: said };
      return build({ ...context, test }, { ...outcome, test: { ...said, baselines } }).test?.unknown_labels;
    };
    expect(others(21)?.labels).toHaveLength(20);
    expect(others(21)).toMatchObject({ rows: 21 });
    expect(others(20)?.labels.at(-1)).toBe('other 19');
    expect(build().test).not.toHaveProperty('unknown_labels');
  });

  test('on the test part the run is compared with each simpler method, rows that training has seen left out apart', () => {
    const context = sampleContext();
    const { test: part } = build();
    // TF-IDF is right in rows 1 and 2, the run in all but row 1.
    expect(part?.mcnemar_tfidf).toMatchObject({
      only_tuned_right: 2,
      only_base_right: 1,
      groups_tuned_better: 2,
      groups_base_better: 1,
    });
    expect(part?.baselines.tfidf_logistic_regression?.accuracy).toBe(0.5);
    const seen = Uint8Array.of(1, 0, 0, 0);
    const unseen = build({ ...context, test: context.test && { ...context.test, seen } }).test?.unseen;
    expect(unseen?.mcnemar_tfidf).toMatchObject({ only_tuned_right: 1, only_base_right: 1 });
    expect(unseen?.baselines.tfidf_logistic_regression?.accuracy).toBeCloseTo(2 / 3, 12);
  });
});
