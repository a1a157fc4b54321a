/**
 * The tokens that a tokenizer.json adds to its vocabulary and looks for in a text before all else: control tokens
 * (`special`, such as <|im_end|>) and words that have an id of their own.
 */
import * as v from 'valibot';

export const addedTokensSchema = v.array(
  v.object({
    id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    content: v.pipe(v.string(), v.minLength(1)),
    /** Looked for only as a whole word: no decoder known here needs it. */
    single_word: v.optional(v.literal(false), false),
    lstrip: v.optional(v.boolean(), false),
    rstrip: v.optional(v.boolean(), false),
    special: v.optional(v.boolean(), false),
  }),
);
export type AddedToken = v.InferOutput<typeof addedTokensSchema>[number];

/** A part of a text: a token as it is, or words between them (`id` null). */
export interface Stretch {
  /** Where it begins, in characters. */
  start: number;
  text: string;
  id: number | null;
}

/** Finds added tokens in texts: the leftmost, and of those the longest. */
export class AddedTokens {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #all: RegExp | null;
  readonly #words: RegExp | null;

  constructor(tokens: readonly AddedToken[]) {
    this.#ids = new Map(tokens.map(({ id, content }) => [content, id]));
    this.#all = expressionOf(tokens);
    this.#words = expressionOf(tokens.filter(({ special }) => !special));
  }

  /** A text as stretches. `control` false: control tokens are words like any other. */
  split(text: string, control: boolean): Stretch[] {
    const expression = control ? this.#all : this.#words;
    if (expression === null) return text === '' ? [] : [{ start: 0, text, id: null }];
    const stretches: Stretch[] = [];
    const add = (start: number, end: number, id: number | null): void => {
      if (end > start) stretches.push({ start, text: text.slice(start, end), id });
    };
    let end = 0;
    for (const match of text.matchAll(expression)) {
      const [found] = match;
      add(end, match.index, null);
      end = match.index + found.length;
      // Blanks beside it belong to it where it says so.
      add(match.index, end, this.#ids.get(found) ?? this.#ids.get(found.trim()) ?? null);
    }
    add(end, text.length, null);
    return stretches;
  }
}

function expressionOf(tokens: readonly AddedToken[]): RegExp | null {
  if (tokens.length === 0) return null;
  const byLength = [...tokens].sort((a, b) => b.content.length - a.content.length);
  const blanks = '\\p{White_Space}*';
  const parts = byLength.map(
    ({ content, lstrip, rstrip }) =>
      (lstrip ? blanks : '') + content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') + (rstrip ? blanks : ''),
  );
  return new RegExp(parts.join('|'), 'gu');
}
