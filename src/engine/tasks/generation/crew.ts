/** The threads that share in the steps of a run of written answers: as many as the device has room for. */
import type { GenerationData } from '../../../core/run/generation';
import type { Settings } from '../../../core/settings/settings';
import { bucketLength } from '../../../core/text/batches';
import type { SharedStep } from '../../fit/shared-step';
import type { Decoder } from '../../models/decoder';
import { StepCrew } from '../../threads/step-crew';
import type { FromStepThread, ToStepThread } from '../../threads/step-messages';
import type { Threads } from '../../threads/threads';
import type { AnswerWork } from './loss';
import { stepMemory, stepThreads } from './step-memory';

export type AnswerCrew = StepCrew<AnswerWork>;
/** Where such threads come from. */
export type AnswerThreads = Threads<ToStepThread<AnswerWork>, FromStepThread>;

export interface CrewPlan {
  model: Decoder;
  data: Pick<GenerationData, 'examples'>;
  settings: Settings;
  /** Without any, this thread does it all. */
  threads?: AnswerThreads | undefined;
  onLog: (message: string) => void;
}

/** Null where this thread does the steps alone. Ended by the caller. Throws `plan-too-large` as `stepMemory` does. */
export async function startAnswerCrew({ model, data, settings, threads, onLog }: CrewPlan): Promise<AnswerCrew | null> {
  if (threads === undefined) return null;
  const helpers = stepThreads(stepMemory(model, data, settings), threads.lanes) - 1;
  return helpers > 0 ? StepCrew.start<AnswerWork>(threads, helpers, model, onLog) : null;
}

/** A step's micro-batches dealt among this thread and the crew. */
export function shareStep(
  crew: AnswerCrew,
  { decoder, trainable, works }: { decoder: Decoder; trainable: readonly string[]; works: readonly AnswerWork[] },
): SharedStep {
  const parts = works.map((work) => ({ work: ownWork(work), tokens: tokensOf(work) }));
  return crew.step(decoder, trainable, parts);
}

/** Arrays of their own: one that lies in a larger one would be sent with all of it. */
function ownWork(work: AnswerWork): AnswerWork {
  return {
    ...work,
    examples: work.examples.map(({ ids, trained }) => ({ ids: ids.slice(), trained: trained.slice() })),
  };
}

function tokensOf({ examples }: AnswerWork): number {
  return examples.length * bucketLength(examples.reduce((most, { ids }) => Math.max(most, ids.length), 0));
}
