/**
 * One run from rows to answers: sentence vectors, baselines and folds, the final fit, the test part.
 *
 * Promises: a fold is answered by models that never saw its rows, neither in training nor in any choice; a stop keeps
 * the best so far and says what is missing; whatever happens, no tensor is left behind.
 */
import type {
  BaselineId,
  ExperimentData,
  ExperimentObserver,
  ExperimentOutcome,
  ExperimentPlan,
  ExperimentTimings,
  FeatureStore,
  FoldOutcome,
  Predictions,
  RunControl,
  TrainedModel,
} from '../../core/plan/experiment';
import { medianLength } from '../../core/plan/early-stopping';
import { methodDefinition } from '../../core/plan/methods';
import {
  type ChosenStrengths,
  emptyOutcome,
  lengthNote,
  missingParts,
  strengthNote,
  unfinishedNote,
} from '../../core/plan/outcome';
import type { Method } from '../../core/plan/settings';
import { NO_GUARD, type DeviceGuard } from '../device/guard';
import type { BertModel } from '../models/bert/weights';
import { majorityLearner, tfIdfLearner } from './baselines';
import { createCorpus } from './corpus';
import { crossValidate } from './cross-validate';
import { estimateParts, foldPart } from './estimate';
import { featuresLearner, readVectors } from './features-only';
import { fewExamplesLearner } from './few-examples';
import { fineTuneLearner } from './fine-tune';
import type { Fit, FoldFit, FoldLearner, Learner, Workshop } from './method';
import { Pace } from './pace';
import { Progress } from './progress';

export interface ExperimentInput {
  data: ExperimentData;
  plan: ExperimentPlan;
  /** The test part: an own file or the rows held out; null = none. */
  testData: ExperimentData | null;
  model: BertModel;
  features: FeatureStore;
  modelSha256: string;
  observer: ExperimentObserver;
  control: RunControl;
  /** Watches the device; without one nothing is watched. */
  guard?: DeviceGuard;
}

/** Runs the whole plan. Throws AppError: `cancelled`, `non-finite`, and what the guard finds. */
export async function runExperiment(input: ExperimentInput): Promise<ExperimentOutcome> {
  const run = new Experiment(input);
  await run.work();
  return run.outcome;
}

const LEARNERS: Record<Method, (shop: Workshop, vectors: Float32Array) => Learner> = {
  features: featuresLearner,
  'few-examples': fewExamplesLearner,
  'top-layers': fineTuneLearner,
  full: fineTuneLearner,
};

class Experiment {
  readonly #input: ExperimentInput;
  readonly #shop: Workshop;
  readonly #notes = new Set<string>();
  readonly #strengths = new Map<BaselineId | 'own', ChosenStrengths>();
  readonly #testBaselines = new Map<BaselineId, Predictions>();
  /** Trained on a fold's rows: what is kept when the run is stopped before its final fit. */
  #fallback: TrainedModel | null = null;
  readonly outcome: ExperimentOutcome;

  constructor(input: ExperimentInput) {
    const { data, testData, plan, model, observer, control, guard = NO_GUARD } = input;
    const corpus = createCorpus(data, testData);
    const pace = new Pace(control, guard);
    const parts = estimateParts(corpus, plan.settings, model.config, plan.folds);
    this.#input = input;
    const progress = new Progress(observer, pace, parts);
    this.#shop = { model, corpus, settings: plan.settings, pace, progress, observer, guard };
    this.outcome = emptyOutcome();
  }

