/**
 * Fine-tuning of the last layers, or of all: a linear head on the mean-pooled vector, trained together with the
 * encoder by AdamW. Steps, epochs, validation, and the weights of the best validation at the end.
 */
import { balancedClassWeights } from '../../core/baselines/logistic-regression';
import { NO_VALIDATION, watchValidation, type EarlyStoppingState } from '../../core/plan/early-stopping';
import type { CurvePoint } from '../../core/plan/run';
import { learningRateAt } from '../../core/plan/schedule';
import type { Settings } from '../../core/plan/settings';
import { createRandom, deriveSeed } from '../../core/random';
import { splitMicroBatches, trainingBatches } from '../../core/text/batches';
import { trainableNames } from '../models/bert/config';
import type { WeightArrays } from '../models/bert/weights';
import { createHead, HEAD_NAMES } from '../models/head';
import { AdamW } from '../optim/adamw';
import { STEP_TOKENS } from './budget';
import { Classifier } from './classifier';
import { labelsOf } from './corpus';
import { readHead } from './evaluate';
import { Fork } from './fork';
import { innerPart } from './inner-part';
import type { Fit, FitTask, Learner, Workshop } from './method';
import { Prefix } from './prefix';
import { optimizerStep } from './step';
import { readValidation } from './validation';

/** Longer epochs are validated four times. */
const LONG_EPOCH_STEPS = 60;

/** *Top layers* and *Everything*. */
export function fineTuneLearner(shop: Workshop): Learner {
  const { model, corpus, settings, pace, progress } = shop;
  const full = settings.method === 'full';
  const layers = full ? model.config.layers : Math.min(settings.layers, model.config.layers);
  const prefix = new Prefix(model, corpus, model.config.layers - layers);
  const names = trainableNames(model.config, { layers, embeddings: full && settings.trainEmbeddings });
  return {
    prepare: () =>
      prefix.prepare(pace, (done, total) => {
        const message = `Running the frozen layers once: ${done} of ${total} texts`;
        progress.report('prefix', done / total, { message });
      }),
    async fit(task) {
      const random = createRandom(deriveSeed(settings.seed, 'head', task.fold));
      const head = createHead(model.config.hiddenSize, corpus.labels.length, random);
      const fork = new Fork(model.weights, names, head);
      const tuning = new FineTuning(shop, task, fork, new Classifier(model.config, corpus, prefix, fork.weights));
      try {
        const worthKeeping = await tuning.run();
        if (worthKeeping) return tuning.fit();
        fork.dispose();
        return null;
      } catch (error) {
        fork.dispose();
        throw error;
      }
    },
  };
}

/** Numbers of a fit's steps, fixed before the first. */
interface Lengths {
  perEpoch: number;
  /** Over which the learning rate runs its course. */
  planned: number;
  /** The final fit follows the schedule of the folds and leaves it where they were best. */
  last: number;
  validateEvery: number;
}

