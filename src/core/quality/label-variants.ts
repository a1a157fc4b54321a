/** One label in several spellings: case, spaces or Unicode form make classes of their own. */
import { variantsOf } from '../data/label-spellings';
import type { FindingRule } from './facts';
import { formatAmount } from '../formats/numbers';
import { cutText } from './excerpt';
import { Hits, makeFinding } from './finding';

export const labelVariants: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification') return null;
  const variants = variantsOf(labels);
  if (variants.size === 0) return null;
  const hits = new Hits();
  for (const { target, text, line } of rows) {
    const main = variants.get(target);
    if (main !== undefined) hits.add(line, text, `"${cutText(target, 60)}" beside "${cutText(main, 60)}"`);
  }
  return makeFinding(
    {
      id: 'label-variants',
      severity: 'repairable',
      title: `${formatAmount(variants.size, 'label')} in a second spelling, ${formatAmount(hits.count, 'row')}`,
      detail:
        'Labels that differ only in case, spaces or Unicode form are classes of their own. Spell each in one way.',
    },
    hits,
  );
};
