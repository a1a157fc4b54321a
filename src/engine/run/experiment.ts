/**
 * One run from rows to answers: sentence vectors, baselines and folds, the final fit, the test part.
 *
 * Promises: a fold is answered by models that never saw its rows, neither in training nor in any choice; a stop keeps
 * the best so far and says what is missing; whatever happens, no tensor is left behind. A run that goes on from what an
 * interrupted one kept comes to the same outcome, to the bit: so the outcome is put together at the end, from finished
 * pieces, wherever they came from.
 *
 * Over 300 lines, since it reads from top to bottom as a run goes.
 */
import { type Checkpoints, type KeptWork, NO_CHECKPOINTS } from '../../core/run/checkpoint';
import type { BaselineId } from '../../core/settings/settings';
import type { RecipeCorpus } from '../../core/recipes/encoded-rows';
import { FINAL_PART, foldPart, readingPart } from '../../core/run/parts';
import type { Predictions } from '../../core/run/predictions';
import type {
  ExperimentData,
  ExperimentObserver,
  ExperimentOutcome,
  ExperimentPlan,
  FeatureStore,
  RunControl,
  StateStore,
} from '../../core/run/experiment';
import type { ExperimentTimings } from '../../core/run/timings';
import type { TrainedModel } from '../../core/run/trained-model';
import { medianLength } from '../../core/settings/early-stopping';
import { concludeRun, type FinalFit, lengthNote, noTimings } from '../../core/run/outcome';
import { RunPieces } from '../../core/run/pieces';
import { BASELINE_WORDS, fittedBaselines } from '../../core/settings/baselines';
import { methodDefinition } from '../../core/settings/methods';
import { NO_GUARD, type DeviceGuard } from '../device/guard';
import { countsOf, type Encoder } from '../models/encoder';
import {
  beginEvaluation,
  type BegunEvaluation,
  type EvaluationContext,
  type EvaluationHooks,
  learnerOf,
} from './evaluate';
import { laneCount } from './lanes';
import type { RunThreads } from './run-threads';
import { majorityLearner, tfIdfLearner } from '../tasks/classification/baselines';
import { createCorpus } from '../tasks/classification/corpus';
import { crossValidate } from './cross-validate';
import { estimateParts, PLAIN_CORE } from './estimate';
import { Prefix } from '../frozen/prefix';
import { readAhead, type ReadAhead } from '../frozen/read-ahead';
import { featuresLearner } from '../tasks/classification/methods/features-only';
import type { FurtherEncoder, LabelNames } from '../tasks/classification/further-encoder';
import { readRows, unread } from '../tasks/classification/reading';
import { outcomeOf, pieceOf, recipePieceOf } from '../tasks/classification/folds';
import type { ClassifierFit, ClassifierFoldFit, ClassifierLearner, TaskContext } from '../tasks/classification/method';
import type { FitTask, FoldLearner } from '../fit/learner';
import { classificationMethod } from '../tasks/classification/registry';
import { Pace } from '../fit/pace';
import { estimatePlan, findUnread } from './plan-estimate';
import { Progress } from '../fit/progress';
import { workloadOf } from './workload';

export interface ExperimentInput {
  data: ExperimentData;
  plan: ExperimentPlan;
  /** The test part: an own file or the rows held out; null = none. */
  testData: ExperimentData | null;
  model: Encoder;
  /** Where `model` has no weights yet and its method only reads: the same with them, whenever they are asked for. */
  place?: () => Promise<Encoder>;
  features: FeatureStore;
  /** Where the frozen layers' output is kept; without it, what does not fit in memory is computed for each batch. */
  states?: StateStore;
  /** Memory for the frozen layers' output; `PREFIX_BYTES` unless given. */
  prefixBytes?: number;
  modelSha256: string;
  /** The model's id. */
  modelId: string;
  /** What stands for the labels, in the model's tokens; without it they have no names. */
  names?: LabelNames;
  /** Encoders that texts are read with besides. */
  further?: readonly FurtherEncoder[];
  /** Called when the model is not needed on the device any more, where its run changes nothing of it. */
  letGo?: () => void;
  observer: ExperimentObserver;
  control: RunControl;
  /** Watches the device; without one nothing is watched. */
  guard?: DeviceGuard;
  /** What an interrupted run with the same data, plan and model had finished. */
  kept?: KeptWork | null;
  /** Where fits leave their state; without one nothing is left. */
  checkpoints?: Checkpoints;
  /** Helpers on the CPU; without them this thread does it all. */
  threads?: RunThreads;
  /** What the encoders made of all rows, and what frozen layers gave, where the run is part of one that knows. */
  read?: RecipeCorpus | undefined;
  prefix?: Prefix | undefined;
  /** Measures the plan on this device first and refuses one that does not fit; a run that goes on is not measured again. */
  measured?: boolean;
}