function lengthsOf(
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

/** One fit from its first step to its best weights. The fork is the caller's until `fit` hands it on. */
class FineTuning {
  readonly #shop: Workshop;
  readonly #task: FitTask;
  readonly #fork: Fork;
  readonly #classifier: Classifier;
  /** What is trained on, and what is looked at for early stopping (null = off). */
  readonly #rows: Int32Array;
  readonly #validation: Int32Array | null;
  readonly #notes: string[];
  readonly #classWeights: Float32Array | null;
  readonly #lengths: Lengths;
  readonly #optimizer: AdamW;
  #step = 0;
  #watched: EarlyStoppingState = NO_VALIDATION;
  #best: WeightArrays | null = null;

  constructor(shop: Workshop, task: FitTask, fork: Fork, classifier: Classifier) {
    const { corpus, settings } = shop;
    const inner = task.epochs === null ? innerPart(corpus, task.rows, task.fold, settings) : { part: null, note: null };
    this.#shop = shop;
    this.#task = task;
    this.#fork = fork;
    this.#classifier = classifier;
    this.#rows = inner.part?.training ?? task.rows;
    this.#validation = inner.part?.validation ?? null;
    this.#notes = inner.note === null ? [] : [inner.note];
    const balanced = balancedClassWeights(labelsOf(corpus, this.#rows), corpus.labels.length);
    this.#classWeights = settings.classWeight === 'balanced' ? Float32Array.from(balanced) : null;
    this.#lengths = lengthsOf(settings, this.#rows.length, task.epochs);
    this.#optimizer = new AdamW({ weightDecay: settings.weightDecay });
  }

  /** Trains; false when stopped without anything the task wants to keep. */
  async run(): Promise<boolean> {
    const { pace } = this.#shop;
    try {
      for (let epoch = 0; this.#step < this.#lengths.last; epoch++) {
        if (!(await this.#runEpoch(epoch))) break;
      }
    } finally {
      this.#optimizer.dispose();
    }
    if (this.#best) this.#fork.restore(this.#best);
    return this.#step > 0 && (!pace.stopped || this.#task.keepWhenStopped);
  }

  fit(): Fit {
    const { corpus, settings, pace } = this.#shop;
    const fork = this.#fork;
    return {
      steps: this.#step,
      epochs: this.#step / this.#lengths.perEpoch,
      bestEpoch: this.#best ? this.#watched.bestEpoch : null,
      chosenC: null,
      notes: this.#notes,
      trainedParameters: fork.parameterCount,
      predict: (rows) => this.#classifier.predict(rows, pace),
      keep: async () => ({
        labels: corpus.labels,
        maxLength: settings.maxLength,
        head: await readHead(fork.weights),
        encoder: await fork.encoder(),
      }),
      dispose: () => fork.dispose(),
    };
  }

  /** False when training is over: stopped by the person, by early stopping, or at the last step. */
  async #runEpoch(epoch: number): Promise<boolean> {
    const { corpus, settings, pace } = this.#shop;
    const { perEpoch, last, validateEvery } = this.#lengths;
    const lengths = this.#rows.map((row) => corpus.lengths[row] ?? 0);
    const order = createRandom(deriveSeed(settings.seed, 'order', this.#task.fold, epoch));
    const batches = trainingBatches(lengths, settings.batchSize, order);
    for (let start = 0; start < batches.length; start += settings.gradientAccumulation) {
      if (this.#step === last || !(await pace.goOn())) return false;
      const microBatches = batches
        .slice(start, start + settings.gradientAccumulation)
        .flatMap((batch) => splitMicroBatches(batch, lengths, STEP_TOKENS))
        .map((batch) => batch.map((i) => this.#rows[i] ?? 0));
      await this.#train(microBatches);
      const inEpoch = this.#step - epoch * perEpoch;
      const due = inEpoch === perEpoch || inEpoch % validateEvery === 0;
      if (this.#validation && due && !(await this.#validate(this.#validation))) return false;
    }
    return true;
  }

  async #train(microBatches: number[][]): Promise<void> {
    const { settings, guard, progress } = this.#shop;
    const { fold, part } = this.#task;
    const step = ++this.#step;
    const encoderRate = this.#rate(settings.learningRate);
    const headRate = this.#rate(settings.headLearningRate);
    const { loss, gradNorm } = await optimizerStep({
      weights: this.#fork.weights,
      trainable: this.#fork.trainable,
      losses: this.#classifier.losses(microBatches, {
        classWeights: this.#classWeights,
        dropout: settings.dropout,
        seed: deriveSeed(settings.seed, 'dropout', fold, step),
        l1: settings.l1,
        l2: settings.l2,
      }),
      optimizer: this.#optimizer,
      learningRate: (name) => (HEAD_NAMES.includes(name) ? headRate : encoderRate),
      maxGradNorm: settings.maxGradNorm,
      guard,
    });
    this.#point({ trainLoss: loss, learningRate: encoderRate, gradNorm });
    const { perEpoch, last } = this.#lengths;
    // The rest of the part is answering the fold's rows.
    progress.report(part, (0.97 * step) / last, {
      message: `Step ${step} of ${last}`,
      fold,
      epoch: Math.floor((step - 1) / perEpoch),
      epochs: Math.ceil(last / perEpoch),
      step,
      steps: last,
      rows: microBatches.reduce((sum, batch) => sum + batch.length, 0),
    });
  }

  /** Looks at the inner part and keeps the weights if they are the best so far; false when patience is used up. */
  async #validate(rows: Int32Array): Promise<boolean> {
    const { corpus, pace, settings } = this.#shop;
    const figures = await readValidation(this.#classifier, corpus, rows, this.#classWeights, pace);
    if (!figures) return false;
    this.#point(figures);
    const seen = { loss: figures.validLoss, step: this.#step, epoch: this.#step / this.#lengths.perEpoch };
    const { state, better, stop } = watchValidation(this.#watched, seen, settings.earlyStoppingPatience);
    this.#watched = state;
    if (better) this.#best = await this.#fork.read();
    return !stop;
  }

  #rate(base: number): number {
    const { warmupRatio, schedule } = this.#shop.settings;
    const totalSteps = this.#lengths.planned;
    return learningRateAt(this.#step, {
      base,
      warmupSteps: Math.round(warmupRatio * totalSteps),
      totalSteps,
      schedule,
    });
  }

  #point(figures: Partial<CurvePoint>): void {
    this.#shop.observer.onPoint({
      trainLoss: null,
      learningRate: null,
      gradNorm: null,
      validLoss: null,
      validAccuracy: null,
      validMacroF1: null,
      fold: this.#task.fold,
      epoch: this.#step / this.#lengths.perEpoch,
      step: this.#step,
      ...figures,
    });
  }
}
