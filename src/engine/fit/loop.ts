/**
 * The steps of a fit, whatever its method: order, rates, validation, checkpoints, setbacks, memory. A method gives its
 * batches and their losses.
 *
 * Promises: a loop that takes up a state does, from there on, bit for bit what the one that left it would have done.
 * So all that a step needs is in the state or follows from settings, seed and step, and nothing depends on when a
 * checkpoint was taken. That is also why a setback goes to the best weights by validation, or else to the start, with
 * moments of zero: both are in the state anyway, where other good weights would double it.
 *
 * Over 300 lines, since what a state holds and all that changes it stand together.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { FitState } from '../../core/run/checkpoint';
import { MOST_SETBACKS, NO_DIVERGENCE, setBack, watchLoss } from './divergence';
import { NO_VALIDATION, watchValidation } from '../../core/settings/early-stopping';
import { FINAL_PART } from '../../core/run/parts';
import type { CurvePoint } from '../../core/run/record';
import { learningRateAt } from '../../core/settings/schedule';
import { formatCount } from '../../core/words/numbers';
import type { WeightArrays } from '../models/weights';
import { AdamW } from '../optim/adamw';
import { STEP_TOKENS } from './budget';
import type { Fork } from './fork';
import type { FitContext, FitTask } from './learner';
import type { SharedStep } from './shared-step';
import { optimizerStep, type StepResult } from './step';

/** Figures of rows that a fit does not learn from: their loss, by which it is stopped and the best is kept; the task's own. */
export interface ValidationFigures extends Pick<CurvePoint, 'metrics'> {
  validLoss: number;
}

/** What one step learns from. */
export interface StepBatch {
  /** One function per micro-batch, as `optimizerStep` takes them. */
  losses: (() => tf.Tensor)[];
  /** Where other threads compute some of them. */
  shared?: SharedStep | undefined;
  /** Texts in it. */
  rows: number;
  /** Tokens of them, where tokens are what is learned. */
  tokens?: number;
  /** Padded tokens of the largest micro-batch that can still be cut; 0 when each is a single example. */
  cuttable: number;
}

export interface LoopPlan {
  task: FitTask;
  /** Stays the caller's. */
  fork: Fork;
  /** Puts the fork back to where it began. */
  restart(): void;
  /** Steps of one pass over the data. */
  perEpoch: number;
  /** Steps over which the learning rate runs its course. */
  planned: number;
  /** The step that training ends with. */
  last: number;
  /** Before a step's batch: has ready what its losses read and is not in memory. */
  fetch?(step: number): Promise<void>;
  /** The examples of a step (1-based) in micro-batches of at most `tokens` padded tokens. */
  batch(step: number, tokens: number): StepBatch;
  /** The rate of a parameter before warm-up and descent. */
  baseRate(name: string): number;
  /** The loss of a model that knows nothing. */
  chanceLoss: number;
  /**
   * A look at other rows, after every so many steps of an epoch and at its end; null figures when stopped. `chooses`: they
   * were set aside to stop by and to keep the best by; else they are looked at for the curve, and nothing follows from it.
   */
  validation: { every: number; chooses: boolean; look(): Promise<ValidationFigures | null> } | null;
  /** Share of the part that its steps take; the rest is answering. */
  share: number;
}

/** A state that could not be read is not tried again sooner: each try costs time, and the GPU its free buffers. */
const RETRY_MS = 60_000;

const NO_FIGURES = {
  trainLoss: null,
  learningRate: null,
  gradNorm: null,
  validLoss: null,
  metrics: null,
};

export class TrainingLoop {
  readonly #context: FitContext;
  readonly #plan: LoopPlan;
  readonly #optimizer: AdamW;
  readonly #startedMs: number;
  #step = 0;
  #looked = 0;
  #over = false;
  #points = 0;
  #best: WeightArrays | null = null;
  #watched = NO_VALIDATION;
  #stepTokens = STEP_TOKENS;
  #divergence = NO_DIVERGENCE;
  #keptAt = '';
  /** By the time worked, when a state that could not be read is tried again; 0 while all can. */
  #retryMs = 0;

  /** Takes up the state of the task, if it has one. */
  constructor(context: FitContext, plan: LoopPlan) {
    this.#context = context;
    this.#plan = plan;
    this.#optimizer = new AdamW({ weightDecay: context.settings.weightDecay });
    const { state, part } = plan.task;
    this.#startedMs = context.pace.workedMs - (state?.workedMs ?? 0);
    if (!state) return;
    if (!belongsTo(state, plan.fork)) {
      context.observer.onLog(`${this.#name()} begins again: what was kept of it is not of this model.`);
      return;
    }
    this.#step = state.step;
    this.#looked = state.looked;
    this.#over = state.over;
    this.#points = state.points;
    this.#best = state.best;
    this.#watched = state.watched;
    this.#stepTokens = state.stepTokens;
    this.#divergence = state.divergence;
    plan.fork.restore(state.weights);
    this.#optimizer.restore(state.optimizer, plan.fork.weights);
    this.#keptAt = this.#moment();
    context.progress.take(part, (plan.share * state.step) / plan.last);
  }

