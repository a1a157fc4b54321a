/** Where each claim begins and ends: the figures at their boundaries, before they are words. */
import { describe, expect, test } from 'vitest';
import type { ClassificationReport, Comparison } from '../../../../src/core/report/classification';
import {
  clearTestGain,
  collapsed,
  freshTest,
  metricOf,
  pairedWith,
  standing,
  tfIdfOf,
  tooGood,
} from '../../../../src/core/report/verdict/judgement';
import { buildReport } from '../../../../src/core/report/build-report';
import { searchJudge } from '../../../../src/core/report/search-judge';
import { sampleContext, sampleOutcome, sampleReport } from '../../../helpers/report-sample';

const ENDING = { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] };

type TestPart = NonNullable<ClassificationReport['test']>;

const comparison = (low: number, high: number, more: Partial<Comparison> = {}): Comparison => ({
  mean_difference: (low + high) / 2,
  ci95: [low, high],
  p_two_sided: 0.5,
  rope: 0.01,
  p_worse: 0,
  p_equivalent: 0,
  p_better: 0,
  ...more,
});

describe('a difference', () => {
  test.each([
    [0.011, 0.05, 'clear'],
    [0.01, 0.05, 'real'],
    [0.001, 0.05, 'real'],
    [0, 0.05, 'open'],
    [-0.05, 0, 'open'],
    [-0.05, -0.001, 'worse'],
    [0.05, 0.05, 'open'],
    [-0.05, -0.05, 'open'],
  ])('from %f to %f is %s', (low, high, stands) => {
    expect(standing(comparison(low, high))).toBe(stands);
  });

  test('is equal from a chance of 95 % on, where the interval claims nothing else', () => {
    expect(standing(comparison(-0.005, 0.005, { p_equivalent: 0.95 }))).toBe('equal');
    expect(standing(comparison(-0.005, 0.005, { p_equivalent: 0.949 }))).toBe('open');
    expect(standing(comparison(0.001, 0.005, { p_equivalent: 0.99 }))).toBe('real');
  });
});

test('uneven labels and weighted ones are judged by macro-F1, others by accuracy; by a search as by a run', () => {
  const metric = (counts: number[], classWeight: 'balanced' | 'none' = 'none') => {
    const labels = counts.map((count, i) => ({ label: `label ${i}`, count }));
    const context = sampleContext();
    const dataset = { ...context.dataset, labels };
    const settings = { ...context.settings, classWeight };
    const report = buildReport({ ...context, dataset, settings }, sampleOutcome(), ENDING);
    if (!report) throw new Error('no report');
    expect(searchJudge({ ...context, dataset, settings }).metric).toBe(metricOf(report));
    return metricOf(report);
  };
  expect(metric([100, 10])).toBe('accuracy');
  expect(metric([101, 10])).toBe('macro_f1');
  expect(metric([10, 10], 'balanced')).toBe('macro_f1');
  expect(metric([])).toBe('accuracy');
  // Earlier reports do not say: their words went by the weights alone.
  expect(metricOf({ settings: { class_weight: 'balanced' } })).toBe('macro_f1');
  expect(metricOf({ settings: { class_weight: 'none' } })).toBe('accuracy');
});

const mcnemar = (fixes: number, breaks: number, p: number) => ({
  only_tuned_right: fixes,
  only_base_right: breaks,
  groups_tuned_better: fixes,
  groups_base_better: breaks,
  p_two_sided: p,
});

/** A report with a test part of 100 rows; in the folds it gets so much right. */
function report(test: Partial<TestPart> = {}, mean = 0.9): ClassificationReport {
  const sample = sampleReport();
  if (sample.test === null) throw new Error('The sample has a test part.');
  const score = { mean, sd: 0.01, ci95: [mean - 0.02, mean + 0.02] as [number, number] };
  return {
    ...sample,
    cross_validation: { ...sample.cross_validation, accuracy: score, macro_f1: score },
    test: {
      ...sample.test,
      rows: 100,
      right: 90,
      accuracy: 0.9,
      accuracy_ci95: [0.83, 0.95],
      mcnemar: mcnemar(10, 2, 0.04),
      mcnemar_tfidf: mcnemar(30, 4, 0.001),
      ...test,
    },
  };
}

const unseen = (change: Partial<NonNullable<TestPart['unseen']>> = {}): NonNullable<TestPart['unseen']> => ({
  rows: 80,
  right: 60,
  accuracy: 0.75,
  accuracy_ci95: [0.65, 0.83],
  macro_f1: 0.7,
  macro_f1_ci95: [0.6, 0.8],
  different_texts: 80,
  baselines: sampleReport().test?.baselines ?? {
    majority: { accuracy: 0, macro_f1: 0 },
    tfidf_logistic_regression: { accuracy: 0, macro_f1: 0 },
    features_only: { accuracy: 0, macro_f1: 0 },
  },
  mcnemar: mcnemar(8, 1, 0.03),
  mcnemar_tfidf: mcnemar(20, 3, 0.001),
  ...change,
});

