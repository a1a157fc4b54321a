/** The words that rare figures give: rows seen once, copies, folds that say nothing, labels at the edge of uneven. */
import { describe, expect, test } from 'vitest';
import type { ClassificationReport, Comparison, McNemarFigures } from '../../../../src/core/report/classification';
import { verdictOf } from '../../../../src/core/report/verdict/verdict';
import { sampleReport } from '../../../helpers/report-sample';

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

const both = (accuracy: Comparison, macro_f1 = accuracy) => ({ accuracy, macro_f1 });

const mcnemar = (fixes: number, breaks: number, p: number): McNemarFigures => ({
  only_tuned_right: fixes,
  only_base_right: breaks,
  groups_tuned_better: fixes,
  groups_base_better: breaks,
  p_two_sided: p,
});

interface Case {
  mean?: number;
  macro?: number;
  labels?: [number, number];
  weighted?: boolean;
  majority?: [accuracy: number, macro: number];
  tfIdf?: number | null;
  comparisons?: Partial<ClassificationReport['comparisons']>;
  findings?: { id: string; title: string }[];
  test?: Partial<TestPart> | null;
  change?: Partial<ClassificationReport>;
}

/** Five folds that get 90 % right, four points over features only; no test part unless the case has one. */
function verdict({
  mean = 0.9,
  macro = mean,
  labels = [500, 400],
  weighted = false,
  majority = [0.5, 0.3],
  tfIdf = 0.8,
  comparisons = {},
  findings = [],
  test: part = null,
  change = {},
}: Case = {}): ClassificationReport['verdict'] {
  const sample = sampleReport();
  const [fold] = sample.cross_validation.folds;
  if (fold === undefined || sample.test === null) throw new Error('The sample has folds and a test part.');
  const score = (of: number) => ({ mean: of, sd: 0.01, ci95: [of - 0.02, of + 0.02] as [number, number] });
  const baseline = (accuracy: number, macro_f1 = accuracy) => ({
    accuracy: { mean: accuracy, sd: 0.01, folds: [accuracy] },
    macro_f1: { mean: macro_f1, sd: 0.01, folds: [macro_f1] },
  });
  const [most, least] = labels;
  return verdictOf({
    ...sample,
    judged_by: weighted ? 'macro_f1' : 'accuracy',
    settings: { ...sample.settings, class_weight: weighted ? 'balanced' : 'none' },
    dataset: {
      ...sample.dataset,
      findings,
      training_rows: 1000,
      labels: [
        { label: 'delivery', count: most },
        { label: 'refund', count: least },
      ],
    },
    cross_validation: {
      ...sample.cross_validation,
      k: 5,
      folds: Array.from({ length: 5 }, () => fold),
      accuracy: score(mean),
      macro_f1: score(macro),
    },
    baselines: {
      majority: baseline(...majority),
      tfidf_logistic_regression: tfIdf === null ? null : baseline(tfIdf),
      features_only: baseline(0.86),
    },
    comparisons: {
      majority: null,
      features_only: both(comparison(0.02, 0.06)),
      tfidf_logistic_regression: null,
      ...comparisons,
    },
    out_of_fold: { ...sample.out_of_fold, rows: 1000, right: 900, accuracy: 0.9 },
    test: part && {
      ...sample.test,
      rows: 100,
      right: 90,
      accuracy: 0.9,
      accuracy_ci95: [0.83, 0.95],
      different_texts: 100,
      mcnemar: mcnemar(10, 2, 0.04),
      mcnemar_tfidf: mcnemar(20, 4, 0.01),
      ...part,
    },
    ...change,
  });
}

