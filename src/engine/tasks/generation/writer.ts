/** Writes answers to prompts between the turns of a run: what decodes stands in engine/generate. */
import type { Decoding, WrittenAnswer } from '../../../core/run/generation-outcome';
import type { Pace } from '../../fit/pace';
import { type AnswerTokenizer, generate } from '../../generate/generate';
import type { Decoder } from '../../models/decoder';

export interface Writer {
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
  return {
    async write(decoder, prompts, decoding, pace, told) {
      let longest = 0;
      const turn = async (): Promise<boolean> => {
        pace.checkDevice();
        told?.(++longest / decoding.maxNewTokens);
        return pace.goOn();
      };
      const settings = { ...decoding, stop: [] };
      const answers = await generate(decoder, tokenizer, prompts, settings, { turn });
      if (pace.stopped) return null;
      return answers.map(({ ids, text, end }) => ({ text, tokens: ids.length, cut: end === 'length' }));
    },
  };
}
