/**
 * The finding in words that a person can repeat: what was gained, over what, how sure. Every word follows from a
 * figure of the report; where the figures do not carry a claim, the sentence says so.
 *
 * «Worth it» needs a 95 % chance of a gain above one point (the region of practical equivalence of the comparison),
 * and nothing simpler that does as well.
 */
import { fixed, formatAmount, formatCount, formatPercent, formatPoints } from './numbers';
import type { Comparison, Report } from './report';

type Figures = Omit<Report, 'verdict'>;

const SURE = 0.95;

/** The sentence, what stands behind it, and what to keep in mind. */
export function verdictOf(report: Figures): Report['verdict'] {
  return { sentence: sentence(report), detail: detail(report), notes: notes(report) };
}

/** Whom the method is measured against, in words. */
interface Opponent {
  name: string;
  enough: string;
  comparison: Comparison | null;
}

function opponentOf({ method, comparisons }: Figures): Opponent {
  return method === 'features'
    ? { name: 'TF-IDF', enough: 'Word counts are enough.', comparison: pick(comparisons.tfidf_logistic_regression) }
    : { name: 'features only', enough: 'Features only is enough.', comparison: pick(comparisons.features_only) };
}

const pick = (both: { accuracy: Comparison } | null): Comparison | null => both?.accuracy ?? null;

function subjectOf({ method }: Figures): string {
  return method === 'features' ? 'Features only' : 'Fine-tuning';
}

function sentence(report: Figures): string {
  const { folds, k, accuracy } = report.cross_validation;
  const subject = subjectOf(report);
  const stopped = folds.length < k ? `Stopped after ${formatCount(folds.length)} of ${formatAmount(k, 'fold')}. ` : '';
  const majority = report.baselines.majority?.accuracy.mean ?? null;
  if (majority !== null && accuracy.mean <= majority) {
    return `${stopped}Not useful yet: ${formatPercent(accuracy.mean)} right, and always answering ${commonest(report)} gets ${formatPercent(majority)}.`;
  }
  const { comparison, name } = opponentOf(report);
  if (folds.length < 2) return `${stopped}One fold is too little to say what ${lowerFirst(subject)} gains.`;
  if (comparison === null) {
    return `${stopped}${subject} gets ${formatPercent(accuracy.mean)} right. There is no comparison with ${name}.`;
  }
  return stopped + compared(report, comparison);
}

/** The sentence for a run that can be compared. */
function compared(report: Figures, comparison: Comparison): string {
  const subject = subjectOf(report);
  const { name, enough } = opponentOf(report);
  const { mean_difference: difference, ci95, p_better, p_equivalent, rope } = comparison;
  const [low, high] = ci95;
  const points = inPoints(Math.abs(difference));
  const tfIdf = report.method === 'features' ? null : pick(report.comparisons.tfidf_logistic_regression);
  if (difference === 0 && low === 0 && high === 0) {
    return `${subject} and ${name} got the same share right in every fold. ${enough}${against(tfIdf)}`;
  }
  const other = contradiction(report, difference);
  if (other !== null)
    return `${place(report, difference)} in the folds, but ${other}. Trust neither alone; more rows would tell.`;
  // Folds that all differ by the same amount give an interval without width: chance, not certainty.
  if (low === high)
    return `No clear answer: ${lowerFirst(place(report, difference))} in every fold, which says little about other rows.${against(tfIdf)}`;
  if (low > 0) {
    const gain = `${subject} gains ${points} points over ${name}, 95 % interval ${range(low, high)}`;
    const also =
      tfIdf && tfIdf.mean_difference > 0
        ? `, and ${inPoints(tfIdf.mean_difference)} over TF-IDF, ${range(...tfIdf.ci95)}`
        : '';
    const worth =
      p_better >= SURE ? 'Worth it.' : difference >= rope ? 'Probably worth it.' : `Real, but under one point.`;
    return `${gain}${also}. ${tfIdf && tfIdf.mean_difference <= 0 ? beaten(tfIdf) : worth}`;
  }
  if (high < 0) {
    return `${subject} loses ${points} points against ${name}, 95 % interval ${range(-high, -low)}. ${enough}${against(tfIdf)}`;
  }
  if (p_equivalent >= SURE) {
    return `${subject} and ${name} are practically equal: ${formatPoints(difference)} points, 95 % interval ${range(low, high)}. ${enough}${against(tfIdf)}`;
  }
  return `No clear gain: ${lowerFirst(place(report, difference))}, 95 % interval ${range(low, high)}. That may be chance.${against(tfIdf)}`;
}

