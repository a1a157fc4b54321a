/** A part of the rows that shows what the rows of each label have in common, whatever the size of the set. */
import type { Row } from '../data/dataset';
import { normaliseText } from '../data/groups';

/** More rows of a label show the same. */
const MOST_PER_LABEL = 400;
const MOST_ROWS = 40_000;
const FEWEST_PER_LABEL = 20;
/** A text shows its kind long before. */
const MOST_CHARACTERS = 2000;

/** Rows by label, of each the first so many evenly over the set; labels in the order of their first row. */
export function sampleByLabel(
  rows: readonly Row[],
  labels: readonly { label: string; count: number }[],
): Map<string, Row[]> {
  const most = Math.min(MOST_PER_LABEL, Math.max(FEWEST_PER_LABEL, Math.floor(MOST_ROWS / Math.max(1, labels.length))));
  const every = new Map(labels.map(({ label, count }) => [label, Math.ceil(count / most)]));
  const seen = new Map<string, number>();
  const samples = new Map<string, Row[]>();
  for (const row of rows) {
    const place = seen.get(row.target) ?? 0;
    seen.set(row.target, place + 1);
    if (place % (every.get(row.target) ?? 1) !== 0) continue;
    const own = samples.get(row.target);
    if (own) own.push(row);
    else samples.set(row.target, [row]);
  }
  return samples;
}

/** The words of a text as they are compared here: without case and punctuation, a word with a digit as «0». */
export function wordsOf(text: string): string[] {
  return normaliseText(text.slice(0, MOST_CHARACTERS))
    .split(' ')
    .map((word) => (/\p{N}/u.test(word) ? '0' : word));
}
