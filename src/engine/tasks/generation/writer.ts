/** Writes answers to prompts between the turns of a run: what decodes stands in engine/generate. */
import type { Decoding, WrittenAnswer } from '../../../core/run/generation-outcome';
import type { Pace } from '../../fit/pace';
import { type AnswerTokenizer, generate } from '../../generate/generate';
import type { Decoder } from '../../models/decoder';

/** An answer in tokens, its end token with them. */
export interface WrittenTokens {
  ids: number[];
  /** The limit ended it. */
  cut: boolean;
}

export interface Writer {
  /** Tokens that end an answer. */
  readonly endIds: readonly number[];
  /** An answer in words. */
  answerOf(written: WrittenTokens): WrittenAnswer;
  /** Answers in the order of the prompts; null when stopped. `told` hears which share of the longest is written. */
  write(
    decoder: Decoder,
    prompts: readonly Int32Array[],
    decoding: Decoding,
    pace: Pace,
    told?: (share: number) => void,
  ): Promise<WrittenAnswer[] | null>;
}

/** A writer with a model's tokenizer. */
export function createWriter(tokenizer: AnswerTokenizer): Writer {
  const { endIds } = tokenizer;
  const answerOf = ({ ids, cut }: WrittenTokens): WrittenAnswer => {
    const stream = tokenizer.stream();
    const pieces = ids.map((id) => stream.push(id));
    return { text: pieces.join('') + stream.end(), tokens: ids.length, cut };
  };
  return {
    endIds,
    answerOf,
    async write(decoder, prompts, decoding, pace, told) {
      const written = await writeTokens(decoder, prompts, { decoding, endIds }, pace, told);
      return written && written.map(answerOf);
    },
  };
}

/** The same in tokens: no tokenizer is needed for it. */
export async function writeTokens(
  decoder: Decoder,
  prompts: readonly Int32Array[],
  { decoding, endIds }: { decoding: Decoding; endIds: readonly number[] },
  pace: Pace,
  told?: (share: number) => void,
): Promise<WrittenTokens[] | null> {
  let longest = 0;
  const turn = async (): Promise<boolean> => {
    pace.checkDevice();
    told?.(++longest / decoding.maxNewTokens);
    return pace.goOn();
  };
  const wordless: AnswerTokenizer = { endIds, stream: () => ({ push: () => '', end: () => '' }) };
  const answers = await generate(decoder, wordless, prompts, { ...decoding, stop: [] }, { turn });
  if (pace.stopped) return null;
  return answers.map(({ ids, end }) => ({ ids, cut: end === 'length' }));
}
