/**
 * Findings about a test file beside its training file. Not in the registry: they need both.
 */
import type { Row } from '../data/dataset';
import { normaliseText } from '../data/groups';
import { formatAmount } from '../words/numbers';
import { type Finding, Hits, makeFinding } from '../data/finding';

/** Test rows whose label training never saw: they can only be counted as wrong. */
export function unseenLabels(train: readonly Row[], test: readonly Row[]): Finding | null {
  const known = new Set(train.map(({ target }) => target));
  const hits = new Hits();
  for (const { target, text, line } of test) if (!known.has(target)) hits.add(line, text, `"${target}"`);
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

/** Test rows whose text also stands in the training file, word for word or nearly. */
export function leakage(train: readonly Row[], test: readonly Row[]): Finding | null {
  const lines = new Map<string, number>();
  for (const { text, line } of train) {
    const key = normaliseText(text);
    if (!lines.has(key)) lines.set(key, line);
  }
  const hits = new Hits();
  for (const { text, line } of test) {
    const seen = lines.get(normaliseText(text));
    if (seen !== undefined) hits.add(line, text, `as row ${seen} of the training file`);
  }
  if (hits.count === 0) return null;
  return makeFinding(
    {
      id: 'leakage',
      severity: 'warning',
      title: `${formatAmount(hits.count, 'test row')} that stand in the training file too`,
      detail: 'The model has seen them, so they make the test score look better than it is. Take them out of one file.',
    },
    hits,
  );
}
