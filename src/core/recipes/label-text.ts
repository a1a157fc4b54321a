/**
 * The text that stands for a label: what an encoder reads in its place. Names of data sets are rarely words as people
 * write them; codes say nothing, and a text of a code would be one wrong row.
 */

/**
 * The text of each label, in order; null where nothing says anything. A description stands as it is: it is a text
 * already. A name is told of: as good as alone for training (within 0.3 points), and news gained 6 by names alone.
 */
export function labelTexts(
  labels: readonly string[],
  descriptions: Readonly<Record<string, string>> = {},
): (string | null)[] {
  const spoken = labels.map((label) => {
    const description = Object.hasOwn(descriptions, label) ? descriptions[label]?.trim() : undefined;
    if (description) return { text: description, key: description.toLowerCase() };
    const own = wordsOf(label);
    return own === null ? null : { text: `This text is about ${own}.`, key: own };
  });
  const counts = new Map<string, number>();
  for (const own of spoken) if (own) counts.set(own.key, (counts.get(own.key) ?? 0) + 1);
  // Two labels of one name: the name tells neither.
  return spoken.map((own) => (own && counts.get(own.key) === 1 ? own.text : null));
}

/** «card_arrival», «cardArrival» → «card arrival»; null for codes: «ABBR», «0», «B-12», «cls_3». */
export function wordsOf(label: string): string | null {
  const parts = label
    .normalize('NFKC')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{M}\p{N}'’]+/u)
    .filter((part) => part !== '');
  if (!parts.some(isWord)) return null;
  return parts.join(' ').toLowerCase();
}

/** A vowel in letters that have them, at least three letters, and not a short run of capitals. */
function isWord(part: string): boolean {
  const letters = part.replace(/[^\p{L}\p{M}]/gu, '');
  if (letters === '') return false;
  if (/\p{Script=Latin}/u.test(letters)) {
    if ([...letters].length < 3) return false;
    if (!/[aeiouyà-ÿāēīōūăĕĭŏŭ]/iu.test(letters)) return false;
    return !(letters === letters.toUpperCase() && [...letters].length <= 4);
  }
  return true;
}
