/** What is said of a classifier from elsewhere. Pure. */
import type { OwnSummary } from '../../../core/models/own-summary';
import type { Evaluation } from '../../../core/report/evaluation';
import { formatAmount, formatBytes, formatCount } from '../../../core/words/numbers';

/** Labels that are named one by one. */
const MOST_NAMED = 8;

/** «a, b and 12 more» */
export function namedLabels(labels: readonly string[]): string {
  const named = labels.slice(0, MOST_NAMED).map((label) => `«${label}»`);
  const more = labels.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${formatCount(more)} more` : named.join(', ');
}

/** What its head is and what can be done with it, before it is kept. */
export function headWords({ task, labels, noHead, bytes, licence }: OwnSummary): string {
  if (labels !== null) {
    const allowed = licence === null ? 'its files name no licence' : `licence ${licence}, as its files say`;
    return `Sorts into ${formatAmount(labels.length, 'label')}: ${namedLabels(labels)}. ${formatBytes(bytes)}, ${allowed}.`;
  }
  if (noHead !== null) return `${noHead} Its body can be trained on: bring the folder under Train.`;
  const body = task === 'encoder' ? 'a head is fitted to your rows there' : 'it writes answers';
  return `It has no head that sorts texts. Bring the folder under Train: ${body}.`;
}

/** How the labels of rows and model differ, in words; null where they do not. */
export function labelFit({ unknown, unused }: Pick<Evaluation, 'unknown' | 'unused'>): string | null {
  const rows = unknown.reduce((sum, one) => sum + one.rows, 0);
  const words = [
    ...(unknown.length > 0
      ? [
          `The model does not have ${namedLabels(unknown.map(({ label }) => label))}: ${formatAmount(rows, 'row')} that it cannot ` +
            'answer right, and they count.',
        ]
      : []),
    ...(unused.length > 0 ? [`No row has the model’s ${namedLabels(unused)}.`] : []),
  ];
  return words.length === 0 ? null : words.join(' ');
}