describe('the test part in words', () => {
  const seenOf = (rows: number) => ({ seen: { rows, right: rows }, unseen: null });

  test('one row that was seen is told as one, several as several', () => {
    expect(verdict({ test: seenOf(1) }).detail).toContain(
      'but 1 of them repeats training rows or belongs with them, so it is no news to the model.',
    );
    expect(verdict({ test: seenOf(2) }).detail).toContain(
      'but 2 of them repeat training rows or belong with them, so they are no news to the model.',
    );
  });

  test('copies are told where there are some, and where they count once in McNemar', () => {
    expect(verdict({ test: { different_texts: 100 } }).detail).toMatch(
      /^On 100 rows it had never seen, it got 90 right/,
    );
    const copied = { ...mcnemar(10, 2, 0.04), groups_tuned_better: 7 };
    const { detail } = verdict({ test: { different_texts: 80, mcnemar: copied } });
    expect(detail).toMatch(
      /^On 100 rows it had never seen \(80 different texts, and the interval counts copies once\), it/,
    );
    expect(detail).toContain(
      'fixes 10 that features only got wrong and breaks 2 (McNemar p = 0.04, copies counted once)',
    );
    const lost = { ...mcnemar(10, 2, 0.04), groups_base_better: 1 };
    expect(verdict({ test: { mcnemar: lost } }).detail).toContain('(McNemar p = 0.04, copies counted once)');
    expect(verdict({ test: {} }).detail).toContain('(McNemar p = 0.04):');
    // Reports of version 0.1 do not count groups.
    const { groups_tuned_better: _, groups_base_better: __, ...old } = mcnemar(10, 2, 0.04);
    expect(verdict({ test: { mcnemar: old } }).detail).toContain('(McNemar p = 0.04):');
  });

  test.each([
    [10, 2, 0.04, 'a clear gain on these rows.'],
    [2, 10, 0.04, 'a clear loss on these rows.'],
    [10, 2, 0.0501, 'too few rows to settle it.'],
    [10, 2, 0.4, 'too few rows to settle it.'],
  ])('where the folds claim nothing, %i fixed and %i broken at p %f are %s', (fixes, breaks, p, words) => {
    for (const folds of [null, both(comparison(-0.01, 0.03)), both(comparison(0, 0.04)), both(comparison(-0.04, 0))]) {
      const { detail } = verdict({
        comparisons: { features_only: folds },
        test: { mcnemar: mcnemar(fixes, breaks, p) },
      });
      expect(detail).toContain(`): ${words}`);
    }
  });

  test('answers that are right and wrong on the same rows are told of the simpler method', () => {
    expect(verdict({ test: { mcnemar: mcnemar(0, 0, 1) } }).detail).toContain(
      '95.0. Features only is right and wrong on the very same rows. On',
    );
  });

  test('folds that lose are confirmed by a loss', () => {
    const comparisons = { features_only: both(comparison(-0.06, -0.02)) };
    expect(verdict({ comparisons, test: { mcnemar: mcnemar(2, 10, 0.04) } }).detail).toContain(
      'this confirms the folds',
    );
    expect(verdict({ comparisons, test: { mcnemar: mcnemar(10, 2, 0.04) } }).detail).toContain('contradicts the folds');
  });

  test('without the rows by row of a simpler method only its share is told', () => {
    expect(verdict({ test: { mcnemar: null } }).detail).toMatch(/83\.0 to 95\.0\. On the same rows: features only /);
  });
});

describe('the folds in words', () => {
  const { out_of_fold, cross_validation } = sampleReport();

  test('a part of the rows is counted, and an interval by the rows is named', () => {
    const part = { out_of_fold: { ...out_of_fold, rows: 900, right: 810, accuracy: 0.9 } };
    expect(verdict({ change: part }).detail).toMatch(
      /^Each of 900 training rows was answered once .*: 810 of 900 right, 90\.0 %, 95 % interval over the folds 88\.0 to 92\.0\. On/,
    );
    const accuracy = { mean: 0.9, sd: 0, ci95: [0.85, 0.94] as [number, number], ci95_from: 'rows' as const };
    const byRows = { cross_validation: { ...cross_validation, accuracy } };
    expect(verdict({ change: byRows }).detail).toContain('90.0 %, 95 % interval by the rows 85.0 to 94.0.');
    const none = { cross_validation: { ...cross_validation, accuracy: { mean: 0.9, sd: null, ci95: null } } };
    expect(verdict({ change: none }).detail).toContain('right, 90.0 %. On the same folds:');
  });

  test('simpler methods that were not finished are not told', () => {
    expect(verdict({ tfIdf: null }).detail).toMatch(/features only 86\.0 %, always «delivery» 50\.0 %\.$/);
    const baselines = { majority: null, tfidf_logistic_regression: null, features_only: null };
    expect(verdict({ change: { baselines } }).detail).toMatch(/right, 90\.0 %, .* 92\.0\.$/);
  });
});

