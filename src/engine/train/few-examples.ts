/**
 * Contrastive tuning (Tunstall et al. 2022, «Efficient Few-Shot Learning Without Prompts», SetFit): pairs of rows are
 * pulled to a cosine similarity of 1 (same label) or 0 (another), then the features-only head learns on the vectors
 * of the tuned encoder. All layers are trained, embeddings stay.
 */
import { samplePairs, type Pair } from '../../core/plan/pairs';
import { learningRateAt } from '../../core/plan/schedule';
import { createRandom, deriveSeed } from '../../core/random';
import { splitMicroBatches, trainingBatches } from '../../core/text/batches';
import { trainableNames } from '../models/bert/config';
import { AdamW } from '../optim/adamw';
import { STEP_TOKENS } from './budget';
import { labelsOf, type Corpus } from './corpus';
import { encodeTexts } from './encode-texts';
import { Fork } from './fork';
import { answer, fitHead } from './heads';
import type { Fit, FitTask, Learner, Workshop } from './method';
import { pairLosses } from './pair-loss';
import { optimizerStep } from './step';

export function fewExamplesLearner(shop: Workshop): Learner {
  const { model } = shop;
  const names = trainableNames(model.config, { layers: model.config.layers, embeddings: false });
  return {
    prepare: () => Promise.resolve(true),
    async fit(task) {
      const fork = new Fork(model.weights, names);
      try {
        const steps = await tune(shop, fork, task);
        const givenUp = shop.pace.stopped && (steps === 0 || !task.keepWhenStopped);
        const fit = givenUp ? null : await learnHead(shop, fork, task, steps);
        if (!fit) fork.dispose();
        return fit;
      } catch (error) {
        fork.dispose();
        throw error;
      }
    },
  };
}

/** Trains the fork's encoder on pairs; returns the steps done, fewer when stopped. */
async function tune(shop: Workshop, fork: Fork, { rows, fold, part }: FitTask): Promise<number> {
  const { model, corpus, settings, pace, progress, observer, guard } = shop;
  const batches = pairBatches(shop, rows, fold);
  const optimizer = new AdamW({ weightDecay: settings.weightDecay });
  let step = 0;
  try {
    for (const pairs of batches) {
      if (!(await pace.goOn())) break;
      step++;
      const learningRate = learningRateAt(step, {
        base: settings.learningRate,
        warmupSteps: Math.round(settings.warmupRatio * batches.length),
        totalSteps: batches.length,
        schedule: settings.schedule,
      });
      // A pair is two rows of the longer one's length.
      const lengths = pairs.map((pair) => 2 * longest(corpus, pair));
      const microBatches = splitMicroBatches([...pairs.keys()], lengths, STEP_TOKENS);
      const { loss, gradNorm } = await optimizerStep({
        weights: fork.weights,
        trainable: fork.trainable,
        losses: pairLosses(
          model.config,
          fork.weights,
          corpus,
          microBatches.map((indices) => indices.flatMap((i) => pairs[i] ?? [])),
          { dropout: settings.dropout, seed: deriveSeed(settings.seed, 'dropout', fold, step) },
        ),
        optimizer,
        learningRate: () => learningRate,
        maxGradNorm: settings.maxGradNorm,
        guard,
      });
      const epoch = step / batches.length;
      const unseen = { validLoss: null, validAccuracy: null, validMacroF1: null };
      observer.onPoint({ fold, epoch, step, trainLoss: loss, learningRate, gradNorm, ...unseen });
      const message = `Step ${step} of ${batches.length}`;
      const steps = { step, steps: batches.length, epoch: 0, epochs: 1 };
      progress.report(part, (0.9 * step) / batches.length, { message, fold, ...steps, rows: 2 * pairs.length });
    }
  } finally {
    optimizer.dispose();
  }
  return step;
}

/** Pairs of corpus rows, in steps of pairs of like length. */
function pairBatches({ corpus, settings }: Workshop, rows: Int32Array, fold: number): Pair[][] {
  const { pairsPerRow, maxSteps, batchSize, seed } = settings;
  const random = createRandom(deriveSeed(seed, 'pairs', fold));
  const pairs = samplePairs(labelsOf(corpus, rows), pairsPerRow, maxSteps * batchSize, random).map(
    ({ a, b, target }) => ({
      a: rows[a] ?? 0,
      b: rows[b] ?? 0,
      target,
    }),
  );
  const lengths = pairs.map((pair) => longest(corpus, pair));
  return trainingBatches(lengths, batchSize, random).map((batch) => batch.flatMap((i) => pairs[i] ?? []));
}

function longest({ lengths }: Corpus, { a, b }: Pair): number {
  return Math.max(lengths[a] ?? 0, lengths[b] ?? 0);
}

/** The head over the tuned encoder; without one there is no model, so that a task to be finished gets it after a stop too. */
async function learnHead(shop: Workshop, fork: Fork, task: FitTask, steps: number): Promise<Fit | null> {
  const { model, corpus, settings, pace } = shop;
  const encodeRows = (rows: Int32Array, finishing: boolean): Promise<Float32Array | null> => {
    const tokenIds = Array.from(rows, (row) => corpus.tokenIds[row] ?? new Int32Array());
    return encodeTexts(model.config, fork.weights, tokenIds, { pace, finishing });
  };
  const vectors = await encodeRows(task.rows, task.keepWhenStopped);
  const fitted = vectors && (await fitHead(shop, vectors, task, { c: settings.headC, l1: settings.l1 }));
  if (!fitted) return null;
  const { head, chosenC } = fitted;
  return {
    chosenC,
    steps,
    epochs: 1,
    bestEpoch: null,
    notes: [],
    trainedParameters: fork.parameterCount + head.weight.length + head.bias.length,
    async predict(rows) {
      const asked = await encodeRows(rows, false);
      return asked && answer(head, asked);
    },
    keep: async () => ({
      labels: corpus.labels,
      maxLength: settings.maxLength,
      head,
      encoder: await fork.encoder(),
    }),
    dispose: () => fork.dispose(),
  };
}
