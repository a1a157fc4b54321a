/**
 * What old completion models wanted and no model today does: a separator at the end of every prompt (`\n\n###\n\n`,
 * ` ->`), a stop word at the end of every completion (` END`). Told from the first records; only what all of them end in.
 */

const FEWEST = 8;
/** The separators that were recommended, or a line of its own that ends in a colon. */
const SEPARATOR = /(#{2,}|->|=>|>{2,}|\|{2,}|={3,}|-{3,}|\*{3,}|\n\n)|^\s*\n+[^\n]{1,40}:\s*$/;
const STOP = /^(\s*)(?:\p{Lu}{3,}|[^\p{L}\p{N}\s]{2,}|<\|?[\w/]+\|?>)\s*$/u;

/** What all prompts end in; null where that is no separator. */
export function separatorOf(texts: readonly string[]): string | null {
  const end = commonEnd(texts);
  if (end === null) return null;
  // From the first mark or line break on: what stands before it belongs to the texts.
  const start = end.search(/\s*\n[^\n]{1,40}:\s*$|[\s]*(?:[^\p{L}\p{N}\s.!?,;:)("'’”]|\n)[^\p{L}\p{N}]*$/u);
  const mark = start < 0 ? '' : end.slice(start);
  return SEPARATOR.test(mark) ? mark : null;
}

/** What all answers end in; null where that is no stop word, or where nothing would be left. */
export function stopWordOf(targets: readonly string[]): string | null {
  const end = commonEnd(targets);
  if (end === null || new Set(targets).size < 2) return null;
  const start = end.trimEnd().search(/\s\S+$/);
  const mark = start < 0 ? '' : end.slice(start);
  return STOP.test(mark) && targets.every((target) => target.length > mark.trimEnd().length + 1) ? mark : null;
}

/** The longest end that all share, at most 60 characters; null where it is empty or there are too few to tell. */
function commonEnd(texts: readonly string[]): string | null {
  const [first] = texts;
  if (first === undefined || texts.length < FEWEST) return null;
  let length = Math.min(60, first.length);
  for (const text of texts) {
    while (length > 0 && !text.endsWith(first.slice(first.length - length))) length -= 1;
  }
  return length === 0 ? null : first.slice(first.length - length);
}

/** `text` without `mark` at its end. */
export function withoutEnd(text: string, mark: string | undefined): string {
  return mark !== undefined && mark !== '' && text.endsWith(mark) ? text.slice(0, text.length - mark.length) : text;
}
