/**
 * How long the parts of a run of written answers take: what they compute, counted from the lengths of its rows, by the
 * speed of the device. A plain processor core stands in until that is measured.
 */
import type { PlanEstimate } from '../../core/run/estimate';
import { answersPart, FINAL_PART, foldPart } from '../../core/run/parts';
import { bucketLength } from '../../core/text/batches';
import { STEP_TOKENS } from '../fit/budget';
import { cutBatches } from '../fit/micro-batches';
import { optimizerStep } from '../fit/step';
import { currentPath } from '../ops/path';
import { AdamW } from '../optim/adamw';
import type { GenerationData, GenerationPlan, TokenExample } from '../../core/run/generation';
import type { Part } from '../fit/progress';
import type { Decoder } from '../models/decoder';
import type { GenerationMethod, GenerationTaskContext } from '../tasks/generation/method';
import { doJobs, shareStep } from '../tasks/generation/crew';
import type { AnswerJob } from '../tasks/generation/jobs';
import { answerWorkLoss, type AnswerWork, learnedTokens } from '../tasks/generation/loss';
import { forkForAdapter } from '../tasks/generation/fork';
import { sharesSteps, stepMemory } from '../tasks/generation/step-memory';

/** Milliseconds for a token, each way of handling it. */
export interface TokenSpeeds {
  /** Read without a gradient. */
  reading: number;
  /** Forward, and backward to the adapters: a frozen matrix has no gradient of its own. */
  training: number;
  /** Written, one after the other. */
  writing: number;
}

/** One processor core with WebAssembly, by operations: about 20 GFLOP/s in products of many rows, half of it in those of one. */
export function plainSpeeds({ family, config }: Pick<Decoder, 'family' | 'config'>): TokenSpeeds {
  const counts = family.counts(config);
  const flops = counts.layers * counts.layerFlops({ batch: 1, tokens: 1 });
  const reading = flops * 5e-8;
  return { reading, training: 2.2 * reading, writing: 2 * reading };
}

/** The parts of a plan with their times. */
export function writePlanParts(
  data: GenerationData,
  plan: GenerationPlan,
  model: Pick<Decoder, 'family' | 'config'>,
  method: GenerationMethod,
  speeds: TokenSpeeds = plainSpeeds(model),
): Part[] {
  const { settings, folds, heldOutIn } = plan;
  const tokens = data.examples.map(({ ids }) => ids.length);
  const meanTokens = tokens.reduce((a, b) => a + b, 0) / Math.max(1, tokens.length);
  const trainingMs = (rows: Int32Array): number => {
    const steps = method.steps({ settings }, { rows, epochs: null });
    return steps * settings.batchSize * settings.gradientAccumulation * meanTokens * speeds.training;
  };
  const all = Int32Array.from(tokens.keys());
  const parts: Part[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const rows = all.filter((row) => heldOutIn[row] !== fold);
    parts.push({ key: foldPart(fold), phase: 'fold', kind: 'train', estimateMs: trainingMs(rows) });
    parts.push({ key: answersPart(fold), phase: 'test', kind: 'encode', estimateMs: answeringMs(plan, fold, speeds) });
  }
  if (folds !== 1) parts.push({ key: FINAL_PART, phase: 'final-fit', kind: 'train', estimateMs: trainingMs(all) });
  return parts;
}

/** Every held-out row scored and answered in each way that a model writes. */
function answeringMs({ heldOut, decoding }: GenerationPlan, fold: number, { reading, writing }: TokenSpeeds): number {
  return heldOut(fold)
    .flatMap(({ base, fewShot }) => [base, base, ...(fewShot ? [fewShot] : [])])
    .reduce((sum, { prompt, example }) => {
      const written = Math.min(decoding.maxNewTokens, learnedTokens(example));
      return sum + (prompt.length + example.ids.length) * reading + written * writing;
    }, 0);
}

/** What measuring needs of a run. */
export type MeasuredWriting = Pick<
  GenerationTaskContext,
  'data' | 'model' | 'settings' | 'pace' | 'guard' | 'writer' | 'decoding' | 'crew'
>;

/** What a plan takes, timed on this device; null when stopped. Throws `plan-too-large` where it does not fit. */
export async function estimateWriting(
  context: MeasuredWriting,
  plan: GenerationPlan,
  method: GenerationMethod,
  device: Pick<PlanEstimate, 'backend'>,
): Promise<{ estimate: PlanEstimate; parts: Part[] } | null> {
  const { data, model } = context;
  const speeds = await measureWriting(context, plan);
  if (speeds === null) return null;
  const parts = writePlanParts(data, plan, model, method, speeds);
  return { estimate: writeEstimate(context, plan, parts, device), parts };
}

/** Tokens that are written to be timed. */
const TIMED_TOKENS = 8;
/** Rows that are timed where nobody helps: more of them take as long a token. */
const TIMED_ROWS = 2;