/** «Fine-tuning is 2.1 points behind features only». */
function place(report: Figures, difference: number): string {
  const points = inPoints(Math.abs(difference));
  const { name } = opponentOf(report);
  const where =
    points === '0.0' ? `level with ${name}` : `${points} points ${difference > 0 ? 'ahead of' : 'behind'} ${name}`;
  return `${subjectOf(report)} is ${where}`;
}

/** What the test part says where it clearly says the opposite of the folds; null where it does not. */
function contradiction({ test, method }: Figures, difference: number): string | null {
  if (!test || difference === 0) return null;
  const paired = method === 'features' ? null : test.mcnemar;
  const gain = paired
    ? (paired.only_tuned_right - paired.only_base_right) / test.rows
    : test.accuracy - test.baselines.tfidf_logistic_regression.accuracy;
  const [low, high] = test.accuracy_wilson95;
  const clear = paired ? paired.p_two_sided < 1 - SURE : test.accuracy - gain < low || test.accuracy - gain > high;
  if (!clear || gain === 0 || Math.sign(gain) === Math.sign(difference)) return null;
  return `${inPoints(Math.abs(gain))} points ${gain > 0 ? 'ahead of' : 'behind'} it on the ${formatAmount(test.rows, 'test row')}`;
}

/** What TF-IDF does to the claim where it is not behind. */
function beaten({ mean_difference, ci95 }: Comparison): string {
  const figures = `${formatPoints(-mean_difference)} points, 95 % interval ${range(-ci95[1], -ci95[0])}`;
  return ci95[1] < 0 ? `But TF-IDF alone does better: ${figures}.` : `But TF-IDF alone does as well: ${figures}.`;
}

function against(tfIdf: Comparison | null): string {
  if (tfIdf === null) return '';
  return ` Against TF-IDF: ${formatPoints(tfIdf.mean_difference)} points, 95 % interval ${range(...tfIdf.ci95)}.`;
}

function detail(report: Figures): string {
  const { test, out_of_fold: folds, baselines } = report;
  const ofBase = report.method === 'features' ? null : baselines.features_only;
  if (test) {
    const paired = test.mcnemar ? ` ${pairedWords(test.mcnemar, pick(report.comparisons.features_only))}` : '';
    const simpler = [
      ...(test.mcnemar ? [`features only ${formatPercent(test.baselines.features_only.accuracy)}`] : []),
      `TF-IDF ${formatPercent(test.baselines.tfidf_logistic_regression.accuracy)}`,
      `always ${commonest(report)} ${formatPercent(test.baselines.majority.accuracy)}`,
    ];
    const got = `On ${formatAmount(test.rows, 'row')} it had never seen, it got ${formatCount(test.right)} right`;
    return `${got}: ${withInterval(test)}.${paired} On the same rows: ${simpler.join(', ')}.`;
  }
  const all = folds.rows === report.dataset.training_rows;
  const who = all ? 'Every training row' : `Each of ${formatAmount(folds.rows, 'training row')}`;
  const right = `${formatCount(folds.right)} of ${formatCount(folds.rows)} right`;
  const simpler = [
    ...(ofBase ? [`features only ${formatPercent(ofBase.accuracy.mean)}`] : []),
    ...(baselines.tfidf_logistic_regression
      ? [`TF-IDF ${formatPercent(baselines.tfidf_logistic_regression.accuracy.mean)}`]
      : []),
    ...(baselines.majority ? [`always ${commonest(report)} ${formatPercent(baselines.majority.accuracy.mean)}`] : []),
  ];
  // Not Wilson's: the rows share models, and one reading must not have two intervals.
  const ci95 = report.cross_validation.accuracy.ci95;
  const interval = ci95 ? `, 95 % interval over the folds ${range(...ci95)}` : '';
  const others = simpler.length > 0 ? ` On the same folds: ${simpler.join(', ')}.` : '';
  return `${who} was answered once by a model that had not seen it: ${right}, ${formatPercent(folds.accuracy)}${interval}.${others}`;
}

/** «93.1 %, 95 % interval 89.3 to 95.7». */
function withInterval(part: { accuracy: number; accuracy_wilson95: [number, number] }): string {
  return `${formatPercent(part.accuracy)}, 95 % interval ${range(...part.accuracy_wilson95)}`;
}

type Paired = NonNullable<NonNullable<Report['test']>['mcnemar']>;

function pairedWords(
  { only_tuned_right: fixes, only_base_right: breaks, p_two_sided: p }: Paired,
  folds: Comparison | null,
) {
  if (fixes + breaks === 0) return 'Features only is right and wrong on the very same rows.';
  const change = `Of those rows it fixes ${formatCount(fixes)} that features only got wrong and breaks ${formatCount(breaks)} (McNemar p ${pValue(p)})`;
  return `${change}: ${meaning(Math.sign(fixes - breaks), p < 1 - SURE, folds)}.`;
}

