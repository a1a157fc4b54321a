/** What fine-tuning will compute, counted before a run, and steps of it to be timed. */
import { ADAPTER_STEP_FACTOR, STEP_FACTOR } from '../../../../core/models/counts';
import { createRandom, deriveSeed } from '../../../../core/random';
import { innerRowCount } from '../../../../core/settings/early-stopping';
import type { Trained } from '../../../../core/settings/method';
import type { Settings } from '../../../../core/settings/settings';
import { trainingBatches } from '../../../../core/text/batches';
import { STEP_TOKENS } from '../../../fit/budget';
import { Fork } from '../../../fit/fork';
import { epochLoad, type FitLoad, forwardLoad, NO_LOAD, shapeOf, sumLoads, timesLoad } from '../../../fit/load';
import { cutBatches } from '../../../fit/micro-batches';
import { Prefix } from '../../../frozen/prefix';
import { countsOf, withWeights } from '../../../models/encoder';
import { Classifier, readingsOf } from '../classifier';
import { partOf } from '../corpus';
import type { LoadQuestion, Measurable, MethodLoad, StepTrial } from '../method';
import { MOST_WATCHED } from '../validation';
import { beginning, lengthsOf, ownNames } from './fine-tune';

/** Early stopping may end sooner: the most there can be. */
export function fineTuneLoad(question: LoadQuestion, trained: Trained): MethodLoad {
  const { lengths, testLengths, classes, settings, counts, foldRows, again } = question;
  const { layers } = trained;
  const { nEpochs, earlyStoppingPatience } = settings;
  const rows = lengths.length;
  const frozen = counts.layers - layers;
  const below = frozen > 0 ? forwardLoad(lengths, counts, frozen) : NO_LOAD;
  const answering = sumLoads(forwardLoad(lengths, counts, layers), timesLoad(below, again));

  /** `inner`: rows set aside to choose by; `watched`: rows looked at once a pass, for the curve. */
  const fit = (fitted: number, inner: number, watched: number): FitLoad => {
    const shown = fitted - inner;
    const { planned, validateEvery } = lengthsOf(settings, shown, null);
    const training = timesLoad(
      epochLoad(lengths, settings, counts, layers, {
        factor: stepFactor(trained, settings),
        tokens: STEP_TOKENS / readingsOf(settings, trained.adapter?.dropout),
      }),
      (nEpochs * shown) / rows,
    );
    const looked = inner > 0 ? (inner * planned) / validateEvery : watched * nEpochs;
    const recomputed = timesLoad(below, (again * nEpochs * shown) / rows);
    return { forward: sumLoads(timesLoad(answering, looked / rows), recomputed), training, solving: 0 };
  };
  const inner = innerRowCount(foldRows, classes, earlyStoppingPatience);
  return {
    kind: 'train',
    fold: fit(foldRows, inner, Math.min(rows - foldRows, MOST_WATCHED)),
    final: fit(rows, 0, 0),
    answering,
    testing: forwardLoad(testLengths, counts, layers),
  };
}

/** Of the forward operations of a step's rows. */
function stepFactor(trained: Trained, settings: Settings): number {
  return readingsOf(settings, trained.adapter?.dropout) * (trained.adapter ? ADAPTER_STEP_FACTOR : STEP_FACTOR);
}

/** Steps of a fork that learns what the method trains, and a head. */
export function fineTuneTrial({ model, corpus, settings, pace }: Measurable, trained: Trained): StepTrial {
  const counts = countsOf(model);
  const { batchSize, seed, dropout, rDrop, l1, l2 } = settings;
  const lengths = corpus.lengths.subarray(0, corpus.trainRows.length);
  const random = createRandom(deriveSeed(seed, 'estimate'));
  const { parts } = cutBatches(
    trainingBatches(lengths, batchSize, random),
    lengths,
    STEP_TOKENS / readingsOf(settings, trained.adapter?.dropout),
  );
  const { lora, create } = beginning(model, trained, corpus.labels.length, () => random);
  const fork = new Fork(model.weights, ownNames(model, trained), create(), lora);
  return {
    fork,
    parts,
    flopsOf: (part) => stepFactor(trained, settings) * trained.layers * counts.layerFlops(shapeOf(part, lengths)),
    async losses(part) {
      const few = partOf(corpus, part);
      const prefix = new Prefix(model, few, counts.layers - trained.layers);
      if (!(await prefix.prepare(pace, () => undefined))) return null;
      const all = [...part.keys()];
      await prefix.fetch(all);
      const classifier = new Classifier(withWeights(model, fork.weights, lora), few, prefix);
      return classifier.losses([all], { classWeights: null, dropout, rDrop, seed, l1, l2 });
    },
  };
}
