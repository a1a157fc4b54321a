/** The threads that share in a run of written answers, its steps and its answers: as many as the device has room for. */
import type { GenerationData, TokenExample } from '../../../core/run/generation';
import type { Settings } from '../../../core/settings/settings';
import { bucketLength } from '../../../core/text/batches';
import { isAdapterName } from '../../adapters/adapter';
import type { Pace } from '../../fit/pace';
import type { SharedStep } from '../../fit/shared-step';
import type { Decoder } from '../../models/decoder';
import { type CrewThreads, DecoderCrew, type TunedDecoder } from '../../threads/decoder-crew';
import { type AnswerJob, type AnswerResult, type AnswerTask, doJob } from './jobs';
import type { AnswerWork } from './loss';
import { stepMemory, stepThreads } from './step-memory';

export type AnswerCrew = DecoderCrew<AnswerTask>;
/** Where such threads come from. */
export type AnswerThreads = CrewThreads<AnswerTask>;

export interface CrewPlan {
  model: Decoder;
  data: Pick<GenerationData, 'examples'>;
  settings: Settings;
  /** Without any, this thread does it all. */
  threads?: AnswerThreads | undefined;
  onLog: (message: string) => void;
}

/** Null where this thread does all alone. Ended by the caller. Throws `plan-too-large` as `stepMemory` does. */
export async function startAnswerCrew({ model, data, settings, threads, onLog }: CrewPlan): Promise<AnswerCrew | null> {
  if (threads === undefined) return null;
  const helpers = stepThreads(stepMemory(model, data, settings), threads.lanes) - 1;
  return helpers > 0 ? DecoderCrew.start<AnswerTask>(threads, helpers, model, onLog) : null;
}

/** A step's micro-batches dealt among this thread and the crew. */
export function shareStep(crew: AnswerCrew, tuned: TunedDecoder, works: readonly AnswerWork[]): SharedStep {
  const parts = works.map((work) => ({
    work: { ...work, examples: work.examples.map(ownExample) },
    tokens: tokensOf(work),
  }));
  return crew.step(tuned, parts);
}

export interface JobsPlan {
  crew: AnswerCrew | null;
  /** As it came. */
  model: Decoder;
  /** With an adapter; null where no job asks for it. */
  tuned: Decoder | null;
  jobs: readonly { job: AnswerJob; tuned: boolean }[];
  pace: Pace;
  /** Hears of a job that this thread does, which share of it is done. */
  told?: (index: number, share: number) => void;
  /** Told of each once, in any order. */
  done(index: number, result: AnswerResult): void;
}

/** Does jobs, those of a crew beside this thread's. False when stopped. */
export async function doJobs({ crew, model, tuned, jobs, pace, told, done }: JobsPlan): Promise<boolean> {
  const here = async (index: number, look?: () => void): Promise<AnswerResult | null> => {
    const asked = jobs[index];
    if (asked === undefined) return null;
    told?.(index, 0);
    const decoder = asked.tuned && tuned !== null ? tuned : model;
    return doJob(decoder, asked.job, pace, (share) => {
      told?.(index, share);
      look?.();
    });
  };
  if (crew !== null) {
    const own = jobs.map((asked) => ({ ...asked, job: ownJob(asked.job) }));
    return crew.share({ jobs: own, tuned: tuned && tunedOf(tuned), pace, here, done });
  }
  for (const index of jobs.keys()) {
    const result = await here(index);
    if (result === null) return false;
    done(index, result);
  }
  return true;
}

/** A decoder with the names of its adapter. */
function tunedOf(decoder: Decoder): TunedDecoder {
  return { decoder, trainable: [...decoder.weights.keys()].filter(isAdapterName) };
}

/** Arrays of their own: one that lies in a larger one would be sent with all of it. */
function ownJob(job: AnswerJob): AnswerJob {
  if (job.kind === 'score') return { ...job, examples: job.examples.map(ownExample) };
  return { ...job, prompts: job.prompts.map((prompt) => prompt.slice()) };
}

function ownExample({ ids, trained }: TokenExample): TokenExample {
  return { ids: ids.slice(), trained: trained.slice() };
}

function tokensOf({ examples }: AnswerWork): number {
  return examples.length * bucketLength(examples.reduce((most, { ids }) => Math.max(most, ids.length), 0));
}