function meaning(direction: number, clear: boolean, folds: Comparison | null): string {
  const ofFolds = folds && (folds.ci95[0] > 0 ? 1 : folds.ci95[1] < 0 ? -1 : 0);
  if (!clear) {
    if (direction === 0) return 'no difference on these rows';
    if (!ofFolds) return 'too few rows to settle it';
    return direction === ofFolds
      ? 'the same direction, too few rows to settle it alone'
      : 'not the direction of the folds, and too few rows to settle it';
  }
  if (!ofFolds) return `a clear ${direction > 0 ? 'gain' : 'loss'} on these rows`;
  return direction === ofFolds ? 'this confirms the folds' : 'this contradicts the folds, so trust neither alone';
}

function notes(report: Figures): string[] {
  const { folds } = report.cross_validation;
  const { comparison, name } = opponentOf(report);
  const both =
    report.method === 'features' ? report.comparisons.tfidf_logistic_regression : report.comparisons.features_only;
  const found = report.missing.length > 0 ? [`This report is partial. Missing: ${report.missing.join(', ')}.`] : [];
  if (both) {
    const { mean_difference, ci95 } = both.macro_f1;
    found.push(
      `By macro-F1: ${formatPoints(mean_difference)} points against ${name}, 95 % interval ${range(...ci95)}.`,
    );
  }
  if (folds.length === 2) found.push('Two folds give a very wide interval; five say more.');
  if (comparison && comparison.mean_difference !== 0 && comparison.ci95[0] === comparison.ci95[1]) {
    found.push(
      'Every fold differs by exactly the same amount, so the interval has no width; that is chance, not certainty.',
    );
  }
  found.push(...labelNotes(report));
  found.push(...testNotes(report));
  return found;
}

/** Where the test part and the folds tell different stories, both are told. */
function testNotes({ test, method, cross_validation, comparisons }: Figures): string[] {
  if (!test) return [];
  const found: string[] = [];
  const { accuracy } = cross_validation;
  // Features only has no McNemar test in the report: its gain over TF-IDF on the test part is told here.
  const folds = method === 'features' ? pick(comparisons.tfidf_logistic_regression) : null;
  const gain = test.accuracy - test.baselines.tfidf_logistic_regression.accuracy;
  const [low, high] = test.accuracy_wilson95;
  const clear = test.accuracy - gain < low || test.accuracy - gain > high;
  if (folds && clear && Math.sign(gain) !== Math.sign(folds.mean_difference)) {
    const side = gain > 0 ? 'ahead of' : 'behind';
    found.push(`On the test part it is ${inPoints(Math.abs(gain))} points ${side} TF-IDF, unlike in the folds.`);
  }
  if (high < accuracy.mean || low > accuracy.mean) {
    const gap = inPoints(Math.abs(test.accuracy - accuracy.mean));
    const side = test.accuracy < accuracy.mean ? 'below' : 'above';
    found.push(`The test part lies ${gap} points ${side} the folds: it may hold other kinds of rows.`);
  }
  return found;
}

/** Labels that make accuracy, or a line of the table, say less than it seems to. */
function labelNotes({ dataset, cross_validation }: Figures): string[] {
  const [largest, smallest] = [dataset.labels[0], dataset.labels.at(-1)];
  if (!largest || !smallest) return [];
  const found: string[] = [];
  if (largest.count >= 3 * smallest.count) {
    const total = dataset.labels.reduce((sum, { count }) => sum + count, 0);
    const share = formatPercent(largest.count / total, 0);
    const score = formatPercent(cross_validation.macro_f1.mean);
    found.push(
      `The labels are uneven: «${largest.label}» has ${share} of the rows. Read macro-F1 (${score}) beside accuracy.`,
    );
  }
  if (smallest.count < 10) {
    found.push(`«${smallest.label}» has ${formatAmount(smallest.count, 'row')}: its line in the table says little.`);
  }
  return found;
}

function commonest({ dataset }: Figures): string {
  return `«${dataset.labels[0]?.label ?? ''}»`;
}

const inPoints = (share: number): string => fixed(share * 100, 1);
/** With two folds an interval can reach further than shares can differ: it is told up to there. */
const range = (low: number, high: number): string => `${inPoints(Math.max(-1, low))} to ${inPoints(Math.min(1, high))}`;
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function pValue(p: number): string {
  if (p < 0.001) return '< 0.001';
  return `= ${p.toFixed(p < 0.01 ? 3 : 2)}`;
}
