import { judgedBy } from '../../../../src/core/report/judged-by';
import { describe, expect, test } from 'vitest';
import { buildReport } from '../../../../src/core/report/build-report';
import type { Comparison, ClassificationReport } from '../../../../src/core/report/report';
import { verdictOf } from '../../../../src/core/report/verdict/verdict';
import { compareOnFolds } from '../../../../src/core/metrics/paired';
import { sampleContext, sampleOutcome } from '../../../helpers/report-sample';

/** A comparison with these figures, in points. */
function comparison(difference: number, [low, high]: [number, number], chances: Partial<Comparison> = {}): Comparison {
  return {
    mean_difference: difference / 100,
    ci95: [low / 100, high / 100],
    p_two_sided: 0.5,
    rope: 0.01,
    p_worse: 0,
    p_equivalent: 0.5,
    p_better: 0.5,
    ...chances,
  };
}

const paired = ({ fixes, breaks, p }: { fixes: number; breaks: number; p: number }) => ({
  only_tuned_right: fixes,
  only_base_right: breaks,
  groups_tuned_better: fixes,
  groups_base_better: breaks,
  p_two_sided: p,
});

const both = (accuracy: Comparison, macro_f1 = accuracy) => ({ accuracy, macro_f1 });

interface Case {
  method?: ClassificationReport['method'];
  features?: Comparison | null;
  tfIdf?: Comparison | null;
  mean?: number;
  majority?: number;
  folds?: number;
  planned?: number;
  missing?: string[];
  labels?: [number, number];
  majorityGain?: Comparison | null;
  weighted?: boolean;
  longLabel?: boolean;
  macro?: Comparison;
  findings?: { id: string; title: string }[];
  test?: { right: number; rows: number; fixes: number; breaks: number; p: number } | null;
  seen?: Pick<TestPart, 'seen' | 'unseen' | 'unknown_labels' | 'different_texts'>;
}

type TestPart = NonNullable<ClassificationReport['test']>;

/** A report of five folds that gets 93 % right, with what the case says otherwise. */
function verdict({
  method = 'top-layers',
  features = comparison(3.1, [1.2, 5.0], { p_better: 0.98 }),
  tfIdf = comparison(6.5, [3.9, 9.1]),
  mean = 0.93,
  majority = 0.256,
  folds = 5,
  planned = 5,
  missing = [],
  labels = [500, 400],
  majorityGain = null,
  weighted = false,
  longLabel = false,
  macro,
  findings = [],
  test: part = null,
  seen = {},
}: Case = {}): ClassificationReport['verdict'] {
  const report = buildReport(sampleContext(), sampleOutcome(), { createdAt: '', totalSeconds: 1, curve: [] });
  if (!report?.test) throw new Error('no report');
  const [first] = report.cross_validation.folds;
  if (!first || !report.baselines.majority) throw new Error('no folds');
  const scores = { mean, sd: 0.017, ci95: [mean - 0.02, mean + 0.02] as [number, number] };
  const baseline = (share: number) => {
    const score = { mean: share, sd: 0.01, folds: [share] };
    return { accuracy: score, macro_f1: score };
  };
  return verdictOf({
    ...report,
    method,
    missing,
    judged_by: judgedBy(
      labels.map((count) => ({ count })),
      weighted,
    ),
    settings: { ...report.settings, class_weight: weighted ? 'balanced' : 'none' },
    status: missing.length > 0 ? 'partial' : 'complete',
    dataset: {
      ...report.dataset,
      rows: labels[0] + labels[1],
      training_rows: 1000,
      findings,
      labels: [
        { label: longLabel ? 'x'.repeat(3000) : 'delivery', count: labels[0] },
        { label: longLabel ? 'y'.repeat(3000) : 'refund', count: labels[1] },
      ],
    },
    cross_validation: {
      ...report.cross_validation,
      k: planned,
      folds: Array.from({ length: folds }, () => first),
      accuracy: scores,
      macro_f1: scores,
    },
    baselines: {
      majority: baseline(majority),
      tfidf_logistic_regression: baseline(0.865),
      features_only: baseline(0.899),
    },
    comparisons: {
      majority: majorityGain && both(majorityGain),
      features_only: method === 'features' ? null : features && both(features, macro),
      tfidf_logistic_regression: tfIdf && both(tfIdf),
    },
    out_of_fold: { ...report.out_of_fold, rows: 1000, right: 930, accuracy: 0.93, accuracy_wilson95: [0.912, 0.944] },
    test: part && {
      ...report.test,
      rows: part.rows,
      right: part.right,
      accuracy: part.right / part.rows,
      accuracy_wilson95: [part.right / part.rows - 0.04, part.right / part.rows + 0.03],
      accuracy_ci95: [part.right / part.rows - 0.04, part.right / part.rows + 0.03],
      different_texts: part.rows,
      mcnemar: method === 'features' ? null : paired(part),
      mcnemar_tfidf: paired(part),
      ...seen,
    },
  });
}