/** Runs the whole plan. Throws AppError: `cancelled`, `non-finite`, and what the guard finds. */
export async function runExperiment(input: ExperimentInput): Promise<ExperimentOutcome> {
  const run = new Experiment(input);
  await run.work();
  return run.conclude();
}

class Experiment {
  readonly #input: ExperimentInput;
  readonly #context: TaskContext;
  readonly #features: ReadAhead;
  readonly #pieces: RunPieces;
  /** What is compared with and fitted for that alone. */
  readonly #baselines: readonly BaselineId[];
  /** Trained on a fold's rows: what is kept when the run is stopped before its final fit. */
  #fallback: TrainedModel | null;
  /** Values trained in it, where its fold was not finished. */
  #fallbackParameters = 0;
  #final: FinalFit | null = null;
  #test: ExperimentOutcome['test'] = null;
  readonly #timings = noTimings();

  constructor(input: ExperimentInput) {
    const { data, testData, plan, model, place, observer, control, threads } = input;
    const { features, states, prefixBytes, modelSha256 } = input;
    const { guard = NO_GUARD, checkpoints = NO_CHECKPOINTS } = input;
    const { modelId: encoderId, names = [], further = [] } = input;
    const kept = input.kept ?? NOTHING_KEPT;
    const corpus = createCorpus(data, testData);
    const pace = new Pace(control, guard, kept.workedMs);
    const frozen = classificationMethod(plan.settings.method).frozenLayers(plan.settings, model.config);
    const lanes = laneCount({ model, further, corpus, settings: plan.settings, threads, prefixBytes }, plan.folds);
    const loads = workloadOf(corpus, plan.settings, countsOf(model), plan.folds, {
      further: further.map((other) => ({ counts: countsOf(other), unread: other.tokenIds })),
    });
    const parts = estimateParts(loads, { ...PLAIN_CORE, lanes });
    const progress = new Progress(observer, pace, parts);
    this.#input = input;
    this.#features = readAhead(features);
    const kits = {
      observer,
      guard,
      checkpoints,
      threads,
      features: this.#features.store,
      states,
      prefixBytes,
      modelSha256,
    };
    this.#context = {
      ...{ model, place, corpus, settings: plan.settings, pace, progress, encoderId, names, further },
      ...kits,
      prefix: input.prefix ?? (frozen > 0 ? new Prefix(model, corpus, frozen, prefixBytes) : undefined),
    };
    this.#baselines = fittedBaselines(plan.settings.method);
    this.#pieces = new RunPieces(kept);
    this.#fallback = kept.fallback;
  }

  async work(): Promise<void> {
    const timings = this.#timings;
    timings.featuresSeconds = this.#input.kept?.featuresSeconds ?? 0;
    timings.baselinesSeconds = this.#pieces.baselineSeconds();
    timings.foldsSeconds = this.#pieces.seconds('tuned');
    timings.finalFitSeconds = (this.#pieces.stateOf(FINAL_PART)?.workedMs ?? 0) / 1000;
    await this.#stages();
  }

  conclude(): ExperimentOutcome {
    const { plan, testData } = this.#input;
    return concludeRun(
      {
        pieces: this.#pieces,
        fallback: this.#fallback,
        fallbackParameters: this.#fallbackParameters,
        final: this.#final,
        test: this.#test,
        timings: this.#timings,
      },
      plan,
      testData !== null,
    );
  }

  /** Returns early when stopped. */
  async #stages(): Promise<void> {
    if (this.#input.measured === true && !this.#input.kept && !(await this.#measure())) return;
    const read = this.#input.read ?? (await this.#timed('featuresSeconds', () => this.#read()));
    if (!read) return;
    if (!this.#input.read) this.#input.observer.onFeatures?.(this.#timings.featuresSeconds);
    this.#finishReading();
    const context = { ...this.#context, threads: this.#input.threads, read };
    const learner = learnerOf(context, this.#context.settings);
    const base = featuresLearner(this.#context, read);
    const begin = () => this.#timed('foldsSeconds', () => this.#beginFolds(context, learner));
    const inTurn = this.#finalAwaitsFolds();
    // Where no fit waits for another, helpers begin with folds while this thread compares, and have the last ones while
    // it fits to all rows.
    let folds = inTurn ? null : await begin();
    try {
      if (!(await this.#timed('baselinesSeconds', () => this.#runBaselines(base)))) return;
      const own = (folds ??= await begin());
      if (!own || !(await this.#timed('foldsSeconds', () => (inTurn ? own.finish() : own.work())))) return;
      // Helpers hold much memory, which the final fit may need.
      if (inTurn) own.end();
      await this.#runFinalFit(learner);
      await this.#timed('foldsSeconds', () => own.finish());
    } finally {
      folds?.end();
    }
  }

  /** True where the folds choose the length of the final fit, or prepare what it reads. */
  #finalAwaitsFolds(): boolean {
    const { settings } = this.#context;
    const { method } = settings;
    return methodDefinition(method).epochs(settings) !== null || !classificationMethod(method).needsReading;
  }

  /** False when stopped. */
  async #measure(): Promise<boolean> {
    const { progress } = this.#context;
    progress.report('features', 0, { message: 'Measuring this plan on this device' });
    const { plan, observer } = this.#input;
    const planned = await estimatePlan(
      this.#context,
      plan.folds,
      await findUnread(this.#context, this.#features.ahead),
    );
    if (!planned) return false;
    progress.expect(planned.parts);
    observer.onEstimate?.(planned.estimate);
    return true;
  }

  #finishReading(): void {
    const { progress, further } = this.#context;
    for (let number = 0; number <= further.length; number++) progress.finish(readingPart(number));
  }

  /** What the encoders make of all rows; nothing, where an interrupted run had done all that asks for it. */
  async #read(): Promise<RecipeCorpus | null> {
    const { plan, letGo } = this.#input;
    const { corpus, model, modelSha256, observer, prefix, states, threads } = this.#context;
    const { needsReading } = classificationMethod(plan.settings.method);
    const done = !needsReading && this.#pieces.countDone('features_only') > plan.folds;
    if (done) return unread(corpus);
    await prefix?.open({ store: states, modelSha256, threads, onLog: (message) => observer.onLog(message) });
    const { layers, embeddings } = methodDefinition(plan.settings.method).trained(plan.settings, model.config);
    return readRows(this.#context, { prefix, onFirst: layers === 0 && !embeddings ? letGo : undefined });
  }

  /** Majority, word counts and, unless it is the method itself, features only: on every fold, then on all rows. */
  async #runBaselines(base: ClassifierLearner): Promise<boolean> {
    const { plan, observer } = this.#input;
    const { pace, progress, corpus } = this.#context;
    const learners: Record<BaselineId, FoldLearner<ClassifierFoldFit | ClassifierFit>> = {
      majority: majorityLearner(this.#context),
      tfidf_logistic_regression: tfIdfLearner(this.#context),
      features_only: base,
    };
    const fits = this.#baselines.length * (plan.folds + 1);
    let done = this.#baselines.reduce((sum, id) => sum + this.#pieces.countDone(id), 0);
    progress.take('baselines', done / fits);
    for (const id of this.#baselines) {
      const learner = learners[id];
      const tell = (): void =>
        progress.report('baselines', ++done / fits, { message: `Comparing: ${BASELINE_WORDS[id].plain}` });
      const finished = await crossValidate<Float32Array, ClassifierFoldFit | ClassifierFit>({
        plan,
        learner,
        pace,
        part: () => 'baselines',
        isDone: (fold) => this.#pieces.has(id, fold),
        onFold: (answered, fit) => {
          const piece = pieceOf(id, outcomeOf(answered), fit);
          this.#pieces.addFold(piece);
          observer.onBaseline?.(piece);
          tell();
        },
      });
      if (!finished) return false;
      if (this.#pieces.final(id)) continue;
      const startedMs = pace.workedMs;
      const fit = await learner.fit(this.#finalTask('baselines', null));
      const probabilities = await fit?.predict(corpus.testRows);
      if (!fit || !probabilities) return false;
      const model = 'keep' in fit ? await fit.keep() : null;
      const seconds = (pace.workedMs - startedMs) / 1000;
      const recipe = recipePieceOf(fit, corpus.testRows);
      const piece = { id, probabilities, chosenC: fit.chosenC, model, seconds, ...(recipe && { recipe }) };
      this.#pieces.addFinal(piece);
      observer.onBaselineFinal?.(piece);
      tell();
    }
    return true;
  }

  /** Null when stopped. */
  #beginFolds(context: EvaluationContext, learner: ClassifierLearner): Promise<BegunEvaluation | null> {
    const { plan, observer } = this.#input;
    const { settings, progress } = this.#context;
    for (const { fold } of this.#pieces.outcomes('tuned')) progress.finish(foldPart(fold));
    const keepUnfinished = async (fit: ClassifierFit): Promise<void> => {
      // Another thread may have finished a fold meanwhile.
      if (this.#fallback !== null) return;
      this.#fallback = await fit.keep();
      this.#fallbackParameters = fit.trainedParameters;
    };
    const hooks: EvaluationHooks = {
      isDone: (fold) => this.#pieces.has('tuned', fold),
      stateOf: (part) => this.#pieces.stateOf(part),
      onFold: (piece, model) => {
        this.#fallback = model;
        this.#pieces.addFold(piece);
        observer.onFold(piece, model);
      },
      ...(this.#fallback === null && { onUnfinished: keepUnfinished }),
    };
    return beginEvaluation(context, { settings, split: plan }, hooks, learner);
  }

  /** The model that is kept: all training rows, for the length that the folds chose. */
  async #runFinalFit(learner: ClassifierLearner): Promise<void> {
    const { settings, corpus, progress } = this.#context;
    const best = this.#pieces.outcomes('tuned').flatMap(({ bestEpoch }) => bestEpoch ?? []);
    const planned = methodDefinition(settings.method).epochs(settings);
    const epochs = planned === null ? null : (medianLength(best) ?? planned);
    const fit = await this.#timed('finalFitSeconds', () => learner.fit(this.#finalTask(FINAL_PART, epochs)));
    if (!fit) return;
    try {
      const { steps, epochs: trained, trainedParameters, chosenC } = fit;
      const length = epochs === null ? [] : [lengthNote(epochs, best, corpus.trainRows.length)];
      const notes = [...fit.notes, ...length];
      const recipe = recipePieceOf(fit, corpus.testRows);
      const figures = { steps, epochs: trained, trainedParameters, chosenC, notes };
      const model = await fit.keep();
      const plain = fit.recipe && { ...model, head: fit.recipe.plainHead };
      this.#final = { model, ...figures, ...(recipe && { recipe }), ...(plain && { plain }) };
      progress.finish(FINAL_PART);
      await this.#timed('testSeconds', () => this.#runTest((rows) => fit.predict(rows)));
    } finally {
      fit.dispose();
    }
  }

  async #runTest(predict: (rows: Int32Array) => Promise<Float32Array | null>): Promise<void> {
    const { testRows } = this.#context.corpus;
    if (testRows.length === 0) return;
    this.#context.progress.report('test', 0, { message: `Answering ${testRows.length} test rows` });
    const probabilities = await predict(testRows);
    if (!probabilities) return;
    const tuned = this.#onTest(probabilities);
    const baseline = (id: BaselineId): Predictions => {
      const piece = this.#pieces.final(id);
      return piece ? this.#onTest(piece.probabilities) : tuned;
    };
    this.#test = {
      ...tuned,
      baselines: {
        majority: baseline('majority'),
        tfidf_logistic_regression: baseline('tfidf_logistic_regression'),
        features_only: baseline('features_only'),
      },
    };
    this.#context.progress.report('test', 1, {
      message: `Answered ${testRows.length} test rows`,
      rows: testRows.length,
    });
  }

  #finalTask(part: string, epochs: number | null): FitTask {
    const rows = this.#context.corpus.trainRows;
    const state = this.#pieces.stateOf(part);
    return { rows, fold: this.#input.plan.folds, part, epochs, keepWhenStopped: false, state };
  }

  /** Rows of a prediction count within the test part. */
  #onTest(probabilities: Float32Array): Predictions {
    return { rows: Int32Array.from(this.#context.corpus.testRows.keys()), probabilities };
  }

  /** Adds the time worked, pauses left out. */
  async #timed<T>(key: keyof ExperimentTimings, work: () => Promise<T>): Promise<T> {
    const startedMs = this.#context.pace.workedMs;
    try {
      return await work();
    } finally {
      this.#timings[key] += (this.#context.pace.workedMs - startedMs) / 1000;
    }
  }
}

const NOTHING_KEPT: KeptWork = { folds: [], finals: [], fits: [], fallback: null, workedMs: 0, featuresSeconds: 0 };
