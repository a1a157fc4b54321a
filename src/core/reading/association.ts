/**
 * How far a field follows from the words of a text: what naive Bayes over words gains over the most frequent value, on
 * the half of the records that it did not see. A label that says what a text is about can be told from it; a status, a
 * country or an age can not. Says nothing about how good a model would be.
 */

const MAX_RECORDS = 600;
const MAX_WORDS = 60;

/** The words of a text, lower case, each once. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [])].slice(0, MAX_WORDS);
}

/** Share of the errors of the most frequent value that words take away, 0 to 1 [records]; null values are passed over. */
export function association(words: readonly (readonly string[])[], values: readonly (string | null)[]): number {
  const used: number[] = [];
  for (let i = 0; i < words.length && used.length < MAX_RECORDS; i++) {
    if (values[i] !== null && values[i] !== undefined && (words[i]?.length ?? 0) > 0) used.push(i);
  }
  if (used.length < 20) return 0;
  // Taken in turns, so that a file sorted by label has every label on both sides.
  const halves = [used.filter((_, i) => i % 2 === 0), used.filter((_, i) => i % 2 === 1)] as const;
  const score = (seen: readonly number[], unseen: readonly number[]): { right: number; base: number } => {
    const model = fit(seen, words, values);
    let right = 0;
    let base = 0;
    for (const i of unseen) {
      if (model.answer(words[i] ?? []) === values[i]) right += 1;
      if (model.most === values[i]) base += 1;
    }
    return { right, base };
  };
  const [a, b] = [score(halves[0], halves[1]), score(halves[1], halves[0])];
  const [right, base] = [(a.right + b.right) / used.length, (a.base + b.base) / used.length];
  return base >= 1 ? 0 : Math.max(0, (right - base) / (1 - base));
}

function fit(
  rows: readonly number[],
  words: readonly (readonly string[])[],
  values: readonly (string | null)[],
): { most: string; answer(words: readonly string[]): string } {
  const classes = new Map<string, { rows: number; words: Map<string, number>; total: number }>();
  const vocabulary = new Set<string>();
  for (const i of rows) {
    const value = values[i] ?? '';
    let known = classes.get(value);
    if (known === undefined) classes.set(value, (known = { rows: 0, words: new Map(), total: 0 }));
    known.rows += 1;
    for (const word of words[i] ?? []) {
      known.words.set(word, (known.words.get(word) ?? 0) + 1);
      known.total += 1;
      vocabulary.add(word);
    }
  }
  const most = [...classes].reduce(
    (best, one) => (one[1].rows > best[1].rows ? one : best),
    [...classes][0] ?? (['', { rows: 0, words: new Map<string, number>(), total: 0 }] as const),
  );
  return {
    most: most[0],
    answer(given) {
      let best = { value: most[0], score: -Infinity };
      for (const [value, { rows: count, words: seen, total }] of classes) {
        let score = Math.log(count);
        for (const word of given) score += Math.log(((seen.get(word) ?? 0) + 0.5) / (total + 0.5 * vocabulary.size));
        if (score > best.score) best = { value, score };
      }
      return best.value;
    },
  };
}
