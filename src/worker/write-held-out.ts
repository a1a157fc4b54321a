/** How held-out rows are asked, in every way there is: the prompt, the examples before it, the answer of the nearest row. */
import type { Row } from '../core/data/dataset';
import { sampleRows } from '../core/data/sample';
import { createRandom, deriveSeed, permutation } from '../core/random';
import { fewShotConversation } from '../core/run/few-shot';
import type { AskedRow, HeldOutRow, TokenExample } from '../core/run/generation';
import type { Conversation } from '../core/text/conversation';
import { type ChatReader, encodeExample, encodePrompt, splitLastAnswer } from '../core/text/examples';
import type { ReadNeighbours } from './neighbours';
import { withoutTargets } from './write-rows';

/** Examples in a few-shot prompt, where they fit. */
export const FEW_SHOT_EXAMPLES = 3;
/** Tokens of the longest prompt: more would cost a slow device minutes a row. */
const MOST_PROMPT_TOKENS = 1024;
/** Held-out rows that are answered in words: each is answered in every way there is. */
const MOST_ANSWERED = 100;
/** Rows among which near ones are looked for. */
const MOST_COMPARED = 5000;

export interface HeldOutQuestion {
  folds: number;
  heldOutIn: Int32Array;
  reader: ChatReader;
  seed: number;
  /** Tokens that a prompt may have. */
  room: number;
  neighbours: ReadNeighbours;
}

/** By fold; `capped` where not all are answered, `tooLong` those that leave no room for an answer. */
export async function heldOutRows(
  rows: readonly Row[],
  conversations: readonly Conversation[],
  examples: readonly TokenExample[],
  { folds, heldOutIn, reader, seed, room, neighbours }: HeldOutQuestion,
) {
  let tooLong = 0;
  const byFold: HeldOutRow[][] = [];
  const capped: { answered: number; of: number }[] = [];
  const tokensOf = (text: string): number => reader.tokenizer.spans(text).ids.length;
  const all = Array.from(heldOutIn.keys());
  const questions = Array.from({ length: folds }, (_, fold) => {
    const held = all.filter((row) => heldOutIn[row] === fold);
    const drawn = sampleRows(
      withoutTargets(held.flatMap((row) => rows[row] ?? [])),
      MOST_ANSWERED,
      deriveSeed(seed, 'answered', fold),
    );
    if (drawn.length < held.length) capped.push({ answered: drawn.length, of: held.length });
    return Array.from(drawn, (place) => held[place] ?? 0).filter((row) => examples[row]?.trained.includes(1));
  });
  // Of very many rows a part: reading the others would take longer than the rest of the run.
  const compared = Int32Array.from(permutation(rows.length, createRandom(deriveSeed(seed, 'neighbours'))))
    .subarray(0, MOST_COMPARED)
    .sort();
  const read = [...new Set([...compared, ...questions.flat()])].sort((a, b) => a - b);
  const placeOf = new Map(read.map((row, place) => [row, place]));
  const findNearest = await neighbours(read.map((row) => rows[row]?.text ?? ''));
  for (const [fold, asked] of questions.entries()) {
    const training = compared.filter((row) => heldOutIn[row] !== fold).map((row) => placeOf.get(row) ?? 0);
    byFold.push(
      asked.flatMap((row): HeldOutRow[] => {
        const conversation = conversations[row];
        const example = examples[row];
        if (!conversation || !example) return [];
        const prompt = promptOf(reader, conversation);
        if (prompt.length > room) {
          tooLong++;
          return [];
        }
        const near = findNearest(placeOf.get(row) ?? 0, training, FEW_SHOT_EXAMPLES);
        const nearest = near.map((place) => read[place] ?? 0);
        const shown = nearest.flatMap((at) => conversations[at] ?? []);
        const few = fewShot(reader, conversation, shown, example, Math.min(MOST_PROMPT_TOKENS, room));
        const [first] = nearest;
        const copied = first === undefined ? undefined : rows[first];
        return [
          {
            row,
            base: { prompt, example },
            fewShot: few?.asked ?? null,
            examples: nearest.slice(0, few?.examples ?? 0),
            nearest:
              first === undefined || copied === undefined
                ? null
                : { row: first, text: copied.target, tokens: tokensOf(copied.target) },
          },
        ];
      }),
    );
  }
  return { byFold, capped, tooLong };
}

function promptOf(reader: ChatReader, conversation: Conversation): Int32Array {
  return encodePrompt(reader, splitLastAnswer(conversation).asked);
}

/** The same question behind as many examples as fit, the nearest one last; null where none does. */
function fewShot(
  reader: ChatReader,
  conversation: Conversation,
  shown: readonly Conversation[],
  own: TokenExample,
  most: number,
): { asked: AskedRow; examples: number } | null {
  const learned = own.trained.reduce((sum, one) => sum + one, 0);
  for (let count = shown.length; count > 0; count--) {
    const long = fewShotConversation(conversation, shown.slice(0, count));
    const prompt = promptOf(reader, long);
    const example = encodeExample(reader, long);
    if (example.ids.length > most) continue;
    // What is scored are the same tokens as without examples: where the row was cut, its end is not.
    return {
      asked: { prompt, example: { ids: example.ids, trained: firstOnly(example.trained, learned) } },
      examples: count,
    };
  }
  return null;
}

/** The first so many learned tokens. */
function firstOnly(trained: Uint8Array, count: number): Uint8Array {
  let left = count;
  return trained.map((one) => (one === 1 && left-- > 0 ? 1 : 0));
}
