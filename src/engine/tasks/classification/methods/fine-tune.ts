/**
 * Fine-tuning of the last layers, or of all: a linear head on the mean-pooled vector, trained together with the
 * encoder by AdamW. Epochs, batches, validation; the steps themselves are `loop.ts`.
 */
import { balancedClassWeights } from '../../../../core/baselines/logistic-regression';
import { PREFIX_PART } from '../../../../core/run/parts';
import type { Trained } from '../../../../core/settings/method';
import type { Augmentation, Settings } from '../../../../core/settings/settings';
import type { LoraConfig } from '../../../../core/models/lora';
import { createRandom, deriveSeed, type Random } from '../../../../core/random';
import { trainingBatches } from '../../../../core/text/batches';
import { type Architecture, trainableNames, withWeights } from '../../../models/encoder';
import type { Weights } from '../../../models/weights';
import { loraConfigOf } from '../../../../core/models/lora';
import { createAdapter } from '../../../adapters/adapter';
import { createHead, HEAD_NAMES } from '../head';
import { Classifier } from '../classifier';
import { labelsOf, trainingIds } from '../corpus';
import { readHead } from '../evaluate';
import { eachEpoch } from '../../../fit/each-epoch';
import { Fork } from '../../../fit/fork';
import { innerPart } from '../inner-part';
import { TrainingLoop, type StepBatch } from '../../../fit/loop';
import type { FitTask } from '../../../fit/learner';
import type { ClassifierFit, ClassifierLearner, TaskContext } from '../method';
import { cutBatches } from '../../../fit/micro-batches';
import { Prefix } from '../../../frozen/prefix';
import { readValidation, watchedRows } from '../validation';

/** Longer epochs are validated four times. */
const LONG_EPOCH_STEPS = 60;

/** What a fit begins with besides the encoder's own: a head, and the adapter where there is one. */
export function beginning(
  { family, config }: Architecture,
  { adapter }: Trained,
  classes: number,
  random: (part: 'head' | 'adapter') => Random,
): { lora: LoraConfig | undefined; create(): Weights } {
  const lora = adapter && loraConfigOf(adapter, family.id);
  return {
    lora,
    create: () =>
      new Map([
        ...(lora ? createAdapter(family.linearModules(config), lora, random('adapter')) : []),
        ...createHead(config.hiddenSize, classes, random('head')),
      ]),
  };
}

/** The encoder's own parameters that are trained: none under an adapter. */
export function ownNames(model: Architecture, trained: Trained): string[] {
  return trained.adapter ? [] : trainableNames(model, trained);
}

/** Of what a method opens of the encoder. */
export function fineTuneLearner(context: TaskContext, trained: Trained): ClassifierLearner {
  const { model, corpus, settings, pace, progress, observer, states, modelSha256, threads } = context;
  const from = model.config.layers - trained.layers;
  const prefix = context.prefix?.from === from ? context.prefix : new Prefix(model, corpus, from, context.prefixBytes);
  const names = ownNames(model, trained);
  // What frozen layers gave is kept by text: above them texts stay as they are.
  const augmentation = from === 0 ? settings.augmentation : 'none';
  return {
    prepare() {
      const tell = (done: number, total: number): void => {
        const message = `Running the frozen layers once: ${done} of ${total} texts`;
        progress.report(PREFIX_PART, done / total, { message });
      };
      const onLog = (message: string): void => observer.onLog(message);
      return prefix.prepare(pace, tell, { store: states, modelSha256, threads, onLog });
    },
    // Layers below what is kept are not computed again.
    lend: () => {
      const lent = prefix.lend();
      // An adapter reads all of them.
      return { states: lent, names: trained.adapter ? null : lent && names };
    },
    borrow: (lent) => prefix.borrow(lent.states),
    async fit(task) {
      const { lora, create } = beginning(model, trained, corpus.labels.length, (part) =>
        createRandom(deriveSeed(settings.seed, part, task.fold)),
      );
      const fork = new Fork(model.weights, names, create(), lora);
      let tuning: ReturnType<typeof fineTuning> | null = null;
      try {
        const classifier = new Classifier(withWeights(model, fork.weights, lora), corpus, prefix);
        tuning = fineTuning(context, task, { fork, classifier, augmentation, restart: () => fork.reset(create()) });
        await tuning.loop.run();
        if (tuning.loop.steps > 0 && (!pace.stopped || task.keepWhenStopped)) return tuning.fit();
        tuning.dispose();
        return null;
      } catch (error) {
        (tuning ?? fork).dispose();
        throw error;
      }
    },
  };
}

