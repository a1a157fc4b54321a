/**
 * Whether an answer is the wanted one: letter by letter, or in the sense of SQuAD's exact match. SQuAD also leaves out
 * English articles; this does not, since answers are of any language.
 */

/** The same letter by letter; blanks at both ends do not count. */
export function isExactMatch(answer: string, wanted: string): boolean {
  return answer.trim() === wanted.trim();
}

/** The same but for case, punctuation, blanks and Unicode form. */
export function isNormalisedMatch(answer: string, wanted: string): boolean {
  return normalisedAnswer(answer) === normalisedAnswer(wanted);
}

/** The form that `isNormalisedMatch` compares; where nothing but punctuation is left, the text itself. */
export function normalisedAnswer(text: string): string {
  const form = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{Cf}]+/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return form === '' ? text.trim() : form;
}