/**
 * Times a step, a reading and a few written tokens of the plan's own rows on this device, of which nothing is kept. Null
 * when stopped.
 */
export async function measureWriting(context: MeasuredWriting, plan: GenerationPlan): Promise<TokenSpeeds | null> {
  const { data, model, settings, pace, guard, writer, decoding, crew } = context;
  const byLength = [...data.examples]
    .filter((row) => learnedTokens(row) > 0)
    .sort((a, b) => a.ids.length - b.ids.length);
  const typical = byLength[Math.floor(byLength.length / 2)];
  if (typical === undefined) return plainSpeeds(model);
  const parts = timedParts(typical, settings.batchSize, crew !== null);
  const batch = parts.flat();
  const tokens = batch.length * bucketLength(typical.ids.length);
  const { recompute } = stepMemory(model, data, settings);
  const { fork, decoder } = forkForAdapter({ ...model, recompute }, settings, 0);
  const optimizer = new AdamW({ weightDecay: 0 });
  // On a GPU the first of each kind compiles programs and makes buffers: the second is what counts.
  const tries = currentPath().kind === 'webgpu' ? 2 : 1;
  const time = async (work: () => Promise<unknown>): Promise<number> => {
    let ms = 0;
    for (let i = 0; i < tries; i++) {
      const startedMs = performance.now();
      await work();
      ms = performance.now() - startedMs;
    }
    return ms;
  };
  try {
    const normalizer = batch.length * learnedTokens(typical);
    const works = parts.map((examples): AnswerWork => ({ examples, normalizer, dropout: undefined }));
    const { trainable } = fork;
    const step = {
      ...{ weights: fork.weights, trainable, optimizer, guard },
      ...{ learningRate: () => 0, maxGradNorm: settings.maxGradNorm },
      losses: works.map((work) => () => answerWorkLoss(decoder, work)),
    };
    const shared = () => (crew ? shareStep(crew, { decoder, trainable }, works) : undefined);
    const training = (await time(() => optimizerStep({ ...step, shared: shared() }))) / tokens;
    if (!(await pace.goOn())) return null;
    // The same job on every thread, as in a run.
    const threads = 1 + (crew?.size ?? 0);
    const timeJob = (job: AnswerJob): Promise<number> => {
      const jobs = Array.from({ length: threads }, () => ({ job, tuned: false }));
      return time(() => doJobs({ crew, model, tuned: null, jobs, pace, done: () => undefined }));
    };
    const read = batch.slice(0, TIMED_ROWS);
    const readTokens = threads * read.length * bucketLength(typical.ids.length);
    const reading = (await timeJob({ kind: 'score', examples: read })) / readTokens;
    const [asked] = plan.heldOut(0);
    if (!asked || !(await pace.goOn())) return asked ? null : { reading, training, writing: 2 * reading };
    const { prompt } = asked.base;
    const few = { ...decoding, maxNewTokens: Math.min(TIMED_TOKENS, decoding.maxNewTokens) };
    const { endIds } = writer;
    const writingMs = await timeJob({ kind: 'write', prompts: [prompt], decoding: few, endIds });
    const writing = Math.max(0, writingMs / threads - prompt.length * reading) / few.maxNewTokens;
    return pace.stopped ? null : { reading, training, writing };
  } finally {
    optimizer.dispose();
    fork.dispose();
  }
}

/** A batch of that row, cut as a step's is; where nobody helps, only as many of its parts as have enough rows. */
function timedParts(row: TokenExample, batchSize: number, shared: boolean): TokenExample[][] {
  const rows = sharesSteps() ? batchSize : Math.min(TIMED_ROWS, batchSize);
  const lengths = Array.from({ length: rows }, () => row.ids.length);
  const { parts } = cutBatches([[...lengths.keys()]], lengths, STEP_TOKENS, sharesSteps());
  const perPart = Math.max(1, parts[0]?.length ?? 1);
  const timed = shared ? parts : parts.slice(0, Math.ceil(TIMED_ROWS / perPart));
  return timed.map((part) => part.map(() => row));
}

/** What the plan takes by these parts: time, and the memory of its largest step. */
export function writeEstimate(
  { data, model, settings, crew }: Pick<GenerationTaskContext, 'data' | 'model' | 'settings' | 'crew'>,
  plan: GenerationPlan,
  parts: readonly Part[],
  device: Pick<PlanEstimate, 'backend'>,
): PlanEstimate {
  const answers = Array.from({ length: plan.folds }, (_, fold) => plan.heldOut(fold).length).reduce((a, b) => a + b, 0);
  return {
    ...device,
    totalMs: parts.reduce((sum, { estimateMs }) => sum + estimateMs, 0),
    bytes: stepMemory(model, data, settings).bytes * (1 + (crew?.size ?? 0)),
    folds: plan.folds,
    epochs: settings.nEpochs,
    answers,
  };
}
