/** Sentences of the report screen that are read off its figures. Pure. */
import type { Answer, Reading, ClassificationReport } from '../../../core/report/report';
import { formatAmount, formatCount, formatPercent } from '../../../core/words/numbers';
import { quotedInterval } from '../../../core/report/figures';
import { range } from '../../../core/report/verdict/figures';
import { confusedPairs } from '../../charts/matrix';

export type Part = 'test' | 'folds';

/** The answers of a part with the figures read from them; null where the report has none. */
export function partFigures(report: ClassificationReport, part: Part): (Reading & { predictions: Answer[] }) | null {
  if (part === 'test') return report.test;
  return report.out_of_fold.rows === 0 ? null : report.out_of_fold;
}

/** «test part, 248 rows» */
export function partWords(part: Part, rows: number): string {
  return part === 'test' ? `test part, ${formatAmount(rows, 'row')}` : `folds together, ${formatAmount(rows, 'row')}`;
}

/** Cuts the verdict at its first figure of points or per cent, so that it can stand out. */
export function cutAtFigure(sentence: string): [before: string, figure: string, after: string] {
  // «95 % interval» is no finding.
  const found = /[+−-]?\d+(?:[.,]\d+)?\s?(?:points?|%(?! interval))/.exec(sentence);
  if (found === null) return [sentence, '', ''];
  return [sentence.slice(0, found.index), found[0], sentence.slice(found.index + found[0].length)];
}

export interface Weakest {
  label: string;
  f1: string;
  /** «3 of its 20 rows are answered», followed by the label taken for it; null where nothing is confused. */
  confusion: { words: string; predicted: string } | null;
}

/** The label with the lowest f1 among those that have rows, and what it is taken for. */
export function weakestLabel(reading: Reading): Weakest | null {
  const { labels, counts } = reading.confusion_matrix;
  const rows = reading.per_class.filter(({ support }) => support > 0);
  const worst = rows.reduce<(typeof rows)[number] | null>(
    (least, row) => (least === null || row.f1 < least.f1 ? row : least),
    null,
  );
  if (worst === null || worst.f1 === 1) return null;
  const index = labels.indexOf(worst.label);
  const pair = confusedPairs(counts).find(({ row }) => row === index);
  return {
    label: worst.label,
    f1: worst.f1.toFixed(3),
    confusion:
      pair === undefined
        ? null
        : {
            words: `${formatCount(pair.count)} of its ${formatAmount(worst.support, 'row')} ${pair.count === 1 ? 'is' : 'are'} answered`,
            predicted: labels[pair.column] ?? '',
          },
  };
}

/** What scikit-learn's `zero_division` did here: how many labels were never answered. */
export function zeroDivisionWords(reading: Reading): string {
  const { counts } = reading.confusion_matrix;
  const never = counts.filter((_, column) => counts.every((line) => (line[column] ?? 0) === 0)).length;
  if (never === 0) return 'zero_division = 0, never needed.';
  return `${formatAmount(never, 'label')} never answered: precision counts as 0 there (zero_division = 0).`;
}

/** Rows truly of one label and answered with another, surest first. */
export function rowsOfCell(answers: readonly Answer[], label: string, predicted: string): Answer[] {
  return answers
    .filter((answer) => answer.label === label && answer.predicted === predicted)
    .sort((a, b) => b.confidence - a.confidence);
}

/** «Right in 231 of 248 rows: 93.1 %, 95 % interval 89.3 to 95.7.» */
export function rightWords(report: ClassificationReport, part: Part): string {
  const reading = partFigures(report, part);
  if (reading === null) return '';
  const words =
    `Right in ${formatCount(reading.right)} of ${formatAmount(reading.rows, 'row')}: ${formatPercent(reading.accuracy)}, ` +
    `95 % interval ${range(...quotedInterval(reading))}.`;
  const unseen = part === 'test' ? report.test?.unseen : undefined;
  if (!unseen) return words;
  return `${words} On the ${formatAmount(unseen.rows, 'row')} that training has not seen: ${formatPercent(unseen.accuracy)}, ${range(...unseen.accuracy_ci95)}.`;
}
