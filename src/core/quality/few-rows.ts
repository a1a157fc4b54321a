/**
 * Too few rows: under 10 no classifier can be trained or judged, under 40 the figures say little. A model that writes takes
 * as few as 5, and will say them by heart.
 */
import type { FindingRule } from './facts';
import { formatAmount } from '../words/numbers';
import { makeFinding } from '../data/finding';

const LEAST_ROWS = 10;
const LEAST_WRITTEN = 5;
const FEW_ROWS = 40;

export const fewRows: FindingRule = ({ rows, task }) => {
  const count = rows.length;
  const least = task === 'generation' ? LEAST_WRITTEN : LEAST_ROWS;
  if (count >= FEW_ROWS) return null;
  if (count < least) {
    const finding = makeFinding({
      id: 'few-rows',
      severity: 'blocking',
      title: `Training file has ${formatAmount(count, 'example')}, but must have at least ${least} examples`,
      detail: 'Add rows, or repair those that were left out.',
    });
    return { ...finding, count };
  }
  const finding = makeFinding({
    id: 'few-rows',
    severity: 'warning',
    title: `Only ${formatAmount(count, 'row')}`,
    detail:
      count < LEAST_ROWS
        ? 'The model will learn them by heart rather than how to answer. It can be trained; the score will say little.'
        : `Under ${FEW_ROWS} rows the score depends much on chance; read its interval before its value.`,
  });
  return { ...finding, count };
};