  /** Steps done. */
  get steps(): number {
    return this.#step;
  }

  get epochs(): number {
    return this.#step / this.#plan.perEpoch;
  }

  /** The epoch of the best validation; null where none was made. */
  get bestEpoch(): number | null {
    return this.#watched === NO_VALIDATION || this.#watched.bestStep === 0 ? null : this.#watched.bestEpoch;
  }

  /** What happened otherwise than planned, for the report. */
  get notes(): string[] {
    const { setbacks, rateFactor } = this.#divergence;
    if (setbacks === 0) return [];
    const times = setbacks === 1 ? 'once' : `${setbacks} times`;
    return [`${this.#name()} lost its way ${times} and was trained at 1/${1 / rateFactor} of the learning rate.`];
  }

  /** Trains to the end, or to a stop; the fork then has the best weights. Has the fit kept until `dispose`. */
  async run(): Promise<void> {
    const { pace } = this.#context;
    pace.keepWith((wanted) => this.#keep('step', wanted));
    while (!this.#over) {
      if (!(await this.#lookIfDue()) || this.#step >= this.#plan.last) break;
      if (this.#atEpochEnd) await this.#keep('epoch');
      if (!(await pace.goOn())) break;
      await this.#train();
    }
    if (this.#best) this.#plan.fork.restore(this.#best);
    this.#best = null;
    this.#optimizer.dispose();
    // What a stop finishes is no training that has come to its end: it is not to be taken for that later.
    if (pace.stopped) {
      pace.keepWith(null);
    } else if (!this.#over) {
      this.#over = true;
      await this.#keep('epoch');
    }
  }

  dispose(): void {
    this.#context.pace.keepWith(null);
    this.#optimizer.dispose();
  }

  get #atEpochEnd(): boolean {
    return this.#step > 0 && this.#step % this.#plan.perEpoch === 0;
  }

  async #train(): Promise<void> {
    const { settings, progress } = this.#context;
    const { task, perEpoch, last, share } = this.#plan;
    const done = await this.#unlessDiverged(() => this.#update());
    if (!done) return;
    const { result, rows, tokens } = done;
    const step = ++this.#step;
    const { loss, gradNorm } = result;
    this.#point({ trainLoss: loss, learningRate: this.#rate(settings.learningRate, step), gradNorm });
    progress.report(task.part, (share * step) / last, {
      message: `Step ${step} of ${last}`,
      fold: task.fold,
      epoch: Math.floor((step - 1) / perEpoch),
      epochs: Math.ceil(last / perEpoch),
      step,
      steps: last,
      rows,
      tokens,
    });
    const { state, diverged } = watchLoss(this.#divergence, loss, this.#plan.chanceLoss);
    this.#divergence = state;
    if (diverged) await this.#goBack(`its loss rose to ${loss.toPrecision(3)}`);
  }

  /** One update; again in smaller parts when the memory ran out, which leaves weights and moments as they were. */
  async #update(): Promise<{ result: StepResult; rows: number; tokens: number }> {
    const { fork, batch, baseRate } = this.#plan;
    const { settings, guard } = this.#context;
    const step = this.#step + 1;
    await this.#plan.fetch?.(step);
    for (;;) {
      const { losses, shared, rows, tokens = 0, cuttable } = batch(step, this.#stepTokens);
      try {
        const result = await optimizerStep({
          weights: fork.weights,
          trainable: fork.trainable,
          losses,
          shared,
          optimizer: this.#optimizer,
          learningRate: (name) => this.#rate(baseRate(name), step),
          maxGradNorm: settings.maxGradNorm,
          guard,
        });
        return { result, rows, tokens };
      } catch (error) {
        // What ran out outside of the step, halving the step does not bring back.
        guard.check();
        if (!(error instanceof AppError && error.code === 'out-of-memory')) throw error;
        if (cuttable === 0) throw memoryRanOut(error);
        this.#stepTokens = Math.floor(cuttable / 2);
        this.#context.observer.onLog(
          `The device ran out of memory: batches are computed in parts of ${formatCount(this.#stepTokens)} tokens ` +
            'now. Every step still learns from the same rows.',
        );
      }
    }
  }

  /** Looks at the other rows and, where they choose, keeps the best weights so far; false when stopped or out of patience. */
  async #lookIfDue(): Promise<boolean> {
    const { validation, perEpoch } = this.#plan;
    const inEpoch = this.#step % perEpoch;
    const due = inEpoch === 0 || (validation !== null && inEpoch % validation.every === 0);
    if (!validation || this.#looked === this.#step || !due) return true;
    const figures = await this.#unlessDiverged(() => validation.look());
    if (figures === undefined) return true;
    if (figures === null) return false;
    this.#point(validation.chooses ? figures : { ...figures, watched: true });
    if (!validation.chooses) {
      this.#looked = this.#step;
      return true;
    }
    const seen = { loss: figures.validLoss, step: this.#step, epoch: this.epochs };
    const { state, better, stop } = watchValidation(this.#watched, seen, this.#context.settings.earlyStoppingPatience);
    if (better) this.#best = await this.#plan.fork.read();
    this.#watched = state;
    this.#looked = this.#step;
    return !stop;
  }

  /** Undefined when numbers were not finite, and the loop went back. */
  async #unlessDiverged<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'non-finite')) throw error;
      await this.#goBack('its numbers were not finite any more', error);
      return undefined;
    }
  }

  async #goBack(what: string, cause?: AppError): Promise<void> {
    const { fork, restart } = this.#plan;
    const step = this.#step;
    if (this.#divergence.setbacks === MOST_SETBACKS) throw lostItsWay(this.#name(), step, cause);
    this.#divergence = setBack(this.#divergence);
    if (this.#best) fork.restore(this.#best);
    else restart();
    this.#step = this.#looked = this.#best ? this.#watched.bestStep : 0;
    this.#optimizer.restore({ step: 0, moments: new Map() }, fork.weights);
    const where = this.#step === 0 ? 'its start' : `the weights of step ${formatCount(this.#step)}`;
    this.#context.observer.onLog(
      `${this.#name()} lost its way at step ${formatCount(step)}: ${what}. It goes on from ${where} at ` +
        `1/${1 / this.#divergence.rateFactor} of the learning rate.`,
    );
  }

  /** `wanted`: whether it is due or not. */
  async #keep(at: 'step' | 'epoch', wanted = false): Promise<void> {
    const { checkpoints } = this.#context;
    const moment = this.#moment();
    if (moment === this.#keptAt) return;
    if (!wanted && (this.#context.pace.workedMs < this.#retryMs || !checkpoints.due(at))) return;
    const state = await this.#readable();
    if (!state) return;
    await checkpoints.save(state);
    this.#keptAt = moment;
  }

  /** The state; null when there is no memory for a copy of it, which is said: the one kept before still holds. */
  async #readable(): Promise<FitState | null> {
    try {
      const state = await this.#state();
      this.#retryMs = 0;
      return state;
    } catch (error) {
      // A typed array for which this thread has no memory is a RangeError.
      if (!(error instanceof RangeError || (error instanceof AppError && error.code === 'out-of-memory'))) throw error;
      if (this.#retryMs === 0) {
        this.#context.observer.onLog(
          `${this.#name()} could not be kept at step ${formatCount(this.#step)}: there is no memory for a copy of it. ` +
            'What was kept before still holds, and it goes on.',
        );
      }
      this.#retryMs = this.#context.pace.workedMs + RETRY_MS;
      return null;
    }
  }

  /** The same as long as nothing was done: a state is not kept twice. */
  #moment(): string {
    return [this.#step, this.#looked, this.#over, this.#divergence.setbacks].join();
  }

  async #state(): Promise<FitState> {
    const { task, fork } = this.#plan;
    return {
      part: task.part,
      fold: task.fold,
      step: this.#step,
      looked: this.#looked,
      over: this.#over,
      points: this.#points,
      workedMs: this.#context.pace.workedMs - this.#startedMs,
      weights: await fork.read(),
      optimizer: await this.#optimizer.state(),
      best: this.#best,
      watched: this.#watched,
      stepTokens: this.#stepTokens,
      divergence: this.#divergence,
    };
  }

  #rate(base: number, step: number): number {
    const { warmupRatio, schedule } = this.#context.settings;
    const totalSteps = this.#plan.planned;
    const warmupSteps = Math.round(warmupRatio * totalSteps);
    return this.#divergence.rateFactor * learningRateAt(step, { base, warmupSteps, totalSteps, schedule });
  }

  #point(figures: Partial<CurvePoint>): void {
    const { fold, told = 0 } = this.#plan.task;
    if (++this.#points <= told) return;
    this.#context.observer.onPoint({ ...NO_FIGURES, fold, epoch: this.epochs, step: this.#step, ...figures });
  }

  #name(): string {
    const { fold, part } = this.#plan.task;
    return part === FINAL_PART ? 'The final fit' : `Fold ${fold + 1}`;
  }
}

function belongsTo({ weights }: FitState, { trainable, weights: own }: Fork): boolean {
  const same = (name: string): boolean => weights.get(name)?.shape.join() === own.get(name)?.shape.join();
  return weights.size === trainable.length && trainable.every(same);
}

function lostItsWay(name: string, step: number, cause: AppError | undefined): AppError {
  return new AppError(
    'non-finite',
    `${name} lost its way ${MOST_SETBACKS + 1} times, the last time at step ${step}, though the learning rate was ` +
      `halved each time. Folds that were finished are kept. Choose a learning rate at least ten times smaller.`,
    { cause, details: { step, ...cause?.details } },
  );
}

function memoryRanOut(cause: AppError): AppError {
  return new AppError(
    'out-of-memory',
    'The device’s memory does not hold one training step, even one text at a time. Choose shorter texts, fewer ' +
      'layers, or the processor; closing other tabs and programs also helps.',
    { cause, details: { ...cause.details } },
  );
}