/** Numbers of a fit's steps, fixed before the first. */
export interface Lengths {
  perEpoch: number;
  /** Over which the learning rate runs its course. */
  planned: number;
  /** The final fit follows the schedule of the folds and leaves it where they were best. */
  last: number;
  validateEvery: number;
}

export function lengthsOf(
  { batchSize, gradientAccumulation, nEpochs }: Settings,
  rows: number,
  epochs: number | null,
): Lengths {
  const perEpoch = Math.ceil(Math.ceil(rows / batchSize) / gradientAccumulation);
  const planned = nEpochs * perEpoch;
  return {
    perEpoch,
    planned,
    last: epochs === null ? planned : Math.max(1, Math.round(epochs * perEpoch)),
    validateEvery: perEpoch > LONG_EPOCH_STEPS ? Math.ceil(perEpoch / 4) : perEpoch,
  };
}

interface Beginning {
  fork: Fork;
  classifier: Classifier;
  augmentation: Augmentation;
  restart(): void;
}

/** One fit. `dispose` takes the fork with it. */
function fineTuning(context: TaskContext, task: FitTask, { fork, classifier, augmentation, restart }: Beginning) {
  const { corpus, settings, pace } = context;
  const inner = task.epochs === null ? innerPart(corpus, task.rows, task.fold, settings) : { part: null, note: null };
  const rows = inner.part?.training ?? task.rows;
  const seen = inner.part?.validation ?? (task.watch && watchedRows(task.watch));
  const balanced = balancedClassWeights(labelsOf(corpus, rows), corpus.labels.length);
  const classWeights = settings.classWeight === 'balanced' ? Float32Array.from(balanced) : null;
  const { perEpoch, planned, last, validateEvery } = lengthsOf(settings, rows.length, task.epochs);
  const lengths = rows.map((row) => corpus.lengths[row] ?? 0);
  const epochBatches = eachEpoch((epoch) =>
    trainingBatches(lengths, settings.batchSize, createRandom(deriveSeed(settings.seed, 'order', task.fold, epoch))),
  );

  const batchesOf = (step: number): number[][] => {
    const start = ((step - 1) % perEpoch) * settings.gradientAccumulation;
    return epochBatches(Math.floor((step - 1) / perEpoch)).slice(start, start + settings.gradientAccumulation);
  };
  const rowsOf = (step: number): number[] => batchesOf(step).flatMap((batch) => batch.map((i) => rows[i] ?? 0));

  const batch = (step: number, tokens: number): StepBatch => {
    const { dropout, rDrop, l1, l2, seed } = settings;
    const readings = classifier.readings(settings);
    const idsOf = trainingIds(corpus, augmentation, Math.floor((step - 1) / perEpoch));
    const shown = augmentation === 'none' ? lengths : rows.map((row) => idsOf(row).length);
    const { parts, cuttable } = cutBatches(batchesOf(step), shown, tokens / readings);
    const microBatches = parts.map((part) => part.map((i) => rows[i] ?? 0));
    const drawn = deriveSeed(seed, 'dropout', task.fold, step);
    const options = { classWeights, dropout, rDrop, seed: drawn, l1, l2, idsOf };
    const count = parts.reduce((sum, part) => sum + part.length, 0);
    return { losses: classifier.losses(microBatches, options), rows: count, cuttable: readings * cuttable };
  };

  const loop = new TrainingLoop(context, {
    task,
    fork,
    restart,
    perEpoch,
    planned,
    last,
    fetch: (step) => classifier.fetch(rowsOf(step), step < last ? rowsOf(step + 1) : []),
    batch,
    baseRate: (name) => (HEAD_NAMES.includes(name) ? settings.headLearningRate : settings.learningRate),
    // Readings that disagree are part of the loss.
    chanceLoss: (1 + settings.rDrop) * Math.log(corpus.labels.length),
    validation: seen
      ? {
          every: inner.part ? validateEvery : perEpoch,
          chooses: inner.part !== null,
          look: () => readValidation(classifier, corpus, seen, classWeights, pace),
        }
      : null,
    share: 0.97,
  });
  const dispose = (): void => {
    loop.dispose();
    fork.dispose();
  };
  const fit = (): ClassifierFit => ({
    steps: loop.steps,
    epochs: loop.epochs,
    bestEpoch: loop.bestEpoch,
    chosenC: null,
    notes: [...(inner.note === null ? [] : [inner.note]), ...loop.notes],
    trainedParameters: fork.parameterCount,
    predict: (asked) => classifier.predict(asked, pace),
    keep: async () => ({
      labels: corpus.labels,
      maxLength: settings.maxLength,
      head: await readHead(fork.weights),
      encoder: await fork.encoder(context.model.family),
      ...(fork.lora && { lora: fork.lora }),
    }),
    dispose,
  });
  return { loop, fit, dispose };
}
