/** Too few rows: under 10 nothing can be trained or judged, under 40 the figures say little. */
import type { FindingRule } from './facts';
import { formatAmount } from '../words/numbers';
import { makeFinding } from '../data/finding';

const LEAST_ROWS = 10;
const FEW_ROWS = 40;

export const fewRows: FindingRule = ({ rows }) => {
  const count = rows.length;
  if (count >= FEW_ROWS) return null;
  if (count < LEAST_ROWS) {
    const finding = makeFinding({
      id: 'few-rows',
      severity: 'blocking',
      title: `Training file has ${formatAmount(count, 'example')}, but must have at least ${LEAST_ROWS} examples`,
      detail: 'Add rows, or repair those that were left out.',
    });
    return { ...finding, count };
  }
  const finding = makeFinding({
    id: 'few-rows',
    severity: 'warning',
    title: `Only ${formatAmount(count, 'row')}`,
    detail: `Under ${FEW_ROWS} rows the score depends much on chance; read its interval before its value.`,
  });
  return { ...finding, count };
};
