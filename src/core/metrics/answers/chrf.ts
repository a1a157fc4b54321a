/**
 * chrF (Popović 2015) of one answer against the wanted one, as sacreBLEU's sentence score gives it: F2 over character
 * n-grams of 1 to 6, blanks left out, case kept. 0–100.
 */

const LONGEST = 6;
/** Recall counts β² times as much as precision. */
const BETA_SQUARED = 4;
/** What Python's `str.split` takes for blank. */
const BLANK = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** 0 for nothing in common, 100 for the same but for blanks. */
export function chrf(answer: string, wanted: string): number {
  const own = Array.from(answer.replace(BLANK, ''));
  const theirs = Array.from(wanted.replace(BLANK, ''));
  let precision = 0;
  let recall = 0;
  let orders = 0;
  for (let n = 1; n <= LONGEST; n++) {
    const [inOwn, inTheirs] = [own.length - n + 1, theirs.length - n + 1];
    if (inOwn <= 0 || inTheirs <= 0) break;
    const shared = sharedGrams(own, theirs, n);
    precision += shared / inOwn;
    recall += shared / inTheirs;
    orders += 1;
  }
  if (precision + recall === 0) return 0;
  precision /= orders;
  recall /= orders;
  return (100 * (1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall);
}

/** N-grams that both have, each as often as both have it. */
function sharedGrams(a: readonly string[], b: readonly string[], n: number): number {
  const left = new Map<string, number>();
  for (let start = 0; start + n <= b.length; start++) {
    const gram = b.slice(start, start + n).join('');
    left.set(gram, (left.get(gram) ?? 0) + 1);
  }
  let shared = 0;
  for (let start = 0; start + n <= a.length; start++) {
    const gram = a.slice(start, start + n).join('');
    const count = left.get(gram) ?? 0;
    if (count === 0) continue;
    left.set(gram, count - 1);
    shared += 1;
  }
  return shared;
}
