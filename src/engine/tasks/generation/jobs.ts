/** What is asked of a decoder's answers, as jobs that one thread does alone and that come to the same on each. */
import type { TokenExample } from '../../../core/run/generation';
import type { AnswerLoss, Decoding } from '../../../core/run/generation-outcome';
import type { Pace } from '../../fit/pace';
import type { Decoder } from '../../models/decoder';
import type { CrewWork } from '../../threads/decoder-server';
import { answerWorkLoss, type AnswerWork } from './loss';
import { scoreExamples } from './scores';
import { writeTokens, type WrittenTokens } from './writer';

/** Wanted answers to be scored, or prompts to be answered side by side. */
export type AnswerJob =
  | { kind: 'score'; examples: TokenExample[] }
  | { kind: 'write'; prompts: Int32Array[]; decoding: Decoding; endIds: readonly number[] };

/** In the order of the examples or prompts. */
export type AnswerResult = { kind: 'score'; losses: AnswerLoss[] } | { kind: 'write'; written: WrittenTokens[] };

/** What a crew of this task is given. */
export interface AnswerTask {
  work: AnswerWork;
  job: AnswerJob;
  result: AnswerResult;
}

/** Does a job; null when stopped. `told` hears at its turns which share of it is done, as far as that is known. */
export async function doJob(
  decoder: Decoder,
  job: AnswerJob,
  pace: Pace,
  told: (share: number) => void = () => undefined,
): Promise<AnswerResult | null> {
  switch (job.kind) {
    case 'score': {
      const losses = await scoreExamples(decoder, job.examples, pace, () => told(0));
      return losses && { kind: 'score', losses };
    }
    case 'write': {
      const written = await writeTokens(decoder, job.prompts, job, pace, told);
      return written && { kind: 'write', written };
    }
    default:
      return job satisfies never;
  }
}

/** What a thread of a crew computes. */
export const answerCrewWork: CrewWork<AnswerTask> = { lossOf: answerWorkLoss, answer: doJob };
