/** One label in several spellings: case, spaces, Unicode form or letters that look alike make classes of their own. */
import { variantsOf } from '../reading/label-spellings';
import { differenceOf, lookOf } from '../text/look-alikes';
import type { FindingRule } from './facts';
import { formatAmount } from '../words/numbers';
import { cutText } from '../words/excerpt';
import { Hits, makeFinding } from '../data/finding';

export const labelVariants: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification') return null;
  const variants = variantsOf(labels);
  if (variants.size === 0) return null;
  const hits = new Hits();
  for (const row of rows) {
    const { target, text } = row;
    const main = variants.get(target);
    if (main !== undefined)
      hits.add(row, text, `"${cutText(target, 60)}" beside "${cutText(main, 60)}"${unseen(target, main)}`);
  }
  return makeFinding(
    {
      id: 'label-variants',
      severity: 'repairable',
      title: `${formatAmount(variants.size, 'label')} in a second spelling, ${formatAmount(hits.count, 'row')}`,
      detail:
        'Labels that differ only in case, spaces or letters that look alike are classes of their own. Join them, or ' +
        'spell each in one way.',
    },
    hits,
  );
};

/** What nobody can see of the difference between two labels that look the same. */
function unseen(label: string, main: string): string {
  return lookOf(label) === lookOf(main) ? `, which look alike: ${differenceOf(label, main)}` : '';
}
