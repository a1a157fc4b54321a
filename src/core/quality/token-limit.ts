/** Texts that are longer than the model will see: what stands behind the limit is not read. */
import type { Facts } from './facts';
import { formatCount } from '../words/numbers';
import { type FoundFinding, Hits, makeFinding } from '../data/finding';

type TokenFacts = Pick<Facts, 'rows' | 'tokenCounts' | 'maxLength'>;

export const tokenLimit = ({ rows, tokenCounts, maxLength }: TokenFacts): FoundFinding | null => {
  if (tokenCounts === null) return null;
  const hits = new Hits();
  for (const [i, row] of rows.entries()) {
    const tokens = tokenCounts[i] ?? 0;
    if (tokens > maxLength) hits.add(row, row.text, `${formatCount(tokens)} tokens`);
  }
  if (hits.count === 0) return null;
  const percent = (100 * hits.count) / rows.length;
  const share = percent < 1 ? 'under 1 %' : `${Math.round(percent)} %`;
  return makeFinding(
    {
      id: 'token-limit',
      severity: 'warning',
      title: `${share} of the texts will be cut at ${formatCount(maxLength)} tokens`,
      detail: 'Only their beginning is read. Raise the longest text in the settings where the end matters.',
    },
    hits,
  );
};