describe('the sentence', () => {
  test('a clear gain is worth it, with both intervals', () => {
    expect(verdict().sentence).toBe(
      'Fine-tuning gains 3.1 points over features only, 95 % interval 1.2 to 5.0, and 6.5 over TF-IDF, 3.9 to 9.1. Worth it.',
    );
  });

  test('a gain whose interval does not clear one point is real, but not called worth it', () => {
    const probable = comparison(1.5, [0.1, 2.9], { p_better: 0.8 });
    expect(verdict({ features: probable }).sentence).toMatch(
      /gains 1\.5 points .* A real gain, but it may be under one point\.$/,
    );
    const small = comparison(0.4, [0.1, 0.7], { p_better: 0.01, p_equivalent: 0.99 });
    expect(verdict({ features: small }).sentence).toMatch(/gains 0\.4 points .* Real, but under one point\.$/);
  });

  test('an interval that holds nought is no gain, whichever side the mean is on', () => {
    const ahead = comparison(1.2, [-0.8, 3.2]);
    expect(verdict({ features: ahead, tfIdf: null }).sentence).toBe(
      'No clear gain: fine-tuning is 1.2 points ahead of features only, 95 % interval −0.8 to 3.2. That may be chance.',
    );
    const behind = comparison(-1.2, [-3.2, 0.8]);
    expect(verdict({ features: behind, tfIdf: null }).sentence).toContain('1.2 points behind features only');
    const level = comparison(0.01, [-3.2, 3.2]);
    expect(verdict({ features: level, tfIdf: null }).sentence).toContain('is level with features only');
  });

  test('practically equal is said where the chance of it is 95 %', () => {
    const equal = comparison(0.2, [-0.3, 0.7], { p_equivalent: 0.99, p_better: 0.01 });
    expect(verdict({ features: equal }).sentence).toBe(
      'Fine-tuning and features only are practically equal: +0.2 points, 95 % interval −0.3 to 0.7. Features only is enough.' +
        ' Against TF-IDF: +6.5 points, 95 % interval 3.9 to 9.1.',
    );
  });

  test('level is level, and no claim is made of chance', () => {
    const same = comparison(0, [-3, 3], { p_equivalent: 0.6, p_better: 0.2 });
    expect(verdict({ features: same, tfIdf: null }).sentence).toBe(
      'No gain seen: fine-tuning is level with features only, 95 % interval −3.0 to 3.0.',
    );
  });

  test('an interval wider than shares can differ is told up to there', () => {
    expect(verdict({ features: comparison(-35, [-255, 185]), tfIdf: null }).sentence).toContain('−100.0 to 100.0');
  });

  test('an interval without width claims nothing and is not printed', () => {
    const { sentence } = verdict({ features: comparison(5, [5, 5], { p_better: 1, p_equivalent: 0 }) });
    expect(sentence).toMatch(/^No clear gain/);
    expect(sentence).not.toContain('5.0 to 5.0');
  });

  test('a test part that clearly says the opposite of the folds leaves nothing claimed', () => {
    const part = { right: 231, rows: 248, fixes: 3, breaks: 20, p: 0.001 };
    expect(verdict({ test: part }).sentence).toBe(
      'Fine-tuning is 3.1 points ahead of features only in the folds, but 6.9 points behind it on the 248 test rows. Trust neither alone; more rows would tell.',
    );
    expect(verdict({ test: { ...part, p: 0.2 } }).sentence).toContain('gains 3.1 points');
    const behind = comparison(-6.3, [-12, -1]);
    const ahead = { right: 231, rows: 248, fixes: 20, breaks: 3, p: 0.001 };
    expect(verdict({ method: 'features', tfIdf: behind, test: ahead }).sentence).toContain(
      'Features only is 6.3 points behind TF-IDF in the folds, but 6.9 points ahead of it on the 248 test rows.',
    );
  });

  test('a loss is a loss', () => {
    const loss = comparison(-2.1, [-3.5, -0.7], { p_worse: 0.95, p_better: 0 });
    expect(verdict({ features: loss, tfIdf: null }).sentence).toBe(
      'Fine-tuning loses 2.1 points against features only, 95 % interval 0.7 to 3.5. Features only is enough.',
    );
  });

  test('a gain is not worth it where TF-IDF alone does as well or better', () => {
    const better = comparison(-1.0, [-1.8, -0.2]);
    expect(verdict({ tfIdf: better }).sentence).toBe(
      'Fine-tuning gains 3.1 points over features only, 95 % interval 1.2 to 5.0. ' +
        'But TF-IDF alone does better: +1.0 points, 95 % interval 0.2 to 1.8.',
    );
    const level = comparison(0, [-0.5, 0.5], { p_equivalent: 0.99 });
    expect(verdict({ tfIdf: level }).sentence).toContain(
      'But TF-IDF alone does as well, give or take a point: 0.0 points, 95 % interval −0.5 to 0.5.',
    );
  });

  test('against TF-IDF the interval decides, not the sign of the mean', () => {
    for (const mean of [-0.1, 0, 0.1]) {
      const { sentence } = verdict({ tfIdf: comparison(mean, [mean - 3.1, mean + 3.1], { p_equivalent: 0.5 }) });
      expect(sentence).toContain('But TF-IDF alone may do as well: ');
      expect(sentence).not.toContain('orth it');
    }
    const real = comparison(1.4, [0.2, 2.6], { p_better: 0.8, p_equivalent: 0.2 });
    expect(verdict({ tfIdf: real }).sentence).toContain(
      'But TF-IDF alone may come within a point: −1.4 points, 95 % interval −2.6 to −0.2.',
    );
  });

  test('a gain is not worth it where a constant answer may do as well', () => {
    const { sentence } = verdict({ tfIdf: null, majorityGain: comparison(2, [-1, 5]) });
    expect(sentence).toMatch(
      /But always answering «delivery» may do as well: −2\.0 points, 95 % interval −5\.0 to 1\.0\.$/,
    );
  });

  test('where labels are weighted the sentence goes by macro-F1, also against the commonest label', () => {
    const accuracy = comparison(-0.5, [-2, 1]);
    const macro = comparison(8, [4, 12], { p_better: 0.99 });
    const weighted = verdict({ weighted: true, features: accuracy, macro, tfIdf: null });
    expect(weighted.sentence).toBe(
      'Fine-tuning gains 8.0 points of macro-F1 over features only, 95 % interval 4.0 to 12.0. Worth it.',
    );
    expect(weighted.notes).toContain('By accuracy: −0.5 points against features only, 95 % interval −2.0 to 1.0.');
    expect(verdict({ weighted: true, mean: 0.86, majority: 0.866 }).sentence).toBe(
      'Not useful yet: macro-F1 86.0 %, and always answering «delivery» gets 86.6 %.',
    );
  });

  test('too good to be true is said with its reason, and only with one', () => {
    const leak = [{ id: 'template-leak', title: 'Texts of one label differ only in numbers' }];
    expect(verdict({ mean: 0.995, findings: leak }).sentence).toBe(
      'Too good to be true: 99.5 % right, and TF-IDF gets 86.5 %. The data give it away: texts of one label differ only in numbers. Expect less on other texts.',
    );
    expect(verdict({ mean: 0.995 }).sentence).toMatch(/Worth it\.$/);
    const mild = verdict({ findings: leak });
    expect(mild.sentence).toMatch(/Worth it\.$/);
    expect(mild.notes.join()).toContain('Found before training: Texts of one label differ only in numbers.');
    expect(verdict({ mean: 0.995, findings: [{ id: 'duplicates', title: 'Copies' }] }).sentence).toMatch(/Worth it/);
  });

  test('a test part that fails comes first, with the labels that training never saw', () => {
    const part = { right: 0, rows: 40, fixes: 0, breaks: 0, p: 1 };
    const seen = { unknown_labels: { labels: ['1.0', '2.0', '3.0', '4.0'], rows: 40 } };
    expect(verdict({ mean: 0.96, test: part, seen }).sentence).toBe(
      'On the test part it gets 0.0 % right (0 of 40 rows), in the folds 96.0 %. All of its rows have labels that training never saw («1.0», «2.0», «3.0» and others): write the labels of both files alike, then train again.',
    );
    expect(verdict({ mean: 0.96, test: part }).sentence).toContain(
      'in the folds 96.0 %. Its rows or its labels are of another kind',
    );
    expect(verdict({ mean: 0.96, test: { ...part, right: 32 } }).sentence).toContain('gains 3.1 points');
  });

  test('a label of 3,000 letters does not become the headline', () => {
    const { sentence, notes } = verdict({ mean: 0.5, majority: 0.6, longLabel: true });
    expect(sentence.length).toBeLessThan(200);
    expect(Math.max(...notes.map((note) => note.length))).toBeLessThan(300);
  });

  test('a model no better than the commonest label is not useful, whatever it gained', () => {
    expect(verdict({ mean: 0.86, majority: 0.866 }).sentence).toBe(
      'Not useful yet: 86.0 % right, and always answering «delivery» gets 86.6 %.',
    );
  });

  test('as many right as the commonest label gets is not useful either; one row more may be', () => {
    expect(verdict({ mean: 0.866, majority: 0.866 }).sentence).toBe(
      'Not useful yet: 86.6 % right, and always answering «delivery» gets 86.6 %.',
    );
    expect(verdict({ mean: 0.867, majority: 0.866 }).sentence).not.toContain('Not useful');
  });

  test('features only is measured against TF-IDF', () => {
    const gain = comparison(4.2, [2.0, 6.4], { p_better: 0.99 });
    expect(verdict({ method: 'features', tfIdf: gain }).sentence).toBe(
      'Features only gains 4.2 points over TF-IDF, 95 % interval 2.0 to 6.4. Worth it.',
    );
    const loss = comparison(-4.2, [-6.4, -2.0]);
    expect(verdict({ method: 'features', tfIdf: loss }).sentence).toContain('Word counts are enough.');
  });

  test('a stopped run says how many folds speak, and one fold says nothing about a gain', () => {
    const missing = ['2 of 5 folds', 'the test part'];
    expect(verdict({ folds: 3, missing }).sentence).toMatch(/^Stopped after 3 of 5 folds\. Fine-tuning gains/);
    expect(verdict({ folds: 1, missing, features: null, tfIdf: null }).sentence).toBe(
      'Stopped after 1 of 5 folds. One fold is too little to say what fine-tuning gains.',
    );
    expect(verdict({ folds: 3, missing }).notes).toContain(
      'This report is partial. Missing: 2 of 5 folds, the test part.',
    );
  });

  test('without the comparison no gain is claimed', () => {
    expect(verdict({ features: null }).sentence).toBe(
      'Fine-tuning gets 93.0 % right. There is no comparison with features only.',
    );
  });

  test('real folds give the words that their figures allow', () => {
    const base = [0.869, 0.899, 0.914, 0.909, 0.904];
    const tuned = [0.91, 0.92, 0.955, 0.929, 0.939];
    const { meanDifference, ci95, pBetter, pEquivalent } = compareOnFolds(base, tuned);
    const real = comparison(meanDifference * 100, [ci95[0] * 100, ci95[1] * 100], {
      p_better: pBetter,
      p_equivalent: pEquivalent,
    });
    expect(verdict({ features: real }).sentence).toMatch(/^Fine-tuning gains 3\.2 points .* Worth it\.$/);
  });
});

