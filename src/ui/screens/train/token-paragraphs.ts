/** The runs of a token view as paragraphs, one a message: who speaks stands beside it, control tokens are small signs. Pure. */
import type { TokenRun, TokenUse } from '../../../core/text/token-view';

export interface TokenPart {
  use: TokenUse;
  text: string;
  /** A control token, shown as a sign. */
  sign: boolean;
}

export interface TokenParagraph {
  /** «answer» for the assistant's; null where the template names nobody. */
  role: string | null;
  parts: TokenPart[];
}

/** A control token as chat templates write them, with the role that follows where one does. */
const CONTROL = /(<\|[^|<>\s]{1,40}\|>)/;
const BEGIN = '<|im_start|>';

/** Cut where a message begins. A template that begins them otherwise stands in one paragraph, with all its signs. */
export function tokenParagraphs(runs: readonly TokenRun[]): TokenParagraph[] {
  const paragraphs: TokenParagraph[] = [{ role: null, parts: [] }];
  let named = true;
  for (const { use, text } of runs) {
    for (const piece of text.split(CONTROL).filter((one) => one !== '')) {
      if (piece === BEGIN) {
        paragraphs.push({ role: '', parts: [] });
        named = false;
        continue;
      }
      const paragraph = paragraphs.at(-1);
      if (!paragraph) continue;
      let words = piece;
      if (!named) {
        // Its name stands in the rest of the line.
        const end = words.indexOf('\n');
        paragraph.role = `${paragraph.role ?? ''}${end < 0 ? words : words.slice(0, end)}`;
        named = end >= 0;
        words = end < 0 ? '' : words.slice(end + 1);
      }
      if (words !== '') paragraph.parts.push({ use, text: words, sign: CONTROL.test(words) });
    }
  }
  return paragraphs
    .map(({ role, parts }) => ({ role: role === 'assistant' ? 'answer' : role, parts: withoutLastLine(parts) }))
    .filter(({ role, parts }) => parts.length > 0 || (role !== null && role !== ''));
}

/** The line break between two messages is no part of what is said. */
function withoutLastLine(parts: readonly TokenPart[]): TokenPart[] {
  const last = parts.at(-1);
  return last !== undefined && last.text.trim() === '' && !last.sign ? parts.slice(0, -1) : [...parts];
}
