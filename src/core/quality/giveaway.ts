/**
 * One word or sign that gives a label away: it stands in nearly every row of the label and in nearly no other row. Often
 * it is not of the text at all: a ticket prefix, a signature, a full stop that one source sets and the other does not.
 */
import type { Row } from '../data/dataset';
import { normaliseText } from '../data/groups';
import { formatAmount, formatPercent } from '../words/numbers';
import { cutText } from '../words/excerpt';
import type { FindingRule } from './facts';
import { Hits, makeFinding } from '../data/finding';
import { sampleByLabel, wordsOf } from './label-sample';
import { templatesOf } from './template-leak';

/** A label of fewer rows has such a word by chance. */
const FEWEST_ROWS = 20;
const OWN_SHARE = 0.95;
const OTHER_SHARE = 0.01;
/** More of them are a whole sentence, not a word. */
const MOST_WORDS = 3;
const SHOWN = 4;

interface Giveaway {
  label: string;
  words: string[];
  own: number;
  other: number;
}

export const giveaway: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification' || labels.length < 2) return null;
  const samples = sampleByLabel(rows, labels);
  const countOf = new Map(labels.map(({ label, count }) => [label, count]));
  // Shares of each label's rows that have a word; labels weigh by their rows, of which the samples may be a part.
  const shares = new Map([...samples].map(([label, sample]) => [label, sharesIn(sample)]));
  const found = [...shares].flatMap(([label, own]): Giveaway[] => {
    const sample = samples.get(label) ?? [];
    // Of a template every word gives the label away: another finding tells of it.
    if (distinct(sample) < FEWEST_ROWS || templatesOf(label, sample) !== null) return [];
    const named = new Set(wordsOf(label.replace(/[_-]+/g, ' ')));
    const frequent = [...own].filter(([word, share]) => share >= OWN_SHARE && !named.has(word));
    const telling = frequent
      .map(([word, share]) => ({ word, own: share, other: shareElsewhere(word, label, shares, countOf) }))
      .filter(({ other }) => other <= OTHER_SHARE);
    const [first] = telling;
    if (!first || telling.length > MOST_WORDS) return [];
    return [{ label, words: telling.map(({ word }) => word), own: first.own, other: first.other }];
  });
  if (found.length === 0) return null;
  const hits = new Hits();
  const byLabel = new Map(found.map((one) => [one.label, one]));
  for (const row of rows) {
    const { target, text } = row;
    const words = byLabel.get(target)?.words;
    const has = words && signsOf(text);
    const word = words?.find((one) => has?.has(one));
    if (word !== undefined) hits.add(row, text, `"${word}" gives "${cutText(target, 60)}" away`);
  }
  const shown = found.slice(0, SHOWN).map(describe).join('; ');
  const more = found.length > SHOWN ? `; and ${formatAmount(found.length - SHOWN, 'more label')}` : '';
  return makeFinding(
    {
      id: 'giveaway',
      severity: 'warning',
      title:
        found.length === 1
          ? `One word or sign gives "${cutText(found[0]?.label ?? '', 60)}" away`
          : `One word or sign gives ${formatAmount(found.length, 'label')} away`,
      detail:
        `${shown}${more}. Look whether it belongs to what people write: if it came in with the file, take it out, or ` +
        'the score will not hold for new texts.',
    },
    hits,
  );
};

function describe({ label, words, own, other }: Giveaway): string {
  const name = `"${cutText(label, 60)}"`;
  return `"${words[0] ?? ''}" stands in ${formatPercent(own, 0)} of the rows of ${name} and in ${formatPercent(other, 0)} of the others`;
}

function distinct(sample: readonly Row[]): number {
  return new Set(sample.map(({ text }) => normaliseText(text))).size;
}

/** Words, and signs that are in none. */
function signsOf(text: string): Set<string> {
  const short = text.slice(0, 2000);
  return new Set([...wordsOf(short), ...(short.match(/[^\p{L}\p{M}\p{N}\s]/gu) ?? [])]);
}

function sharesIn(sample: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of sample) for (const word of signsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const [word, count] of counts) counts.set(word, count / sample.length);
  return counts;
}

function shareElsewhere(
  word: string,
  label: string,
  shares: ReadonlyMap<string, ReadonlyMap<string, number>>,
  countOf: ReadonlyMap<string, number>,
): number {
  let [having, rows] = [0, 0];
  for (const [other, own] of shares) {
    if (other === label) continue;
    const count = countOf.get(other) ?? 0;
    having += count * (own.get(word) ?? 0);
    rows += count;
  }
  return rows === 0 ? 1 : having / rows;
}