describe('the sentence', () => {
  const failed = { right: 50, accuracy: 0.5, accuracy_ci95: [0.4, 0.6] as [number, number] };

  test('labels that training never saw: three are named, some rows are counted', () => {
    const unknown_labels = { labels: ['a', 'b', 'c'], rows: 40 };
    expect(verdict({ test: { ...failed, unknown_labels } }).sentence).toContain(
      '(50 of 100 rows), in the folds 90.0 %. 40 of its rows have labels that training never saw («a», «b», «c»): ',
    );
  });

  test('rows of a failing test part that training has not seen are named so', () => {
    const { test: part } = sampleReport();
    if (part === null) throw new Error('The sample has a test part.');
    const { baselines, macro_f1 } = part;
    const unseen = {
      ...{ rows: 80, right: 40, accuracy: 0.5, accuracy_ci95: [0.4, 0.6] as [number, number] },
      ...{ macro_f1, macro_f1_ci95: [0.4, 0.6] as [number, number], different_texts: 80, baselines },
      ...{ mcnemar: mcnemar(0, 0, 1), mcnemar_tfidf: mcnemar(0, 0, 1) },
    };
    expect(verdict({ test: { seen: { rows: 20, right: 20 }, unseen } }).sentence).toContain(
      'On the test part it gets 50.0 % right (40 of 80 rows that training has not seen), in the folds 90.0 %.',
    );
  });

  test('no better than the commonest label by accuracy, but ahead by macro-F1: both are said', () => {
    const ahead = { majority: both(comparison(-0.02, 0.02), comparison(0.1, 0.3)) };
    const useless = (comparisons: Case['comparisons'] = {}) =>
      verdict({ mean: 0.88, macro: 0.7, majority: [0.9, 0.47], comparisons }).sentence;
    expect(useless(ahead)).toBe(
      'Not useful yet: 88.0 % right, and always answering «delivery» gets 90.0 %. By macro-F1, where every label counts the same, it is ahead: 70.0 % against 47.0 %.',
    );
    expect(useless({ majority: both(comparison(-0.02, 0.02), comparison(0, 0.3)) })).toMatch(/gets 90\.0 %\.$/);
    expect(useless()).toMatch(/gets 90\.0 %\.$/);
    expect(verdict({ weighted: true, macro: 0.3, majority: [0.9, 0.47], comparisons: ahead }).sentence).toBe(
      'Not useful yet: macro-F1 30.0 %, and always answering «delivery» gets 47.0 %.',
    );
  });

  test('a test part of rows that training has seen gives its score away', () => {
    const part = { right: 99, accuracy: 0.99, seen: { rows: 100, right: 99 }, unseen: null };
    expect(verdict({ test: part }).sentence).toBe(
      'Too good to be true: 99.0 % right on the test part, but 100 of its 100 rows repeat training rows or belong with them; no row is left without those.',
    );
  });

  test('of features only the reason is told without the word counts', () => {
    const findings = [{ id: 'giveaway', title: 'A word gives «refund» away. ' }];
    const features = { method: 'features' };
    expect(verdict({ mean: 0.99, findings, change: features }).sentence).toBe(
      'Too good to be true: 99.0 % right. The data give it away: a word gives «refund» away. Expect less on other texts.',
    );
    expect(verdict({ mean: 0.99, findings, tfIdf: null }).sentence).toMatch(/99\.0 % right\. The data/);
  });

  test('a gain within a point of TF-IDF is none over it, surely or maybe', () => {
    const over = (low: number, high: number, p_equivalent: number) =>
      verdict({ comparisons: { tfidf_logistic_regression: both(comparison(low, high, { p_equivalent })) } }).sentence;
    expect(over(0.001, 0.007, 0.95)).toMatch(
      /But TF-IDF alone does as well, give or take a point: −0\.4 points, .* −0\.7 to −0\.1\.$/,
    );
    expect(over(0.001, 0.007, 0.949)).toContain('But TF-IDF alone may come within a point: −0.4 points');
    expect(over(-0.004, 0.004, 0.95)).toContain('But TF-IDF alone does as well');
    expect(over(0.02, 0.06, 0)).toBe(
      'Fine-tuning gains 4.0 points over features only, 95 % interval 2.0 to 6.0, and 4.0 over TF-IDF, 2.0 to 6.0. Worth it.',
    );
  });

  test('a gain under a point is real from a chance of 95 % on', () => {
    const small = (p_equivalent: number) =>
      verdict({ comparisons: { features_only: both(comparison(0.001, 0.007, { p_equivalent })) } }).sentence;
    expect(small(0.95)).toMatch(/Real, but under one point\.$/);
    expect(small(0.949)).toMatch(/A real gain, but it may be under one point\.$/);
  });

  test('where TF-IDF is ahead of a loser, that is what is left to use', () => {
    const features_only = both(comparison(-0.06, -0.02));
    expect(
      verdict({ comparisons: { features_only, tfidf_logistic_regression: both(comparison(-0.09, -0.03)) } }).sentence,
    ).toBe(
      'Fine-tuning loses 4.0 points against features only, 95 % interval 2.0 to 6.0. But TF-IDF alone does better: +6.0 points, 95 % interval 3.0 to 9.0.',
    );
    expect(
      verdict({ comparisons: { features_only, tfidf_logistic_regression: both(comparison(-0.03, 0.01)) } }).sentence,
    ).toMatch(/Features only is enough\. Against TF-IDF: −1\.0 points, 95 % interval −3\.0 to 1\.0\.$/);
  });

  test('two folds can tell of a gain', () => {
    const { cross_validation } = sampleReport();
    expect(verdict({ change: { cross_validation: { ...cross_validation, k: 2 } } }).sentence).toMatch(
      /^Fine-tuning gains/,
    );
  });

  test('no gain is seen where it is level and as likely within a point as not', () => {
    const level = (mean: number, p_equivalent: number) =>
      verdict({
        comparisons: { features_only: both(comparison(mean - 0.03, mean + 0.03, { p_equivalent })) },
      }).sentence;
    expect(level(0, 0.5)).toMatch(/^No gain seen: fine-tuning is level with features only/);
    expect(level(-0.0004, 0.5)).toMatch(/^No gain seen: fine-tuning is level with features only/);
    expect(level(0, 0.49)).toMatch(/^No clear gain: fine-tuning is level with features only, [^.]*\.\d to 3\.0\.$/);
    expect(level(0.002, 0.6)).toMatch(/^No clear gain: fine-tuning is 0\.2 points ahead .* That may be chance\.$/);
  });

  test('a test part that says the opposite is told where labels are not weighted and the folds are not level', () => {
    const test = { mcnemar: mcnemar(2, 10, 0.04) };
    expect(verdict({ test }).sentence).toContain('but 8.0 points behind it on the 100 test rows. Trust neither alone');
    expect(verdict({ test, weighted: true }).sentence).toMatch(/^Fine-tuning gains 4\.0 points of macro-F1/);
    const level = { features_only: both(comparison(-0.03, 0.03)) };
    expect(verdict({ test, comparisons: level }).sentence).not.toContain('Trust neither');
  });
});

