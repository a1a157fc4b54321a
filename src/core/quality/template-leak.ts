/**
 * One template a label: all its rows are the same sentence, in which only a number, a name or a thing differs. Whoever
 * learns the sentence knows the label, and a score says nothing about people who put it otherwise.
 *
 * A word that few rows of the label have is a gap. What is left is the template of a row, if enough of the row is left.
 * A label has one template when two of them, at most, have nearly all its rows.
 */
import type { Row } from '../data/dataset';
import { formatAmount, formatPercent } from '../words/numbers';
import { cutText, nameList } from '../words/excerpt';
import type { FindingRule } from './facts';
import { Hits, makeFinding } from '../data/finding';
import { sampleByLabel, wordsOf } from './label-sample';

/** With fewer rows a label may well be put in few ways. */
const FEWEST_ROWS = 10;
/** A word that a smaller share of a label's rows has is what differs between them. */
const FIXED_SHARE = 0.25;
/** What must be left of a row for a template: so many words, and so large a share of them. */
const FEWEST_FIXED = 3;
const LEAST_LEFT = 0.5;
const MOST_TEMPLATES = 2;
const TEMPLATED_SHARE = 0.9;
/** Of all rows: a single label of a form letter is no news. */
const TELLING_SHARE = 0.5;

const GAP = '…';

interface Templated {
  label: string;
  templates: ReadonlySet<string>;
  fixed: ReadonlySet<string>;
}

export const templateLeak: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification' || labels.length < 2) return null;
  const found = new Map<string, Templated>();
  for (const [label, sample] of sampleByLabel(rows, labels)) {
    const one = templatesOf(label, sample);
    if (one) found.set(label, one);
  }
  const held = labels.reduce((sum, { label, count }) => sum + (found.has(label) ? count : 0), 0);
  if (held < TELLING_SHARE * rows.length) return null;

  const hits = new Hits();
  for (const row of rows) {
    const { target, text } = row;
    const one = found.get(target);
    const template = one && templateOf(wordsOf(text), one.fixed);
    if (one && template !== null && template !== undefined && one.templates.has(template)) {
      hits.add(row, text, `"${cutText(target, 60)}": ${cutText(template, 80)}`);
    }
  }
  const which =
    found.size === labels.length ? 'every label' : `${formatAmount(found.size, 'label')} of ${labels.length}`;
  return makeFinding(
    {
      id: 'template-leak',
      severity: 'warning',
      title: `One template for ${which}: in ${formatPercent(hits.count / rows.length, 0)} of the rows only a number or a name differs`,
      detail:
        `Whoever learns these sentences knows the label (${nameList([...found.keys()], 3)}), so that every score will ` +
        'look perfect. Bring texts as people write them, or do not trust the score.',
    },
    hits,
  );
};

/** The templates of a label that has one, or two; null for any other. */
export function templatesOf(label: string, sample: readonly Row[]): Templated | null {
  // Copies are told of elsewhere: they are one sentence each.
  const texts = [...new Set(sample.map(({ text }) => text))].map(wordsOf);
  if (texts.length < FEWEST_ROWS) return null;
  const counts = countIn(texts.map((words) => new Set(words)));
  const fixed = new Set([...counts].filter(([, count]) => count >= FIXED_SHARE * texts.length).map(([word]) => word));
  const templates = texts.map((words) => templateOf(words, fixed)).filter((template) => template !== null);
  const common = [...countIn(templates.map((template) => [template]))]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_TEMPLATES);
  const covered = common.reduce((sum, [, count]) => sum + count, 0);
  if (covered < TEMPLATED_SHARE * texts.length) return null;
  return { label, templates: new Set(common.map(([template]) => template)), fixed };
}

/** The words that are fixed, with a gap wherever others stand; null where too little is left. */
function templateOf(words: readonly string[], fixed: ReadonlySet<string>): string | null {
  const parts: string[] = [];
  let left = 0;
  for (const word of words) {
    const isFixed = word !== '0' && fixed.has(word);
    if (isFixed) left += 1;
    if (isFixed || parts.at(-1) !== GAP) parts.push(isFixed ? word : GAP);
  }
  return left < FEWEST_FIXED || left < LEAST_LEFT * words.length ? null : parts.join(' ');
}

function countIn(lists: readonly Iterable<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const list of lists) for (const word of list) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
