/** Rows with the same text and the same answer as an earlier row. */
import type { FindingRule } from './facts';
import { formatCount } from '../words/numbers';
import { Hits, makeFinding } from '../data/finding';

const LISTED = 10;

export const duplicates: FindingRule = ({ rows, format, hasTwin }) => {
  const firstLine = new Map<string, number>();
  const hits = new Hits();
  for (const [i, row] of rows.entries()) {
    if (!hasTwin(i)) continue;
    const { text, target, line } = row;
    const key = `${text}\u0000${target}`;
    const first = firstLine.get(key);
    if (first === undefined) firstLine.set(key, line);
    else hits.add(row, text, `same as row ${formatCount(first)}`);
  }
  if (hits.count === 0) return null;
  const sets = format === 'prompt-completion' || format === 'chat' ? 'prompt-completion sets' : 'text-label sets';
  const listed = `${hits.lines.slice(0, LISTED).join(', ')}${hits.count > LISTED ? ', …' : ''}`;
  return makeFinding(
    {
      id: 'duplicates',
      severity: 'repairable',
      title: `There are ${formatCount(hits.count)} duplicated ${sets}`,
      detail: `These are rows: [${listed}]. Copies stay on the same side of every split, so they cannot raise the score.`,
    },
    hits,
  );
};
