/** All texts are the same: no label could be told from them. */
import type { FindingRule } from './facts';
import { makeFinding } from '../data/finding';

export const identicalTexts: FindingRule = ({ rows }) => {
  const first = rows[0]?.text;
  if (rows.length < 2 || rows.some((row) => row.text !== first)) return null;
  const finding = makeFinding({
    id: 'identical-texts',
    severity: 'blocking',
    title: 'All texts are the same',
    detail: 'Nothing in them tells one answer from another. Check which field is the text.',
  });
  return { ...finding, count: rows.length };
};