describe('the detail', () => {
  test('the test part with counts, interval, and what was fixed and broken', () => {
    const part = { right: 231, rows: 248, fixes: 11, breaks: 3, p: 0.0574 };
    expect(verdict({ test: part }).detail).toMatch(
      /^On 248 rows it had never seen, it got 231 right: 93\.1 %, 95 % interval 89\.1 to 96\.1\. Of those rows it fixes 11 that features only got wrong and breaks 3 \(McNemar p = 0\.06\): the same direction, too few rows to settle it alone\. On the same rows: features only /,
    );
  });

  test('rows that training has seen are told first, and the figures without them', () => {
    const part = { right: 231, rows: 248, fixes: 11, breaks: 3, p: 0.0574 };
    const unseen: NonNullable<TestPart['unseen']> = {
      rows: 200,
      right: 184,
      accuracy: 0.92,
      accuracy_ci95: [0.874, 0.951],
      macro_f1: 0.9,
      macro_f1_ci95: [0.85, 0.95],
      different_texts: 190,
      baselines: {
        majority: { accuracy: 0.25, macro_f1: 0.1 },
        tfidf_logistic_regression: { accuracy: 0.81, macro_f1: 0.8 },
        features_only: { accuracy: 0.9, macro_f1: 0.9 },
      },
      mcnemar: paired({ fixes: 6, breaks: 2, p: 0.29 }),
      mcnemar_tfidf: paired({ fixes: 30, breaks: 8, p: 0.001 }),
    };
    const { detail } = verdict({ test: part, seen: { seen: { rows: 48, right: 47 }, unseen } });
    expect(detail).toBe(
      'On the 248 rows of the test part it got 231 right, 93.1 %; but 48 of them repeat training rows or belong with them, so they are no news to the model.' +
        ' Without those, on 200 rows it had never seen (190 different texts, and the interval counts copies once), it got 184 right: 92.0 %, 95 % interval 87.4 to 95.1.' +
        ' Of those rows it fixes 6 that features only got wrong and breaks 2 (McNemar p = 0.29): the same direction, too few rows to settle it alone.' +
        ' On the same rows: features only 90.0 %, TF-IDF 81.0 %, always «delivery» 25.0 %.',
    );
    const nothingLeft = verdict({ test: part, seen: { seen: { rows: 248, right: 231 }, unseen: null } }).detail;
    expect(nothingLeft).toContain('this test says nothing about new texts. In the folds it got 93.0 % right');
    expect(nothingLeft).not.toContain('never seen');
    const remembered = { right: 246, rows: 248, fixes: 0, breaks: 0, p: 1 };
    expect(
      verdict({ test: remembered, seen: { seen: { rows: 200, right: 200 }, unseen: { ...unseen, accuracy: 0.92 } } })
        .sentence,
    ).toBe(
      'Too good to be true: 99.2 % right on the test part, but 200 of its 248 rows repeat training rows or belong with them; without those it gets 92.0 % of 200 rows.',
    );
  });

  test('features only is told against TF-IDF on the test part, by McNemar', () => {
    const part = { right: 231, rows: 248, fixes: 20, breaks: 3, p: 0.0005 };
    expect(verdict({ method: 'features', test: part }).detail).toContain(
      'Of those rows it fixes 20 that TF-IDF got wrong and breaks 3 (McNemar p < 0.001): this confirms the folds.',
    );
  });

  test('McNemar is read in both directions', () => {
    const words = (fixes: number, breaks: number, p: number): string =>
      verdict({ test: { right: 231, rows: 248, fixes, breaks, p } }).detail;
    expect(words(30, 5, 0.0001)).toContain('(McNemar p < 0.001): this confirms the folds.');
    expect(words(5, 30, 0.001)).toContain('(McNemar p = 0.001): this contradicts the folds, so trust neither alone.');
    expect(words(5, 9, 0.4)).toContain('not the direction of the folds, and too few rows to settle it.');
    expect(words(5, 5, 1)).toContain('no difference on these rows.');
    expect(words(0, 0, 1)).toContain('right and wrong on the very same rows');
  });

  test('without a test part the folds speak, with counts', () => {
    expect(verdict().detail).toBe(
      'Every training row was answered once by a model that had not seen it: 930 of 1,000 right, 93.0 %, ' +
        '95 % interval over the folds 91.0 to 95.0. On the same folds: features only 89.9 %, TF-IDF 86.5 %, always «delivery» 25.6 %.',
    );
  });

  test('features only is not compared with itself', () => {
    const part = { right: 231, rows: 248, fixes: 0, breaks: 0, p: 1 };
    expect(verdict({ method: 'features', test: part }).detail).not.toContain('eatures only');
    expect(verdict({ method: 'features' }).detail).not.toContain('eatures only');
  });
});

