/** Characters as terms: scikit-learn's `analyzer='char_wb', ngram_range=(2, 5)`. */

const LEAST = 2;
const MOST = 5;

/** Runs of 2 to 5 characters within the words of a text, each word between two spaces. */
export function characterTerms(text: string): string[] {
  const terms: string[] = [];
  for (const word of text.toLowerCase().split(/\s+/u)) {
    if (word === '') continue;
    const letters = [' ', ...word, ' '];
    for (let size = LEAST; size <= MOST; size++) {
      // A word shorter than the run is its own only run, once.
      if (letters.length <= size) {
        terms.push(letters.join(''));
        break;
      }
      for (let start = 0; start + size <= letters.length; start++)
        terms.push(letters.slice(start, start + size).join(''));
    }
  }
  return terms;
}
