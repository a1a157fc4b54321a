/** What to keep in mind beside the verdict: other measures, uneven labels, intervals that rest on rows, test parts apart. */
import { imbalanceOf } from '../../metrics/imbalance';
import { quoted } from '../../words/excerpt';
import { formatAmount, formatPercent, formatPoints } from '../../words/numbers';
import { recipeNotes } from '../recipes';
import { type Figures, inPoints, range } from './figures';
import {
  clearTestGain,
  collapsed,
  freshTest,
  metricOf,
  NEAR_PERFECT,
  againstOpponent,
  TELLTALES,
  tooGood,
} from './judgement';

export function notes(report: Figures): string[] {
  const { missing, cross_validation } = report;
  const found = missing.length > 0 ? [`This report is partial. Missing: ${missing.join(', ')}.`] : [];
  found.push(...measureNotes(report), ...groundNotes(report));
  if (cross_validation.folds.length === 2) found.push('Two folds give a very wide interval; five say more.');
  found.push(...labelNotes(report), ...dataNotes(report), ...testNotes(report), ...recipeNotes(report));
  return found;
}

/** The measure that the sentence does not go by. */
function measureNotes(report: Figures): string[] {
  const { id, name } = againstOpponent(report);
  const both = report.comparisons[id];
  const weighted = metricOf(report) === 'macro_f1';
  const own = formatPercent(report.cross_validation.macro_f1.mean);
  const why = report.settings['class_weight'] === 'balanced' ? 'Rare labels were given weight' : uneven(report);
  const found = weighted
    ? [`${why}, so the sentence goes by macro-F1, where every label counts the same: ${own}, mean of the folds.`]
    : [];
  if (both) {
    const { mean_difference, ci95 } = weighted ? both.accuracy : both.macro_f1;
    found.push(
      `By ${weighted ? 'accuracy' : 'macro-F1'}: ${formatPoints(mean_difference)} points against ${name}, 95 % interval ${range(...ci95)}.`,
    );
  }
  return found;
}

/** «The labels are uneven, 14 : 1» */
function uneven({ dataset }: Figures): string {
  return `The labels are uneven, ${Math.round(imbalanceOf(dataset.labels.map(({ count }) => count)))}\u00a0:\u00a01`;
}

/** Which interval it is, where it is not that of the folds. */
function groundNotes(report: Figures): string[] {
  const { name, comparison } = againstOpponent(report);
  const which = [
    ...(report.cross_validation[metricOf(report)].ci95_from === 'rows' ? ['of the score'] : []),
    ...(comparison?.ci95_from === 'rows' ? [`against ${name}`] : []),
  ];
  if (which.length === 0) return [];
  const [is, those] = which.length === 1 ? ['interval', 'is that'] : ['intervals', 'are those'];
  return [
    `The folds lie closer together than so few rows allow: the ${is} ${which.join(' and ')} ${those} of the rows alone, not of the folds.`,
  ];
}

/** Labels that make accuracy, or a line of the table, say less than it seems to. */
function labelNotes(report: Figures): string[] {
  const { dataset, cross_validation } = report;
  const [largest, smallest] = [dataset.labels[0], dataset.labels.at(-1)];
  if (!largest || !smallest) return [];
  const found: string[] = [];
  if (largest.count >= 3 * smallest.count && metricOf(report) === 'accuracy') {
    const total = dataset.labels.reduce((sum, { count }) => sum + count, 0);
    const share = formatPercent(largest.count / total, 0);
    const score = formatPercent(cross_validation.macro_f1.mean);
    found.push(
      `The labels are uneven: ${quoted(largest.label)} has ${share} of the rows. Read macro-F1 (${score}, mean of the folds) beside accuracy.`,
    );
  }
  if (smallest.count < 10) {
    found.push(
      `${quoted(smallest.label)} has ${formatAmount(smallest.count, 'row')}: its line in the table says little.`,
    );
  }
  return found;
}

/** What gives labels away, where the scores are not so good that the sentence says it. */
function dataNotes(report: Figures): string[] {
  if (tooGood(report)?.where === 'folds') return [];
  const words = report.baselines.tfidf_logistic_regression?.accuracy.mean ?? 0;
  const simple =
    words >= NEAR_PERFECT && report.cross_validation.accuracy.mean >= NEAR_PERFECT
      ? [
          `Word counts alone get ${formatPercent(words)} right: look whether a word or a phrase gives each label away before you trust that on other texts.`,
        ]
      : [];
  const found = (report.dataset.findings ?? [])
    .filter(({ id }) => TELLTALES.has(id))
    .map(
      ({ title }) =>
        `Found before training: ${title.replace(/[.\s]+$/, '')}. That makes every score here better than it is.`,
    );
  return [...found, ...simple];
}

/** Where the test part and the folds tell different stories, both are told. */
function testNotes(report: Figures): string[] {
  const { accuracy } = report.cross_validation;
  const part = freshTest(report);
  if (part === null || collapsed(report)) return [];
  const found: string[] = [];
  // The sentence goes by macro-F1 there, and cannot tell of accuracy on the test part.
  const gain = metricOf(report) === 'macro_f1' ? clearTestGain(report) : null;
  const { id, name } = againstOpponent(report);
  const folds = report.comparisons[id]?.accuracy ?? null;
  if (gain !== null && folds && Math.sign(gain) !== Math.sign(folds.mean_difference)) {
    const side = gain > 0 ? 'ahead of' : 'behind';
    found.push(
      `By accuracy it is ${inPoints(Math.abs(gain))} points ${side} ${name} on the test part, unlike in the folds.`,
    );
  }
  const [low, high] = part.interval;
  if (high < accuracy.mean || low > accuracy.mean) {
    const gap = inPoints(Math.abs(part.accuracy - accuracy.mean));
    const side = part.accuracy < accuracy.mean ? 'below' : 'above';
    found.push(`The test part lies ${gap} points ${side} the folds: it may hold other kinds of rows.`);
  }
  return found;
}
