/**
 * What a test file shows beside its training file. Not in the registry: it needs both. Test rows that stand in the
 * training file too are counted where a run splits its rows (worker/run-notes), near copies included.
 */
import type { Row } from '../data/dataset';
import { formatAmount } from '../words/numbers';
import { type FoundFinding, Hits, makeFinding } from '../data/finding';

/** Test rows whose label training never saw: they can only be counted as wrong. */
export function unseenLabels(train: readonly Row[], test: readonly Row[]): FoundFinding | null {
  const known = new Set(train.map(({ target }) => target));
  const hits = new Hits();
  for (const row of test) if (!known.has(row.target)) hits.add(row, row.text, `"${row.target}"`);
  if (hits.count === 0) return null;
  return makeFinding(
    {
      id: 'unseen-labels',
      severity: 'warning',
      title: `${formatAmount(hits.count, 'test row')} with a label that training never saw`,
      detail: 'They count as wrong. Check the spelling of the labels, or add such rows to the training file.',
    },
    hits,
  );
}
