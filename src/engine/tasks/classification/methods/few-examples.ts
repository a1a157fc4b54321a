/** What *Few examples* computes: steps on batches of rows, compared in pairs, through all layers, then heads on the vectors of the tuned encoder. */
import { STEP_FACTOR } from '../../../../core/models/counts';
import { lengthGroups } from '../../../../core/text/batches';
import { createRandom, deriveSeed } from '../../../../core/random';
import { fewExamples as definition } from '../../../../core/settings/methods/few-examples';
import { STEP_TOKENS } from '../../../fit/budget';
import { Fork } from '../../../fit/fork';
import { type FitLoad, forwardLoad, type Load, loadOf, timesLoad } from '../../../fit/load';
import { cutBatches } from '../../../fit/micro-batches';
import { countsOf, trainableNames, withWeights } from '../../../models/encoder';
import { labelsOf, partOf, trainingIds } from '../corpus';
import type { ClassificationMethod, LoadQuestion, Measurable, MethodLoad, StepTrial } from '../method';
import { pairLosses, unitTokens } from '../pair-loss';
import { sampleBatches, UNIT_ROWS, unitsOf } from '../pairs';
import { pairTuningLearner } from './pair-tuning';

export const fewExamples: ClassificationMethod = {
  id: definition.id,
  needsReading: false,
  learner: (context) => pairTuningLearner(context, definition.trained(context.settings, context.model.config)),
  load,
  trial,
  leastRows: UNIT_ROWS,
  frozenLayers: () => 0,
  copiedBytes: () => 0,
};

function load(question: LoadQuestion): MethodLoad {
  const { lengths, testLengths, classes, counts, foldRows } = question;
  const answering = forwardLoad(lengths, counts, counts.layers);
  const fit = (rows: number): FitLoad => ({
    forward: timesLoad(answering, rows / lengths.length),
    training: pairLoad(question, rows),
    solving: rows * classes * counts.hiddenSize,
  });
  const testing = forwardLoad(testLengths, counts, counts.layers);
  return { kind: 'train', fold: fit(foldRows), final: fit(lengths.length), answering, testing };
}

/** More batches tell no more of what one takes. */
const MOST_COUNTED = 100;

/** Batches as a fit of so many rows draws them, padded in groups as a step does; labels as even as can be. */
function pairLoad(
  { lengths, classes, settings, counts }: Pick<LoadQuestion, 'lengths' | 'classes' | 'settings' | 'counts'>,
  fitted: number,
): Load {
  const { batchSize, seed } = settings;
  const steps = definition.steps(settings, fitted);
  const random = createRandom(deriveSeed(seed, 'estimate'));
  const labels = lengths.map((_, row) => row % classes);
  const size = Math.min(batchSize, Math.floor(fitted));
  const batches = sampleBatches(labels, size, Math.min(steps, MOST_COUNTED), random);
  const parts = batches.flatMap((batch) => partsOf(batch, lengths)).flatMap((part) => lengthGroups(part, lengths));
  const once = timesLoad(loadOf(parts, lengths, counts, counts.layers), 1, STEP_FACTOR);
  return timesLoad(once, steps / Math.max(1, batches.length));
}

/** A batch in parts of rows, as a step cuts it. */
function partsOf(batch: readonly number[], lengths: Int32Array): number[][] {
  const units = unitsOf(batch);
  const tokens = units.map((unit) => unitTokens(unit.map((row) => lengths[row] ?? 0)));
  const { parts } = cutBatches([[...units.keys()]], tokens, STEP_TOKENS);
  return parts.map((part) => part.flatMap((unit) => units[unit] ?? []));
}

/** Every row in batches as a step has them. */
function trial({ model, corpus, settings }: Measurable): StepTrial {
  const counts = countsOf(model);
  const { batchSize, seed, dropout } = settings;
  const lengths = corpus.lengths.subarray(0, corpus.trainRows.length);
  const trained = definition.trained(settings, counts);
  const random = createRandom(deriveSeed(seed, 'estimate'));
  const labels = labelsOf(corpus, corpus.trainRows);
  const batches = sampleBatches(labels, batchSize, Math.ceil(labels.length / batchSize), random);
  const fork = new Fork(model.weights, trainableNames(model, trained));
  return {
    fork,
    parts: batches.flatMap((batch) => partsOf(batch, lengths)),
    flopsOf: (part) => STEP_FACTOR * loadOf(lengthGroups(part, lengths), lengths, counts, trained.layers).flops,
    losses(part) {
      const few = partOf(corpus, part);
      const rows = { idsOf: trainingIds(few, 'none', 0), labelOf: (row: number): number => few.labelIndices[row] ?? 0 };
      return Promise.resolve(pairLosses(withWeights(model, fork.weights), rows, [[...part.keys()]], { dropout, seed }));
    },
  };
}
