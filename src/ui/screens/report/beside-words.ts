/** Two runs of the same rows, in words and figures. Pure. */
import type { BesidePaired, BesideRow } from '../../../core/report/beside';
import { fixed, formatAmount, formatCount, formatPercent, formatPoints } from '../../../core/words/numbers';

/** A figure as the table writes it; a dash where it was not measured. */
export function besideFigure(value: number | null, unit: BesideRow['unit']): string {
  if (value === null) return '–';
  switch (unit) {
    case 'share':
      return formatPercent(value);
    case 'chrf':
      return fixed(value, 1);
    case 'loss':
      return fixed(value, 3);
    case 'count':
      return formatCount(value);
    default:
      return unit satisfies never;
  }
}

/** Elsewhere minus here: of shares in points. */
export function besideDifference({ here, there, unit }: BesideRow): string {
  if (here === null || there === null) return '–';
  const difference = there - here;
  if (unit === 'share') return formatPoints(difference);
  const size = besideFigure(Math.abs(difference), unit);
  return Number(size.replace(/,/g, '')) === 0 ? size : `${difference < 0 ? '−' : '+'}${size}`;
}

/** Of a run whose settings a search chose on the folds that both are scored by. */
export function chosenSentence(hasTest: boolean): string {
  return `The one elsewhere has settings that were chosen on these folds: the folds flatter it.${hasTest ? ' The test part is fair.' : ''}`;
}

/** Which rows only one of the two got right, and what chance makes of it. */
export function pairedSentence(
  part: 'folds' | 'test',
  { rows, onlyHere, onlyThere, pTwoSided, isTooSure }: BesidePaired,
): string {
  const where = part === 'folds' ? 'in the folds' : 'of the test part';
  const counts = `Of ${formatAmount(rows, 'row')} ${where}, ${formatCount(onlyThere)} only the one elsewhere got right, ${formatCount(onlyHere)} only this browser’s`;
  if (pTwoSided >= 0.05) return `${counts}: no more than chance explains (McNemar p = ${fixed(pTwoSided, 2)}).`;
  const together = isTooSure ? ' Rows that belong together are counted one by one, which makes this p too small.' : '';
  return `${counts}: more than chance explains (McNemar p = ${fixed(pTwoSided, 3)}).${together}`;
}