describe('the rows of the test part that count', () => {
  test('are all of it, or those that training has not seen, or none', () => {
    expect(freshTest(report())).toMatchObject({ rows: 100, right: 90, accuracy: 0.9, interval: [0.83, 0.95] });
    const seen = { rows: 20, right: 20 };
    expect(freshTest(report({ seen, unseen: unseen() }))).toMatchObject({
      rows: 80,
      right: 60,
      accuracy: 0.75,
      interval: [0.65, 0.83],
      paired: { only_tuned_right: 8 },
      tfIdf: 0.5,
    });
    expect(freshTest(report({ seen, unseen: null }))).toBeNull();
    expect(freshTest({ ...report(), test: null })).toBeNull();
  });

  test('of a report of version 0.1 have the interval that it has', () => {
    const { test: part, ...rest } = report({ accuracy_wilson95: [0.8, 0.96] });
    if (part === null) throw new Error('The sample has a test part.');
    const { accuracy_ci95: _, ...before } = part;
    expect(freshTest({ ...rest, test: before })?.interval).toEqual([0.8, 0.96]);
  });

  test('are compared with whom the method is measured against', () => {
    const part = { mcnemar: mcnemar(1, 2, 0.5), mcnemar_tfidf: mcnemar(3, 4, 0.5) };
    expect(pairedWith('features_only', part)?.only_tuned_right).toBe(1);
    expect(pairedWith('tfidf_logistic_regression', part)?.only_tuned_right).toBe(3);
    expect(pairedWith('majority', part)).toBeNull();
    expect(tfIdfOf(report())).not.toBeNull();
    expect(tfIdfOf({ ...report(), method: 'features' })).toBeNull();
  });
});

test('a gain on the test part is clear below a p of 0.05, as a share of its rows', () => {
  expect(clearTestGain(report())).toBeCloseTo(0.08, 12);
  expect(clearTestGain(report({ mcnemar: mcnemar(2, 10, 0.04) }))).toBeCloseTo(-0.08, 12);
  expect(clearTestGain(report({ mcnemar: mcnemar(10, 2, 0.0501) }))).toBeNull();
  expect(clearTestGain(report({ mcnemar: mcnemar(5, 5, 0.01) }))).toBeNull();
  expect(clearTestGain(report({ mcnemar: null }))).toBeNull();
  expect(clearTestGain({ ...report(), test: null })).toBeNull();
});

describe('a test part has collapsed', () => {
  test('where it lies a fifth below the folds, and its whole interval below theirs', () => {
    const low = (accuracy: number, high: number) => report({ accuracy, accuracy_ci95: [0.5, high] }, 1);
    expect(collapsed(low(0.75, 0.9))).toMatchObject({ accuracy: 0.75 });
    expect(collapsed(low(0.81, 0.9))).toBeNull();
    // The folds' interval begins at 0.98.
    expect(collapsed(low(0.75, 0.979))).not.toBeNull();
    expect(collapsed(low(0.75, 0.98))).toBeNull();
    expect(collapsed({ ...report(), test: null })).toBeNull();
  });

  test('exactly a fifth is enough; without an interval of the folds their mean is taken', () => {
    const of = (accuracy: number, high: number) => {
      const base = report({ accuracy, accuracy_ci95: [0.3, high] });
      const score = { mean: 0.7, sd: null, ci95: null };
      return collapsed({ ...base, cross_validation: { ...base.cross_validation, accuracy: score } });
    };
    expect(of(0.7 - 0.2, 0.69)).not.toBeNull();
    expect(of(0.51, 0.69)).toBeNull();
    expect(of(0.45, 0.7)).toBeNull();
  });
});

describe('a score is too good', () => {
  const leak = [
    { id: 'template-leak', title: 'One template' },
    { id: 'duplicates', title: 'Copies' },
  ];
  const found = (mean: number, findings = leak, macro = mean) => {
    const base = report({}, mean);
    const { cross_validation: cv, dataset } = base;
    const macro_f1 = { ...cv.macro_f1, mean: macro };
    return tooGood({ ...base, dataset: { ...dataset, findings }, cross_validation: { ...cv, macro_f1 } });
  };

  test('from 97 % on by both measures, where the data give it away', () => {
    expect(found(0.97)).toEqual({ where: 'folds', findings: ['One template'] });
    expect(found(0.969)).toBeNull();
    expect(found(0.99, leak, 0.96)).toBeNull();
    expect(found(0.99, [])).toBeNull();
    expect(found(0.99, leak.slice(1))).toBeNull();
  });

  test('also where TF-IDF alone is near perfect', () => {
    const base = report({}, 0.9);
    const score = { mean: 0.98, sd: 0, folds: [0.98] };
    const baselines = { ...base.baselines, tfidf_logistic_regression: { accuracy: score, macro_f1: score } };
    const dataset = { ...base.dataset, findings: leak };
    expect(tooGood({ ...base, dataset, baselines })?.where).toBe('folds');
    const none = { ...base.baselines, tfidf_logistic_regression: null };
    expect(tooGood({ ...base, dataset, baselines: none })).toBeNull();
  });

  test('on a test part a fifth of which training has seen, where that lifts it by five points', () => {
    const remembered = (accuracy: number, rows: number, others: number | null) =>
      tooGood(
        report({
          accuracy,
          seen: { rows, right: rows },
          unseen: others === null ? null : unseen({ accuracy: others }),
        }),
      );
    expect(remembered(1, 20, 0.94)).toEqual({ where: 'test', findings: [] });
    expect(remembered(1, 19, 0.94)).toBeNull();
    expect(remembered(1, 20, 0.947)).not.toBeNull();
    expect(remembered(1, 20, 0.96)).toBeNull();
    expect(remembered(0.97, 20, 0.9)).not.toBeNull();
    expect(remembered(0.969, 20, 0.9)).toBeNull();
    expect(remembered(1, 100, null)).not.toBeNull();
    expect(tooGood(report({ accuracy: 1 }))).toBeNull();
  });
});
