/**
 * What a model that a person brought along is asked once before it is offered: the numbers of its own file cannot be
 * compared with anything, so that an easy question has to do.
 */
import * as v from 'valibot';

/** An answer that any language model finds easy, with what is asked before it. */
export const EASY_ANSWER = 'The capital of France is Paris.';
export const EASY_TALK = {
  messages: [
    { role: 'user', content: 'What is the capital of France?' },
    { role: 'assistant', content: EASY_ANSWER },
  ],
} as const;
/** Two texts that no encoder may take for the same. */
export const UNLIKE_TEXTS = ['How do I reset my password?', 'The train to Vienna leaves at nine.'] as const;

/** A model that has learned nothing has a perplexity of about as many tokens as it has; one that writes any language far less. */
const MOST_PERPLEXITY = 1000;
const SHARE_OF_TOKENS = 0.1;
/** Of two texts that have nothing in common. */
const MOST_ALIKE = 0.9999;

const checkSchema = v.variant('task', [
  v.object({ task: v.literal('decoder'), perplexity: v.number(), plausible: v.boolean() }),
  v.object({ task: v.literal('encoder'), similarity: v.number(), plausible: v.boolean() }),
]);

/** What came of it. Not plausible: the person decides, since it is theirs. */
export type ModelCheck = v.InferOutput<typeof checkSchema>;

/** Of a decoder with a table of so many tokens, by the perplexity of the easy answer. */
export function checkOfDecoder(perplexity: number, vocabSize: number): ModelCheck {
  const most = Math.min(MOST_PERPLEXITY, SHARE_OF_TOKENS * vocabSize);
  return { task: 'decoder', perplexity, plausible: perplexity < most };
}

/** Of an encoder, by the cosine of the unlike texts. */
export function checkOfEncoder(similarity: number): ModelCheck {
  return { task: 'encoder', similarity, plausible: similarity < MOST_ALIKE };
}

/** A check as it was kept; null for what is none. */
export function parseCheck(text: string): ModelCheck | null {
  try {
    const parsed = v.safeParse(checkSchema, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