describe('the notes', () => {
  const found = (one: Case) => verdict(one).notes.join(' ');

  test('labels are uneven from three to one on, and small under ten rows', () => {
    expect(found({ labels: [300, 100] })).toContain('The labels are uneven: «delivery» has 75 % of the rows.');
    expect(found({ labels: [299, 100] })).not.toContain('uneven');
    expect(found({ labels: [300, 100], weighted: true })).not.toContain('uneven');
    expect(found({ labels: [3, 1] })).toContain('«delivery» has 75 % of the rows.');
    const dataset = {
      ...sampleReport().dataset,
      labels: [300, 200, 9].map((count, i) => ({ label: `label ${i}`, count })),
    };
    expect(found({ change: { dataset } })).toContain('«label 2» has 9 rows');
    expect(found({ labels: [20, 9] })).toContain('«refund» has 9 rows: its line in the table says little.');
    expect(found({ labels: [20, 10] })).not.toContain('says little');
  });

  test('both intervals may rest on the rows, or one of them', () => {
    const { cross_validation } = sampleReport();
    const accuracy = { mean: 0.9, sd: 0, ci95: [0.85, 0.94] as [number, number], ci95_from: 'rows' as const };
    const change = { cross_validation: { ...cross_validation, accuracy } };
    expect(found({ change })).toContain('the interval of the score is that of the rows alone, not of the folds.');
    const comparisons = { features_only: both(comparison(0.02, 0.06, { ci95_from: 'rows' })) };
    expect(found({ change, comparisons })).toContain(
      'the intervals of the score and against features only are those of the rows alone, not of the folds.',
    );
  });

  test('word counts that are near perfect beside a run that is are suspected', () => {
    expect(found({ mean: 0.97, tfIdf: 0.97 })).toContain('Word counts alone get 97.0 % right: look whether');
    expect(found({ mean: 0.96, tfIdf: 0.97 })).not.toContain('Word counts');
    expect(found({ mean: 0.97, tfIdf: 0.96 })).not.toContain('Word counts');
    expect(found({ mean: 0.97, tfIdf: null })).not.toContain('Word counts');
  });

  test('what gives labels away is told once: here, or where it is too good in the sentence', () => {
    const findings = [
      { id: 'label-in-text', title: 'Labels stand in their texts. ' },
      { id: 'duplicates', title: 'Copies' },
    ];
    expect(verdict({ findings }).notes).toContain(
      'Found before training: Labels stand in their texts. That makes every score here better than it is.',
    );
    expect(found({ findings })).not.toContain('Copies');
    expect(found({ findings, mean: 0.99 })).not.toContain('Found before training');
  });

  test('a test part apart from the folds is told on either side, unless it fails', () => {
    const apart = (accuracy: number, interval: [number, number]) =>
      found({ test: { accuracy, accuracy_ci95: interval } });
    expect(apart(0.95, [0.91, 0.98])).toContain('The test part lies 5.0 points above the folds');
    expect(apart(0.95, [0.9, 0.98])).not.toContain('The test part lies');
    expect(apart(0.85, [0.8, 0.89])).toContain('The test part lies 5.0 points below the folds');
    expect(apart(0.85, [0.8, 0.9])).not.toContain('The test part lies');
    expect(apart(0.6, [0.5, 0.7])).not.toContain('The test part lies');
  });

  test('where labels are weighted, accuracy on the test part is told only where it says otherwise', () => {
    const weighted = (fixes: number, breaks: number, low: number) =>
      found({
        weighted: true,
        test: { mcnemar: mcnemar(fixes, breaks, 0.04) },
        comparisons: { features_only: both(comparison(low, low + 0.04), comparison(0.02, 0.06)) },
      });
    expect(weighted(2, 10, 0.02)).toContain(
      'By accuracy it is 8.0 points behind features only on the test part, unlike in the folds.',
    );
    expect(weighted(10, 2, -0.06)).toContain('By accuracy it is 8.0 points ahead of features only on the test part');
    expect(weighted(10, 2, 0.02)).not.toContain('By accuracy it is');
    expect(found({ test: { mcnemar: mcnemar(2, 10, 0.04) } })).not.toContain('By accuracy it is');
  });

  test('the other measure stands beside that of the sentence', () => {
    const comparisons = { features_only: both(comparison(0.02, 0.06), comparison(0.03, 0.09)) };
    expect(verdict({ comparisons }).notes[0]).toBe(
      'By macro-F1: +6.0 points against features only, 95 % interval 3.0 to 9.0.',
    );
    expect(verdict({ comparisons, weighted: true, macro: 0.8 }).notes.slice(0, 2)).toEqual([
      'Rare labels were given weight, so the sentence goes by macro-F1, where every label counts the same: 80.0 %, mean of the folds.',
      'By accuracy: +4.0 points against features only, 95 % interval 2.0 to 6.0.',
    ]);
  });
});