  async work(): Promise<void> {
    const { outcome } = this;
    await this.#stages();
    outcome.missing = missingParts(outcome, this.#input.plan, this.#input.testData !== null);
    if (!outcome.tuned && this.#fallback) {
      outcome.tuned = this.#fallback;
      this.#notes.add(unfinishedNote(outcome.folds.length));
    }
    const strengths = strengthNote([...this.#strengths.values()]);
    if (strengths !== null) this.#notes.add(strengths);
    outcome.notes = [...this.#notes];
    outcome.complete = outcome.missing.length === 0;
  }

  /** Returns early when stopped. */
  async #stages(): Promise<void> {
    const { features, modelSha256, plan } = this.#input;
    const vectors = await this.#timed('featuresSeconds', () => readVectors(this.#shop, features, modelSha256));
    if (!vectors) return;
    const learner = LEARNERS[plan.settings.method](this.#shop, vectors);
    const base = featuresLearner(this.#shop, vectors);
    if (!(await this.#timed('baselinesSeconds', () => this.#runBaselines(base)))) return;
    if (!(await this.#timed('foldsSeconds', () => this.#runFolds(learner)))) return;
    await this.#runFinalFit(learner);
  }

  /** Majority, word counts and, unless it is the method itself, features only: on every fold, then on all rows. */
  async #runBaselines(base: Learner): Promise<boolean> {
    const { plan, observer } = this.#input;
    const learners: [BaselineId, FoldLearner<FoldFit | Fit>][] = [
      ['majority', majorityLearner(this.#shop)],
      ['tfidf_logistic_regression', tfIdfLearner(this.#shop)],
    ];
    if (plan.settings.method !== 'features') learners.push(['features_only', base]);
    const fits = learners.length * (plan.folds + 1);
    let done = 0;
    for (const [id, learner] of learners) {
      const tell = (): void =>
        this.#shop.progress.report('baselines', ++done / fits, { message: `Comparing: ${BASELINE_TITLES[id]}` });
      const finished = await crossValidate({
        plan,
        learner,
        pace: this.#shop.pace,
        part: () => 'baselines',
        onFold: (outcome, fit) => {
          this.#keepStrength(id, BASELINE_TITLES[id], fit);
          this.outcome.baselines[id].push(outcome);
          observer.onBaseline?.(id, outcome);
          tell();
        },
      });
      if (!finished) return false;
      const fit = await learner.fit(this.#finalTask('baselines', null));
      const probabilities = await fit?.predict(this.#shop.corpus.testRows);
      if (!fit || !probabilities) return false;
      this.#keepStrength(id, BASELINE_TITLES[id], fit, true);
      this.#testBaselines.set(id, this.#onTest(probabilities));
      if ('keep' in fit) this.outcome.base = await fit.keep();
      tell();
    }
    return true;
  }

  async #runFolds(learner: Learner): Promise<boolean> {
    const { plan, observer } = this.#input;
    const { pace, progress } = this.#shop;
    if (!(await learner.prepare())) return false;
    progress.finish('prefix');
    return crossValidate({
      plan,
      learner,
      pace,
      part: foldPart,
      onFold: async (outcome, fit) => {
        progress.report(foldPart(outcome.fold), 1, { fold: outcome.fold });
        this.#keepStrength('own', methodDefinition(plan.settings.method).title.toLowerCase(), fit);
        for (const note of fit.notes) this.#notes.add(note);
        this.outcome.folds.push(outcome);
        this.outcome.trainedParameters = fit.trainedParameters;
        observer.onFold(outcome);
        if (plan.settings.method === 'features') this.#countAsBaseline(outcome);
        this.#fallback = await fit.keep();
      },
      onUnfinished: async (fit) => {
        this.#fallback = await fit.keep();
        this.outcome.trainedParameters = fit.trainedParameters;
      },
    });
  }

  #keepStrength(id: BaselineId | 'own', name: string, { chosenC }: FoldFit, final = false): void {
    if (chosenC === null) return;
    const kept = this.#strengths.get(id) ?? { name, folds: [], final: null };
    this.#strengths.set(id, kept);
    if (final) kept.final = chosenC;
    else kept.folds.push(chosenC);
  }

  /** The method is the baseline: its folds are not computed twice. */
  #countAsBaseline(outcome: FoldOutcome): void {
    this.outcome.baselines.features_only.push(outcome);
    this.#input.observer.onBaseline?.('features_only', outcome);
  }

  /** The model that is kept: all training rows, for the length that the folds chose. */
  async #runFinalFit(learner: Learner): Promise<void> {
    const { outcome } = this;
    const { settings, corpus } = this.#shop;
    const best = outcome.folds.flatMap(({ bestEpoch }) => bestEpoch ?? []);
    const fineTuned = settings.method === 'top-layers' || settings.method === 'full';
    const epochs = fineTuned ? (medianLength(best) ?? settings.nEpochs) : null;
    const fit = await this.#timed('finalFitSeconds', () => learner.fit(this.#finalTask('final', epochs)));
    if (!fit) return;
    try {
      this.#keepStrength('own', methodDefinition(settings.method).title.toLowerCase(), fit, true);
      outcome.tuned = await fit.keep();
      outcome.finalFit = true;
      outcome.finalSteps = fit.steps;
      outcome.finalEpochs = fit.epochs;
      outcome.trainedParameters = fit.trainedParameters;
      if (epochs !== null) this.#notes.add(lengthNote(epochs, best, corpus.trainRows.length));
      if (settings.method === 'features') outcome.base = outcome.tuned;
      this.#shop.progress.finish('final');
      await this.#timed('testSeconds', () => this.#runTest((rows) => fit.predict(rows)));
    } finally {
      fit.dispose();
    }
  }

  async #runTest(predict: (rows: Int32Array) => Promise<Float32Array | null>): Promise<void> {
    const { testRows } = this.#shop.corpus;
    if (testRows.length === 0) return;
    this.#shop.progress.report('test', 0, { message: `Answering ${testRows.length} test rows` });
    const probabilities = await predict(testRows);
    if (!probabilities) return;
    const tuned = this.#onTest(probabilities);
    const none: Predictions = { rows: new Int32Array(), probabilities: new Float32Array() };
    this.outcome.test = {
      ...tuned,
      baselines: {
        majority: this.#testBaselines.get('majority') ?? none,
        tfidf_logistic_regression: this.#testBaselines.get('tfidf_logistic_regression') ?? none,
        features_only: this.#testBaselines.get('features_only') ?? tuned,
      },
    };
    this.#shop.progress.report('test', 1, { message: `Answered ${testRows.length} test rows`, rows: testRows.length });
  }

  #finalTask(part: string, epochs: number | null) {
    const rows = this.#shop.corpus.trainRows;
    return { rows, fold: this.#input.plan.folds, part, epochs, keepWhenStopped: false };
  }

  /** Rows of a prediction count within the test part. */
  #onTest(probabilities: Float32Array): Predictions {
    return { rows: Int32Array.from(this.#shop.corpus.testRows.keys()), probabilities };
  }

  /** Adds the time worked, pauses left out. */
  async #timed<T>(key: keyof ExperimentTimings, work: () => Promise<T>): Promise<T> {
    const startedMs = this.#shop.pace.workedMs;
    try {
      return await work();
    } finally {
      this.outcome.timings[key] += (this.#shop.pace.workedMs - startedMs) / 1000;
    }
  }
}

const BASELINE_TITLES: Record<BaselineId, string> = {
  majority: 'the commonest label',
  tfidf_logistic_regression: 'word counts',
  features_only: 'features only',
};
