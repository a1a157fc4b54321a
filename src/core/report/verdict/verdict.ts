/**
 * The finding in words that a person can repeat: what was gained, over what, how sure. Every word follows from a
 * figure of the report; where the figures do not carry a claim, the sentence says so.
 *
 * First comes what would make any claim false: a test part that says otherwise, a score no better than a constant
 * answer, a score that the data give away. «Worth it» needs a whole 95 % interval above one point (the region of
 * practical equivalence) against every simpler method.
 */
import { quoted } from '../../words/excerpt';
import { formatAmount, formatCount, formatPercent, formatPoints } from '../../words/numbers';
import type { Comparison, ClassificationReport } from '../classification';
import type { LadderWords } from '../../search/words';
import { BASELINE_WORDS } from '../../settings/baselines';
import { ownBaseline } from '../opponent';
import { detail } from './detail';
import { commonest, type Figures, inPoints, lowerFirst, range, sizeInPoints } from './figures';
import {
  clearTestGain,
  collapsed,
  freshTest,
  majorityOf,
  metricOf,
  againstOpponent,
  standing,
  SURE,
  tfIdfOf,
  tooGood,
} from './judgement';
import { notes } from './notes';

/**
 * The sentence, what stands behind it, and what to keep in mind. `found`: the words of a search, which take the place of
 * the comparison of one method; what makes any claim false comes before them too.
 */
export function verdictOf(report: Figures, found: LadderWords | null = null): ClassificationReport['verdict'] {
  if (found) {
    const first = brokenTest(report) ?? noUse(report) ?? givenAway(report);
    const behind = report.test ? [detail(report)] : [];
    const use = first === null ? [] : [`Of the rungs that were measured: ${lowerFirst(found.sentence)}`];
    return {
      sentence: first ?? found.sentence,
      detail: [...use, ...found.detail, ...behind].join(' '),
      notes: [...found.notes, ...notes(report)],
    };
  }
  return { sentence: sentence(report), detail: detail(report), notes: notes(report) };
}

function sentence(report: Figures): string {
  const { folds, k } = report.cross_validation;
  const subject = subjectOf(report);
  const stopped = folds.length < k ? `Stopped after ${formatCount(folds.length)} of ${formatAmount(k, 'fold')}. ` : '';
  const first = brokenTest(report) ?? noUse(report) ?? givenAway(report);
  if (first !== null) return stopped + first;
  const { comparison, name } = againstOpponent(report);
  if (folds.length < 2) return `${stopped}One fold is too little to say what ${lowerFirst(subject)} gains.`;
  if (comparison === null) return `${stopped}${subject} gets ${score(report)}. There is no comparison with ${name}.`;
  return stopped + compared(report, comparison);
}

function subjectOf(report: Figures): string {
  const own = ownBaseline(report);
  return own === null ? 'Fine-tuning' : BASELINE_WORDS[own].title;
}

/** «93.1 % right», «macro-F1 93.1 %» */
function score(report: Figures): string {
  const metric = metricOf(report);
  const figure = formatPercent(report.cross_validation[metric].mean);
  return metric === 'accuracy' ? `${figure} right` : `macro-F1 ${figure}`;
}

/** The test part gives so much less than the folds that it comes first. */
function brokenTest(report: Figures): string | null {
  const part = collapsed(report);
  if (part === null || !report.test) return null;
  const { accuracy } = report.cross_validation;
  const which = report.test.seen ? 'rows that training has not seen' : 'rows';
  const head =
    `On the test part it gets ${formatPercent(part.accuracy)} right (${formatCount(part.right)} of ` +
    `${formatCount(part.rows)} ${which}), in the folds ${formatPercent(accuracy.mean)}`;
  const unknown = report.test.unknown_labels;
  if (!unknown)
    return `${head}. Its rows or its labels are of another kind: find out which before you use either figure.`;
  const shown = unknown.labels.slice(0, 3).map(quoted).join(', ');
  const names = unknown.labels.length > 3 ? `${shown} and others` : shown;
  const how =
    unknown.rows === report.test.rows
      ? 'All of its rows have labels'
      : `${formatCount(unknown.rows)} of its rows have labels`;
  return `${head}. ${how} that training never saw (${names}): write the labels of both files alike, then train again.`;
}

/** A constant answer does as well. */
function noUse(report: Figures): string | null {
  const metric = metricOf(report);
  const majority = report.baselines.majority?.[metric].mean ?? null;
  if (majority === null || report.cross_validation[metric].mean > majority) return null;
  const other =
    metric === 'accuracy' && (report.comparisons.majority?.macro_f1.ci95[0] ?? 0) > 0
      ? ` By macro-F1, where every label counts the same, it is ahead: ${formatPercent(report.cross_validation.macro_f1.mean)} against ${formatPercent(report.baselines.majority?.macro_f1.mean ?? 0)}.`
      : '';
  return `Not useful yet: ${score(report)}, and always answering ${commonest(report)} gets ${formatPercent(majority)}.${other}`;
}

/** A near-perfect score that something in the data explains. */
function givenAway(report: Figures): string | null {
  const found = tooGood(report);
  if (found === null) return null;
  const { test, baselines } = report;
  if (found.where === 'test' && test?.seen) {
    const alone = test.unseen
      ? `without those it gets ${formatPercent(test.unseen.accuracy)} of ${formatAmount(test.unseen.rows, 'row')}`
      : 'no row is left without those';
    return (
      `Too good to be true: ${formatPercent(test.accuracy)} right on the test part, but ${formatCount(test.seen.rows)} of its ` +
      `${formatAmount(test.rows, 'row')} repeat training rows or belong with them; ${alone}.`
    );
  }
  const words = baselines.tfidf_logistic_regression;
  const simple = words && ownBaseline(report) === null ? `, and TF-IDF gets ${formatPercent(words.accuracy.mean)}` : '';
  const reason = found.findings.map((title) => title.replace(/[.\s]+$/, '')).join('; ');
  return `Too good to be true: ${formatPercent(report.cross_validation.accuracy.mean)} right${simple}. The data give it away: ${lowerFirst(reason)}. Expect less on other texts.`;
}

