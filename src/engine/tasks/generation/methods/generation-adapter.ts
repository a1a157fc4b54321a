/**
 * *Adapter* for written answers: LoRA matrices beside the frozen linear layers, trained by AdamW on the learned tokens of
 * the rows. Epochs, batches, validation and probes; the steps themselves are `fit/loop.ts`.
 */
import type { AnswerLoss } from '../../../../core/run/generation-outcome';
import type { GenerationData, TokenExample, TrainedAdapter } from '../../../../core/run/generation';
import { innerSplit } from '../../../../core/data/hold-out';
import type { LoraConfig } from '../../../../core/models/lora';
import { innerRowCount } from '../../../../core/settings/early-stopping';
import { createRandom, deriveSeed } from '../../../../core/random';
import type { Settings } from '../../../../core/settings/settings';
import { trainingBatches } from '../../../../core/text/batches';
import { eachEpoch } from '../../../fit/each-epoch';
import type { Fork } from '../../../fit/fork';
import { TrainingLoop, type StepBatch, type ValidationFigures } from '../../../fit/loop';
import type { FitTask } from '../../../fit/learner';
import { countsBefore, cutBatches } from '../../../fit/micro-batches';
import type { Decoder } from '../../../models/decoder';
import { type ForkedDecoder, forkForAdapter } from '../fork';
import { shareStep } from '../crew';
import { answerWorkLoss, type AnswerWork, learnedTokens } from '../loss';
import type { GenerationMethod, GenerationTaskContext, WriterFit } from '../method';
import { scoreExamples, scoreTokens } from '../scores';
import { sharesSteps, stepMemory } from '../step-memory';

/** Of more rows the curve would look the same, and every look takes time. */
const MOST_WATCHED = 64;
/** Longer passes are looked into four times. */
const LONG_EPOCH_STEPS = 60;
/** Of an answer to a probe: it shows how answers change, and is asked for after every pass. */
const PROBE_TOKENS = 48;

export const generationAdapter: GenerationMethod = {
  id: 'generation-adapter',
  learner: (context) => ({ fit: (task) => fitAdapter(context, task) }),
  steps: ({ settings }, { rows, epochs }) => lengthsOf(settings, rows.length, epochs).last,
};

async function fitAdapter(context: GenerationTaskContext, task: FitTask): Promise<WriterFit | null> {
  const { model, settings, pace, data } = context;
  const { recompute } = stepMemory(model, data, settings);
  const forked = forkForAdapter({ ...model, recompute }, settings, task.fold);
  let tuning: ReturnType<typeof tune> | null = null;
  try {
    tuning = tune(context, task, forked);
    // What is gone on with was asked when it began.
    if (task.state === null) await answerProbes(context, model, task.fold, 0);
    await tuning.loop.run();
    if (tuning.loop.steps > 0 && (!pace.stopped || task.keepWhenStopped)) return tuning.fit();
    tuning.dispose();
    return null;
  } catch (error) {
    (tuning ?? forked.fork).dispose();
    throw error;
  }
}

/** Numbers of a fit's steps, fixed before the first. */
function lengthsOf(
  {
    batchSize,
    gradientAccumulation,
    nEpochs,
    maxSteps,
  }: Pick<GenerationTaskContext['settings'], 'batchSize' | 'gradientAccumulation' | 'nEpochs' | 'maxSteps'>,
  rows: number,
  epochs: number | null,
) {
  const perEpoch = Math.ceil(Math.ceil(rows / batchSize) / gradientAccumulation);
  const planned = Math.min(maxSteps, nEpochs * perEpoch);
  return {
    perEpoch,
    planned,
    last: epochs === null ? planned : Math.max(1, Math.min(maxSteps, Math.round(epochs * perEpoch))),
    every: perEpoch > LONG_EPOCH_STEPS ? Math.ceil(perEpoch / 4) : perEpoch,
  };
}

