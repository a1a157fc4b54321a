/** Which characters of a row are learned, which are context, which are cut off: runs for the eye, from tokens. */
import type { GenerationExample } from './examples';

export type TokenUse = 'trained' | 'context' | 'cut';

export interface TokenRun {
  use: TokenUse;
  text: string;
  /** Tokens that begin in it; 0 of what is cut off, see `cut` of the example. */
  tokens: number;
}

/** A row as it is learned. */
export interface TokenView {
  /** Its place among the rows, 0-based, and how many there are. */
  at: number;
  rows: number;
  line: number;
  runs: TokenRun[];
  trained: number;
  context: number;
  /** Tokens that are cut off, and those of them that would have been learned. */
  cut: number;
  cutTrained: number;
}

/** The text of an example as runs of one use each; a character that several tokens share has the first one's. */
export function tokenRuns({ text, trained, starts, ends, cut }: GenerationExample): TokenRun[] {
  const runs: TokenRun[] = [];
  let at = 0;
  const add = (use: TokenUse, end: number, tokens: number): void => {
    const last = runs.at(-1);
    const more = text.slice(at, Math.max(at, end));
    at = Math.max(at, end);
    if (last?.use === use) {
      last.text += more;
      last.tokens += tokens;
    } else if (more !== '') runs.push({ use, text: more, tokens });
    else if (last !== undefined) last.tokens += tokens;
  };
  for (const [i, one] of trained.entries()) {
    const use = one === 1 ? 'trained' : 'context';
    // Letters that no token stands for belong to the one behind them.
    add(use, Math.max(starts[i] ?? 0, ends[i] ?? 0), 1);
  }
  if (at < text.length) add(cut > 0 ? 'cut' : (runs.at(-1)?.use ?? 'context'), text.length, 0);
  return runs;
}

/** The learned tokens as they are read; a character that several tokens share stands with the first one. */
export function learnedPieces({ text, trained, starts, ends }: GenerationExample): string[] {
  let at = 0;
  return Array.from(trained).flatMap((one, i) => {
    const from = Math.max(at, starts[i] ?? 0);
    const to = Math.max(from, ends[i] ?? 0);
    at = to;
    // The first token of a text is predicted by nothing.
    return one === 1 && i > 0 ? [text.slice(from, to)] : [];
  });
}
