/** What *Few examples* computes: steps on pairs through all layers, then heads on the vectors of the tuned encoder. */
import { type ModelCounts, STEP_FACTOR } from '../../../../core/models/counts';
import { createRandom, deriveSeed } from '../../../../core/random';
import { fewExamples as definition } from '../../../../core/settings/methods/few-examples';
import type { Settings } from '../../../../core/settings/settings';
import { trainingBatches } from '../../../../core/text/batches';
import { STEP_TOKENS } from '../../../fit/budget';
import { Fork } from '../../../fit/fork';
import { type FitLoad, forwardLoad, type Load, loadOf, shapeOf, timesLoad } from '../../../fit/load';
import { cutBatches } from '../../../fit/micro-batches';
import { countsOf, trainableNames, withWeights } from '../../../models/encoder';
import { partOf, trainingIds } from '../corpus';
import type { ClassificationMethod, LoadQuestion, Measurable, MethodLoad, StepTrial } from '../method';
import { pairLosses, pairTokens } from '../pair-loss';
import { pairTuningLearner } from './pair-tuning';

export const fewExamples: ClassificationMethod = {
  id: definition.id,
  needsReading: false,
  learner: (context) => pairTuningLearner(context, definition.trained(context.settings, context.model.config)),
  load,
  trial,
  // A pair cannot be cut in two.
  leastRows: 2,
  frozenLayers: () => 0,
  copiedBytes: () => 0,
};

function load({ lengths, testLengths, classes, settings, counts, foldRows }: LoadQuestion): MethodLoad {
  const answering = forwardLoad(lengths, counts, counts.layers);
  const fit = (rows: number): FitLoad => ({
    forward: timesLoad(answering, rows / lengths.length),
    training: pairLoad(lengths, rows, settings, counts),
    solving: rows * classes * counts.hiddenSize,
  });
  const testing = forwardLoad(testLengths, counts, counts.layers);
  return { kind: 'train', fold: fit(foldRows), final: fit(lengths.length), answering, testing };
}

/** Pairs of rows, each padded to the longer one. */
function pairLoad(lengths: Int32Array, fitted: number, settings: Settings, counts: ModelCounts): Load {
  const { batchSize, seed } = settings;
  const random = createRandom(deriveSeed(seed, 'estimate'));
  const other = (): number => lengths[Math.floor(random() * lengths.length)] ?? 0;
  const longer = lengths.map((length) => Math.max(length, other()));
  // A pair is two rows: a batch of as many pairs has twice the rows.
  const batches = trainingBatches(longer, batchSize, random);
  const { parts } = cutBatches(batches, longer.map(pairTokens), STEP_TOKENS);
  const doubled = parts.map((part) => [...part, ...part]);
  const once = timesLoad(loadOf(doubled, longer, counts, counts.layers), 1, STEP_FACTOR);
  return timesLoad(once, definition.steps(settings, fitted) / Math.max(1, batches.length));
}

/** Every row of a part with another one of it as a pair. */
function trial({ model, corpus, settings }: Measurable): StepTrial {
  const counts = countsOf(model);
  const { batchSize, seed, dropout } = settings;
  const lengths = corpus.lengths.subarray(0, corpus.trainRows.length);
  const trained = definition.trained(settings, counts);
  const random = createRandom(deriveSeed(seed, 'estimate'));
  const batches = trainingBatches(lengths, batchSize, random);
  const { parts } = cutBatches(batches, lengths.map(pairTokens), STEP_TOKENS);
  const fork = new Fork(model.weights, trainableNames(model, trained));
  return {
    fork,
    parts,
    flopsOf: (part) => STEP_FACTOR * trained.layers * counts.layerFlops(shapeOf([...part, ...part], lengths)),
    losses(part) {
      const all = [...part.keys()];
      const pairs = all.map((a) => ({ a, b: all.length - 1 - a, target: 1 as const }));
      return Promise.resolve(
        pairLosses(withWeights(model, fork.weights), trainingIds(partOf(corpus, part), 'none', 0), [pairs], {
          dropout,
          seed,
        }),
      );
    },
  };
}
