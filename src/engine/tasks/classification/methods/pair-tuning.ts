/**
 * Contrastive tuning (Tunstall et al. 2022, «Efficient Few-Shot Learning Without Prompts», SetFit): pairs of rows are
 * pulled to a cosine similarity of 1 (same label) or 0 (another), then the features-only head learns on the vectors
 * of the tuned encoder. Other than there a step compares all pairs of its rows, not pairs that were drawn. All layers are
 * trained, embeddings stay.
 */
import { sampleBatches, unitsOf } from '../pairs';
import type { Trained } from '../../../../core/settings/method';
import { createRandom, deriveSeed } from '../../../../core/random';
import { trainableNames, withWeights } from '../../../models/encoder';
import { labelsOf, trainingIds } from '../corpus';
import { encodeTexts } from '../../../frozen/encode-texts';
import { Fork } from '../../../fit/fork';
import { answer, fitHead } from '../heads';
import { TrainingLoop, type StepBatch } from '../../../fit/loop';
import type { FitTask } from '../../../fit/learner';
import type { ClassifierFit, ClassifierLearner, TaskContext } from '../method';
import { cutBatches } from '../../../fit/micro-batches';
import { pairLosses, unitTokens } from '../pair-loss';

/** Trains what a method opens of the encoder. */
export function pairTuningLearner(context: TaskContext, trained: Trained): ClassifierLearner {
  const { model, pace } = context;
  const names = trainableNames(model, trained);
  return {
    prepare: () => Promise.resolve(true),
    lend: () => ({ names: null, states: null }),
    async fit(task) {
      const fork = new Fork(model.weights, names);
      let loop: TrainingLoop | null = null;
      const dispose = (): void => {
        loop?.dispose();
        fork.dispose();
      };
      try {
        loop = pairTuning(context, fork, task);
        await loop.run();
        const givenUp = pace.stopped && (loop.steps === 0 || !task.keepWhenStopped);
        const fit = givenUp ? null : await learnHead(context, fork, task);
        if (fit) return { ...fit, steps: loop.steps, notes: loop.notes, dispose };
        dispose();
        return null;
      } catch (error) {
        dispose();
        throw error;
      }
    },
  };
}

/** The loss of pairs whose similarity is always guessed in the middle: (1/2)². */
const CHANCE_LOSS = 0.25;

/** Trains the fork's encoder on pairs. */
function pairTuning(context: TaskContext, fork: Fork, task: FitTask): TrainingLoop {
  const { model, corpus, settings } = context;
  const batches = rowBatches(context, task.rows, task.fold);
  const labelOf = (row: number): number => corpus.labelIndices[row] ?? 0;
  const batch = (step: number, tokens: number): StepBatch => {
    const rows = batches[step - 1] ?? [];
    // Rows come again and again, in no passes: every step reads other copies.
    const idsOf = trainingIds(corpus, settings.augmentation, step - 1);
    const units = unitsOf(rows);
    const lengths = units.map((unit) => unitTokens(unit.map((row) => idsOf(row).length)));
    const { parts, cuttable } = cutBatches([[...units.keys()]], lengths, tokens);
    const microBatches = parts.map((part) => part.flatMap((unit) => units[unit] ?? []));
    const dropout = { dropout: settings.dropout, seed: deriveSeed(settings.seed, 'dropout', task.fold, step) };
    const losses = pairLosses(withWeights(model, fork.weights), { idsOf, labelOf }, microBatches, dropout);
    return { losses, rows: rows.length, cuttable };
  };
  return new TrainingLoop(context, {
    task,
    fork,
    restart: () => fork.reset(),
    perEpoch: batches.length,
    planned: batches.length,
    last: batches.length,
    batch,
    baseRate: () => settings.learningRate,
    chanceLoss: CHANCE_LOSS,
    validation: null,
    share: 0.9,
  });
}

/** Corpus rows of each step. */
function rowBatches({ corpus, settings }: TaskContext, rows: Int32Array, fold: number): number[][] {
  const { maxSteps, batchSize, seed } = settings;
  const random = createRandom(deriveSeed(seed, 'pairs', fold));
  const batches = sampleBatches(labelsOf(corpus, rows), batchSize, maxSteps, random);
  return batches.map((batch) => batch.map((i) => rows[i] ?? 0));
}

/** The head over the tuned encoder; without one there is no model, so that a task to be finished gets it after a stop too. */
async function learnHead(
  context: TaskContext,
  fork: Fork,
  task: FitTask,
): Promise<Omit<ClassifierFit, 'steps' | 'notes' | 'dispose'> | null> {
  const { model, corpus, settings, pace, observer } = context;
  const threads = task.beside === true ? undefined : context.threads;
  const onLog = (message: string): void => observer.onLog(message);
  const encodeRows = (rows: Int32Array, finishing: boolean): Promise<Float32Array | null> => {
    const tokenIds = Array.from(rows, (row) => corpus.tokenIds[row] ?? new Int32Array());
    return encodeTexts(withWeights(model, fork.weights), tokenIds, { pace, finishing, threads, onLog });
  };
  const vectors = await encodeRows(task.rows, task.keepWhenStopped);
  const fitted = vectors && (await fitHead(context, vectors, task, { c: settings.headC, l1: settings.l1 }));
  if (!fitted) return null;
  const { head, chosenC } = fitted;
  return {
    chosenC,
    epochs: 1,
    bestEpoch: null,
    trainedParameters: fork.parameterCount + head.weight.length + head.bias.length,
    async predict(rows) {
      const asked = await encodeRows(rows, false);
      return asked && answer(head, asked);
    },
    keep: async () => ({
      labels: corpus.labels,
      maxLength: settings.maxLength,
      head,
      encoder: await fork.encoder(model.family),
    }),
  };
}