/** One fit. `dispose` takes the fork with it. */
function tune(context: GenerationTaskContext, task: FitTask, { fork, decoder, lora, restart }: ForkedDecoder) {
  const { data, settings, pace, model, crew } = context;
  const inner = task.epochs === null ? innerPart(context, task) : { part: null, note: null };
  const rows = inner.part?.train ?? task.rows;
  const seen = inner.part?.held ?? (task.watch ?? new Int32Array()).subarray(0, MOST_WATCHED);
  const { perEpoch, planned, last, every } = lengthsOf(settings, rows.length, task.epochs);
  const lengths = rows.map((row) => data.examples[row]?.ids.length ?? 0);
  const batchesOf = eachEpoch((epoch) =>
    trainingBatches(lengths, settings.batchSize, createRandom(deriveSeed(settings.seed, 'order', task.fold, epoch))),
  );

  const batch = (step: number, tokens: number): StepBatch => {
    const start = ((step - 1) % perEpoch) * settings.gradientAccumulation;
    const batches = batchesOf(Math.floor((step - 1) / perEpoch)).slice(start, start + settings.gradientAccumulation);
    const { parts, cuttable } = cutBatches(batches, lengths, tokens, sharesSteps());
    const before = countsBefore(parts);
    const examplesOf = (part: readonly number[]) => part.flatMap((i) => data.examples[rows[i] ?? 0] ?? []);
    const normalizer = parts.flatMap(examplesOf).reduce((sum, example) => sum + learnedTokens(example), 0);
    const seed = deriveSeed(settings.seed, 'dropout', task.fold, step);
    const drops = settings.loraDropout > 0;
    const works = parts.map((part, i): AnswerWork => {
      // An adapter's rate is its own: this one is of the model, in which nothing drops.
      const dropout = drops ? { rate: 0, seed, firstText: before[i] ?? 0 } : undefined;
      return { examples: examplesOf(part), normalizer, dropout };
    });
    return {
      losses: works.map((work) => () => answerWorkLoss(decoder, work)),
      shared: crew ? shareStep(crew, { decoder, trainable: fork.trainable }, works) : undefined,
      rows: parts.reduce((sum, part) => sum + part.length, 0),
      tokens: parts.flat().reduce((sum, i) => sum + (lengths[i] ?? 0), 0),
      cuttable,
    };
  };

  const look = async (): Promise<ValidationFigures | null> => {
    const scored = await scoreExamples(decoder, examplesAt(context, seen), pace);
    if (!scored) return null;
    if (loop.steps % perEpoch === 0 && !(await answerProbes(context, decoder, task.fold, loop.epochs))) return null;
    return figuresOf(scored);
  };

  const loop: TrainingLoop = new TrainingLoop(context, {
    task,
    fork,
    restart,
    perEpoch,
    planned,
    last,
    batch,
    baseRate: () => settings.learningRate,
    chanceLoss: Math.log(model.config.vocabSize),
    validation: seen.length > 0 ? { every: inner.part ? every : perEpoch, chooses: inner.part !== null, look } : null,
    share: 1,
  });
  const dispose = (): void => {
    loop.dispose();
    fork.dispose();
  };
  const fit = (): WriterFit => ({
    decoder,
    steps: loop.steps,
    epochs: loop.epochs,
    bestEpoch: loop.bestEpoch,
    notes: [...(inner.note === null ? [] : [inner.note]), ...loop.notes],
    trainedParameters: fork.parameterCount,
    predict: (asked): Promise<AnswerLoss[] | null> => scoreExamples(decoder, examplesAt(context, asked), pace),
    keep: (): Promise<TrainedAdapter> => keepAdapter(context, fork, lora),
    dispose,
  });
  return { loop, fit, dispose };
}

/** What the rows that are looked at cost: mean loss a token, and the share of tokens that were the first choice. */
function figuresOf(scored: readonly AnswerLoss[]): ValidationFigures {
  const sum = (of: (loss: AnswerLoss) => number): number => scored.reduce((total, loss) => total + of(loss), 0);
  const tokens = Math.max(
    1,
    sum((loss) => loss.tokens),
  );
  return {
    validLoss: sum(({ nll }) => nll) / tokens,
    metrics: { token_accuracy: sum(({ right }) => right) / tokens },
  };
}

/** The fixed prompts answered as the adapter now is, and what each token of the shown answer costs. False when stopped. */
async function answerProbes(
  { probes, shown, writer, pace, observer, decoding }: GenerationTaskContext,
  decoder: Decoder,
  fold: number,
  epoch: number,
): Promise<boolean> {
  if (probes.length === 0 && shown === null) return true;
  const prompts = probes.map(({ prompt }) => prompt);
  const maxNewTokens = Math.min(decoding.maxNewTokens, PROBE_TOKENS);
  const answers = await writer.write(decoder, prompts, { ...decoding, maxNewTokens }, pace);
  if (!answers) return false;
  const scored = shown === null ? null : await scoreTokens(decoder, shown);
  const nll = scored && { nll: Array.from(scored.nll) };
  observer.onProbes?.({ fold, epoch, texts: answers.map(({ text }) => text), ...nll });
  return true;
}

/** The part of a fit's rows that a length is chosen by, with its share of short and long answers; none where they are too few. */
export function innerPart(
  { data, settings }: { data: Pick<GenerationData, 'strata' | 'groups'>; settings: Settings },
  { rows, fold }: Pick<FitTask, 'rows' | 'fold'>,
) {
  const { earlyStoppingPatience: patience, seed } = settings;
  if (patience === 0) return { part: null, note: null };
  const strata = rows.map((row) => data.strata[row] ?? 0);
  const wanted = innerRowCount(rows.length, new Set(strata).size, patience);
  if (wanted === 0) {
    return {
      part: null,
      note: 'Early stopping was off: too few rows to set some aside. Training had its full length.',
    };
  }
  const share = wanted / rows.length;
  return {
    part: innerSplit(rows, data.strata, data.groups, share, deriveSeed(seed, 'early-stopping', fold)),
    note: null,
  };
}

function examplesAt({ data }: Pick<GenerationTaskContext, 'data'>, rows: Int32Array): TokenExample[] {
  return Array.from(rows).flatMap((row) => data.examples[row] ?? []);
}

/** The adapter as it is now. */
async function keepAdapter(context: GenerationTaskContext, fork: Fork, lora: LoraConfig): Promise<TrainedAdapter> {
  const { modelId, modelSha256, settings, decoding } = context;
  const tensors = Array.from(await fork.read(), ([name, array]) => ({ name, ...array }));
  return { modelId, modelSha256, lora, maxLength: settings.maxLength, decoding, tensors };
}