describe('the notes', () => {
  test('uneven labels point to macro-F1, and tiny ones to their line', () => {
    const { notes } = verdict({ labels: [80, 9], majority: 0.9 });
    expect(notes).toContain(
      'The labels are uneven: «delivery» has 90 % of the rows. Read macro-F1 (93.0 %, mean of the folds) beside accuracy.',
    );
    expect(notes).toContain('«refund» has 9 rows: its line in the table says little.');
    expect(verdict().notes.join()).not.toContain('uneven');
    // From ten to one on the sentence itself goes by macro-F1, and says why.
    const [why] = verdict({ labels: [870, 60] }).notes;
    expect(why).toBe(
      'The labels are uneven, 15\u00a0:\u00a01, so the sentence goes by macro-F1, where every label counts the same: 93.0 %, mean of the folds.',
    );
    expect(verdict({ labels: [870, 60], weighted: true }).notes[0]).toMatch(/^Rare labels were given weight, so/);
  });

  test('two folds are not taken for certainty, and an interval of the rows is named as such', () => {
    expect(verdict({ folds: 2, planned: 2 }).notes.join()).toContain('Two folds give a very wide interval');
    const byRows = comparison(2, [0.5, 3.5], { ci95_from: 'rows' });
    expect(verdict({ features: byRows }).notes.join()).toContain(
      'The folds lie closer together than so few rows allow: the interval against features only is that of the rows alone',
    );
    expect(verdict().notes.join()).not.toContain('of the rows alone');
  });

  test('a test part that lies apart from the folds is told', () => {
    const part = { right: 200, rows: 248, fixes: 11, breaks: 3, p: 0.06 };
    expect(verdict({ test: part }).notes.join()).toContain('The test part lies 12.4 points below the folds');
    expect(verdict({ test: { ...part, right: 231 } }).notes.join()).not.toContain('The test part lies');
  });

  test('the difference by macro-F1 stands beside that by accuracy', () => {
    expect(verdict().notes).toContain('By macro-F1: +3.1 points against features only, 95 % interval 1.2 to 5.0.');
  });
});