/** The sentence for a run that can be compared. */
function compared(report: Figures, comparison: Comparison): string {
  const subject = subjectOf(report);
  const { name } = againstOpponent(report);
  const { mean_difference: difference, ci95, p_equivalent } = comparison;
  const [low, high] = ci95;
  const points = `${sizeInPoints(difference)} ${unitOf(report)}`;
  const other = contradiction(report, difference);
  if (other !== null)
    return `${place(report, difference)} in the folds, but ${other}. Trust neither alone; more rows would tell.`;
  switch (standing(comparison)) {
    case 'clear':
    case 'real':
      return `${subject} gains ${points} over ${name}, 95 % interval ${range(low, high)}${also(report)}. ${worth(report, comparison)}`;
    case 'worse':
      return `${subject} loses ${points} against ${name}, 95 % interval ${range(-high, -low)}. ${rest(report)}`;
    case 'equal':
      return `${subject} and ${name} are practically equal: ${formatPoints(difference)} ${unitOf(report)}, 95 % interval ${range(low, high)}. ${rest(report)}`;
    case 'open': {
      const level = isLevel(difference);
      const chance = level ? '' : ' That may be chance.';
      const almost = p_equivalent >= 0.5 && level ? 'No gain seen' : 'No clear gain';
      return `${almost}: ${lowerFirst(place(report, difference))}, 95 % interval ${range(low, high)}.${chance}${against(report)}`;
    }
  }
}

const isLevel = (difference: number): boolean => inPoints(Math.abs(difference)) === '0.0';

function unitOf(report: Figures): string {
  return metricOf(report) === 'accuracy' ? 'points' : 'points of macro-F1';
}

/** What TF-IDF adds to a gain that it does not put in doubt. */
function also(report: Figures): string {
  const tfIdf = tfIdfOf(report);
  if (tfIdf === null || standing(tfIdf) !== 'clear') return '';
  return `, and ${inPoints(tfIdf.mean_difference)} over TF-IDF, ${range(...tfIdf.ci95)}`;
}

/** Whether a gain is worth it: only where nothing simpler may do as well. */
function worth(report: Figures, gain: Comparison): string {
  const tfIdf = tfIdfOf(report);
  const doubt = doubtOf(tfIdf, 'TF-IDF alone') ?? doubtOf(majorityOf(report), `always answering ${commonest(report)}`);
  if (doubt !== null) return doubt;
  if (standing(gain) === 'clear') return 'Worth it.';
  return gain.p_equivalent >= SURE ? 'Real, but under one point.' : 'A real gain, but it may be under one point.';
}

/** What a simpler method does to a claim unless the run is clearly ahead of it; null where it is, or is not known. */
function doubtOf(comparison: Comparison | null, who: string): string | null {
  if (comparison === null) return null;
  const { mean_difference: gain, ci95, p_equivalent } = comparison;
  const theirs = `${formatPoints(-gain)} points, 95 % interval ${range(-ci95[1], -ci95[0])}`;
  const asWell = `But ${who} does as well, give or take a point: ${theirs}.`;
  switch (standing(comparison)) {
    case 'clear':
      return null;
    case 'worse':
      return `But ${who} does better: ${theirs}.`;
    case 'equal':
      return asWell;
    case 'real':
      return p_equivalent >= SURE ? asWell : `But ${who} may come within a point: ${theirs}.`;
    case 'open':
      return `But ${who} may do as well: ${theirs}.`;
  }
}

/** What is left to use where fine-tuning is not ahead of its opponent. */
function rest(report: Figures): string {
  const { enough } = againstOpponent(report);
  const tfIdf = tfIdfOf(report);
  if (tfIdf && standing(tfIdf) === 'worse') return doubtOf(tfIdf, 'TF-IDF alone') ?? enough;
  return `${enough}${against(report)}`;
}

function against(report: Figures): string {
  const tfIdf = tfIdfOf(report);
  if (tfIdf === null) return '';
  return ` Against TF-IDF: ${formatPoints(tfIdf.mean_difference)} points, 95 % interval ${range(...tfIdf.ci95)}.`;
}

/** «Fine-tuning is 2.1 points behind features only». */
function place(report: Figures, difference: number): string {
  const { name } = againstOpponent(report);
  const where = isLevel(difference)
    ? `level with ${name}`
    : `${inPoints(Math.abs(difference))} ${unitOf(report)} ${difference > 0 ? 'ahead of' : 'behind'} ${name}`;
  return `${subjectOf(report)} is ${where}`;
}

/** What the test part says where it clearly says the opposite of the folds; null where it does not. */
function contradiction(report: Figures, difference: number): string | null {
  const part = freshTest(report);
  const gain = metricOf(report) === 'accuracy' ? clearTestGain(report) : null;
  if (part === null || gain === null || isLevel(difference) || Math.sign(gain) === Math.sign(difference)) return null;
  const where = gain > 0 ? 'ahead of' : 'behind';
  return `${sizeInPoints(gain)} points ${where} it on the ${formatAmount(part.rows, 'test row')}`;
}
