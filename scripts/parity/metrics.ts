/**
 * Every figure of tests/fixtures/metrics.json and answer-metrics.json against ours.
 */
import { chrf } from '../../src/core/metrics/answers/chrf';
import { rougeL, rougeN, type RougeScore } from '../../src/core/metrics/answers/rouge';
import { classificationReport } from '../../src/core/metrics/classification';
import { confusionMatrix } from '../../src/core/metrics/confusion-matrix';
import { wilson95 } from '../../src/core/metrics/intervals';
import { compareOnFolds, mcNemarExact } from '../../src/core/metrics/paired';
import { brierScore, expectedCalibrationError, logLoss } from '../../src/core/metrics/probabilistic';
import { averagePrecision, rocAuc, rocAucMacro } from '../../src/core/metrics/ranking';
import { studentTQuantile } from '../../src/core/metrics/student-t';
import {
  type AnswerCase,
  asIndices,
  readAnswerCases,
  readMetricsFixture,
  type ClassificationCase,
  type PairedCase,
} from '../../tests/helpers/metrics-fixture';
import { parityLine, type ParityLine } from './line';

const TOLERANCE = 1e-9;

/** Ours beside the reference's; both may say «undefined» by null. */
type Pair = readonly [ours: number | null, theirs: number | null];

export async function run(): Promise<ParityLine[]> {
  const fixture = readMetricsFixture();
  return [
    ...fixture.classification.map((sample) => line(`report: ${sample.name}`, 'scikit-learn', reportPairs(sample))),
    ...fixture.classification
      .filter((sample) => sample.probabilities !== undefined)
      .map((sample) => line(`probabilities: ${sample.name}`, 'scikit-learn', probabilityPairs(sample))),
    line('paired folds, corrected t-test', 'SciPy', fixture.paired_folds.cases.flatMap(pairedPairs)),
    line(
      'McNemar, exact',
      'SciPy',
      fixture.mcnemar.map((c) => [mcNemarExact(c.only_a_right, c.only_b_right).pTwoSided, c.p_exact_two_sided]),
    ),
    line(
      'Wilson intervals',
      'statsmodels',
      fixture.wilson.flatMap((c) => zip(wilson95(c.successes, c.n), c.wilson95)),
    ),
    line(
      'Student t quantiles',
      'SciPy',
      fixture.student_t_quantiles.map((c) => [studentTQuantile(c.p, c.df), c.t]),
    ),
    line('ROUGE-1, ROUGE-2 and ROUGE-L of an answer', 'rouge-score', readAnswerCases(fixture).flatMap(rougePairs)),
    line(
      'chrF of an answer',
      'sacreBLEU',
      readAnswerCases(fixture).map((c) => [chrf(c.answer, c.wanted), c.chrf]),
    ),
  ];
}

function reportPairs(sample: ClassificationCase): Pair[] {
  const { yTrue, yPred } = asIndices(sample);
  const matrix = confusionMatrix(yTrue, yPred, sample.labels);
  const ours = classificationReport(matrix);
  const theirs = new Map(Object.entries(sample.per_class));
  return [
    ...zip(matrix.counts.flat(), sample.confusion_matrix_rows_true.flat()),
    ...ours.perClass.flatMap((scores): Pair[] => {
      const reference = theirs.get(scores.label);
      return [
        [scores.precision, reference?.precision ?? null],
        [scores.recall, reference?.recall ?? null],
        [scores.f1, reference?.['f1-score'] ?? null],
        [scores.support, reference?.support ?? null],
      ];
    }),
    [ours.perClass.length, theirs.size],
    [ours.accuracy, sample.accuracy],
    [ours.macroAvg.f1, sample.macro_f1],
    [ours.weightedAvg.f1, sample.weighted_f1],
    [ours.macroAvg.precision, sample.macro_precision],
    [ours.macroAvg.recall, sample.macro_recall],
    [ours.balancedAccuracy, sample.balanced_accuracy],
    [ours.matthewsCorrcoef, sample.matthews_corrcoef],
    [ours.cohenKappa, sample.cohen_kappa],
  ];
}

function probabilityPairs(sample: ClassificationCase): Pair[] {
  const { yTrue, probabilities, classes } = asIndices(sample);
  if (probabilities === null) return [];
  const ours: [() => number | null, number | undefined][] = [
    [() => logLoss(yTrue, probabilities, classes), sample.log_loss],
    [() => brierScore(yTrue, probabilities, classes), sample.brier_multiclass_sum],
    [() => expectedCalibrationError(yTrue, probabilities, classes), sample.ece_15_equal_width],
    [() => rocAucMacro(yTrue, probabilities, classes), sample.roc_auc_ovr_macro],
    [() => rocAuc(yTrue, probabilities, classes, 1), sample.roc_auc_second_label],
    [() => averagePrecision(yTrue, probabilities, classes, 1), sample.average_precision_second_label],
  ];
  return ours.flatMap(([compute, theirs]): Pair[] => (theirs === undefined ? [] : [[compute(), theirs]]));
}

function pairedPairs(sample: PairedCase): Pair[] {
  const ours = compareOnFolds(sample.scores_a, sample.scores_b, { rope: sample.rope });
  return [
    [ours.meanDifference, sample.mean_difference],
    [ours.standardError, sample.corrected_standard_error],
    [ours.t, sample.t],
    [ours.pTwoSided, sample.p_two_sided],
    ...zip(ours.ci95, sample.ci95),
    [ours.pWorse, sample.p_b_worse],
    [ours.pEquivalent, sample.p_equivalent],
    [ours.pBetter, sample.p_b_better],
  ];
}

function rougePairs({ answer, wanted, rouge }: AnswerCase): Pair[] {
  if (rouge === null) return [];
  const ours: RougeScore[] = [rougeN(answer, wanted, 1), rougeN(answer, wanted, 2), rougeL(answer, wanted)];
  return ours.flatMap(({ precision, recall, f1 }, i) => zip([precision, recall, f1], rouge[i] ?? []));
}

function zip(ours: readonly number[], theirs: readonly number[]): Pair[] {
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, i) => [ours[i] ?? null, theirs[i] ?? null]);
}

function line(name: string, reference: string, pairs: readonly Pair[]): ParityLine {
  // Without a single pair nothing was compared, and that is no success.
  const difference = pairs.length === 0 ? Infinity : Math.max(...pairs.map(([ours, theirs]) => distance(ours, theirs)));
  return parityLine(name, reference, difference, TOLERANCE);
}

/** A figure that only one side calls undefined, or a NaN, is infinitely far off. */
function distance(ours: number | null, theirs: number | null): number {
  if (ours === null && theirs === null) return 0;
  if (ours === null || theirs === null || Number.isNaN(ours - theirs)) return Infinity;
  return Math.abs(ours - theirs);
}
