/**
 * A search for what works on the rows of a run: rungs and settings fitted to the same folds, one move after the other, as
 * `core/search` says. What was read of the texts and what frozen layers gave is shared by all of them.
 *
 * Promises: what is next follows from the pieces alone, so that a search that goes on comes to the same pieces, to the
 * bit; a rung that the device cannot hold is skipped, said, and the others stand; on a device that broke down by it, they
 * are for the next start.
 */
import { AppError } from '../../core/errors';
import { deriveSeed } from '../../core/random';
import { holdOut } from '../../core/data/hold-out';
import type { FitState, FoldPiece } from '../../core/run/checkpoint';
import { foldPart, type TrialId } from '../../core/run/parts';
import { seenIn, trialId } from '../../core/run/search-pieces';
import type { Judge } from '../../core/search/answers';
import { nextOfClimb, type Searched, type TryCosts } from '../../core/search/climb';
import type { Move } from '../../core/search/next-move';
import type { LadderPlan, RowShare } from '../../core/search/plan';
import type { Rung } from '../../core/search/rung';
import { type Candidate, candidatesOf, MOST_TRIED } from '../../core/search/settings-search';
import type { Seen, SkippedTrial, Trial } from '../../core/search/trials';
import type { Settings } from '../../core/settings/settings';
import { PREFIX_BYTES } from '../fit/budget';
import { Prefix } from '../frozen/prefix';
import { majorityLearner, tfIdfLearner } from '../tasks/classification/baselines';
import { outcomeOf, pieceOf } from '../tasks/classification/folds';
import type { ClassifierFoldFit, ClassifierFoldLearner } from '../tasks/classification/method';
import { featuresLearner } from '../tasks/classification/methods/features-only';
import { namesLearner } from '../tasks/classification/names-only';
import { classificationMethod } from '../tasks/classification/registry';
import { countsOf } from '../models/encoder';
import { crossValidate } from './cross-validate';
import { evaluate, type Evaluation, type EvaluationContext } from './evaluate';
import type { OtherEncoders } from './other-encoders';
import { costsNextTo, type PricedTry } from './try-costs';

export interface LadderRun {
  plan: LadderPlan;
  rungs: readonly Rung[];
  /** Of a rung that is a method, with everything on auto. */
  settingsOf(rung: Rung): Settings;
  split: Evaluation['split'];
  judge: Judge;
  /** Spent on reading the texts, by this start and those before. */
  readMs: number;
  /** On which rungs may be tried besides; they stay the caller's. */
  others?: OtherEncoders | undefined;
}

export interface LadderHooks {
  /** What an interrupted search had passed over: it is not tried again. */
  skipped?: readonly SkippedTrial[];
  /** Pieces of trials that an interrupted search had finished. */
  kept?: readonly FoldPiece[];
  /** Where its fits had got to. */
  stateOf?(part: string): FitState | null;
  /** Before a move; what the tries of its rung take, next to auto, and which encoder it trains. */
  onMove?(
    move: Move,
    seen: readonly Seen[],
    searched: Searched | null,
    own: { costs: readonly number[]; encoder: number },
  ): void;
  onFold?(piece: FoldPiece, seen: readonly Seen[]): void;
  onSkipped?(trial: Trial, why: string): void;
}

export interface Climbed {
  seen: Seen[];
  pieces: FoldPiece[];
  searched: Searched | null;
  /** The settings of a trial, the encoder that it trains, and what of frozen layers was computed for it. */
  fitOf(trial: Trial): Candidate & { prefix: Prefix | undefined };
  /** False when stopped: what has all its folds by then can be chosen from. */
  finished: boolean;
}

/** A device that cannot hold one rung may hold the others; nothing else is passed over. */
const SKIPPED: readonly AppError['code'][] = ['out-of-memory', 'plan-too-large', 'non-finite', 'data-unusable'];

/** Goes from move to move until nothing is worth fitting any more, or there is no room, or it is stopped. */
export function climbLadder(context: EvaluationContext, run: LadderRun, hooks: LadderHooks = {}): Promise<Climbed> {
  return new Ladder(context, run, hooks).climb();
}

class Ladder {
  readonly #context: EvaluationContext;
  readonly #run: LadderRun;
  readonly #hooks: LadderHooks;
  readonly #seen: Seen[] = [];
  readonly #pieces: FoldPiece[] = [];
  readonly #candidates: ReadonlyMap<string, readonly Candidate[]>;
  readonly #prefixes: ReadonlyMap<number, Prefix>;
  readonly #splits = new Map<RowShare, Int32Array>();
  readonly #costs = new Map<string, TryCosts>();

  constructor(context: EvaluationContext, run: LadderRun, hooks: LadderHooks) {
    const { maxLength, seed } = context.settings;
    const taken = new Set(run.plan.rungs.flatMap(({ rung, first }) => (first === null ? [] : [rung])));
    const encoders = 1 + (run.others?.count ?? 0);
    const candidates = run.rungs
      .filter(({ id }) => taken.has(id))
      .map((rung): [string, Candidate[]] => {
        if (rung.work.kind !== 'method') return [rung.id, [{ settings: context.settings, encoder: 0 }]];
        const auto = { ...run.settingsOf(rung), maxLength, seed };
        return [rung.id, candidatesOf(rung, auto, { encoders, count: MOST_TRIED })];
      });
    this.#context = context;
    this.#run = run;
    this.#hooks = hooks;
    this.#candidates = new Map(candidates);
    this.#prefixes = prefixesOf(
      context,
      candidates.flatMap(([, of]) => of.map(({ settings }) => settings)),
    );
    const trials = new Map(this.#trials().map((trial) => [this.#idOf(trial), trial]));
    for (const piece of hooks.kept ?? []) {
      for (const [id, trial] of trials) if (id === piece.id) this.#take(trial, piece);
    }
    for (const { trial, why } of hooks.skipped ?? []) this.#skip(trial, why);
  }

  async climb(): Promise<Climbed> {
    const { plan, judge, readMs } = this.#run;
    const costsOf = (rung: string): TryCosts => this.#costsOf(rung);
    for (;;) {
      const { move, searched } = nextOfClimb({ plan, judge, seen: this.#seen, readMs, costsOf });
      if (!move) return { ...this.#result(searched), finished: true };
      const costs = move.trial.candidate > 0 ? costsOf(move.trial.rung).costs : [];
      this.#hooks.onMove?.(move, this.#seen, searched, { costs, encoder: this.#candidateOf(move.trial).encoder });
      if (!(await this.#try(move))) return { ...this.#result(searched), finished: false };
    }
  }

  #result(searched: Searched | null): Omit<Climbed, 'finished'> {
    return {
      ...{ seen: this.#seen, pieces: this.#pieces, searched },
      fitOf: (trial) => {
        const own = this.#candidateOf(trial);
        return { ...own, prefix: this.#prefixOf(own) };
      },
    };
  }

  #costsOf(rung: string): TryCosts {
    const known = this.#costs.get(rung);
    if (known) return known;
    const { corpus, model } = this.#context;
    const { others, plan } = this.#run;
    const all = this.#candidates.get(rung) ?? [];
    const priced = all.map(({ settings, encoder }): PricedTry => {
      if (encoder === 0 || !others) return { corpus, counts: countsOf(model), settings };
      return { corpus: others.corpusOf(encoder), counts: countsOf(others.architectureOf(encoder)), settings };
    });
    // Auto on every other encoder stands before settings that were drawn.
    const own: TryCosts = {
      costs: costsNextTo(plan.folds, priced),
      encoders: Math.max(0, ...all.map(({ encoder }) => encoder)),
    };
    this.#costs.set(rung, own);
    return own;
  }

  #candidateOf({ rung, candidate }: Trial): Candidate {
    const own = this.#candidates.get(rung)?.[candidate];
    if (!own) throw new AppError('internal', `There is no try ${candidate} of ${rung}.`);
    return own;
  }

  /** An encoder that cannot be trained with auto is tried with no other settings. */
  #skip(trial: Trial, why: string): void {
    const all = this.#candidates.get(trial.rung) ?? [];
    const encoder = all[trial.candidate]?.encoder ?? 0;
    const isItsAuto = encoder > 0 && trial.candidate === encoder;
    const lost = isItsAuto ? [...all.keys()].filter((at) => all[at]?.encoder === encoder) : [trial.candidate];
    this.#seen.push(...lost.map((candidate) => ({ trial: { ...trial, candidate }, folds: [], ms: 0, failed: why })));
  }

  /** False when stopped. */
  async #try(move: Move): Promise<boolean> {
    try {
      return await this.#fit(move);
    } catch (error) {
      if (!(error instanceof AppError && SKIPPED.includes(error.code))) throw error;
      this.#skip(move.trial, error.message);
      this.#hooks.onSkipped?.(move.trial, error.message);
      // A device that is broken by it would fail every rung after: the next start has a new one, and knows of this rung.
      this.#context.guard.check();
      return true;
    }
  }

  async #fit({ trial, folds }: Move): Promise<boolean> {
    const rung = this.#run.rungs.find(({ id }) => id === trial.rung);
    if (!rung) throw new AppError('internal', `There is no rung ${trial.rung}.`);
    const candidate = this.#candidateOf(trial);
    const id = this.#idOf(trial);
    const split = { foldOf: this.#foldOf(trial.share), folds: this.#run.split.folds };
    const isDone = (fold: number): boolean => !folds.includes(fold);
    const add = (piece: FoldPiece): void => {
      this.#take(trial, piece);
      this.#hooks.onFold?.(piece, this.#seen);
    };
    if (rung.work.kind === 'method') {
      const { stateOf } = this.#hooks;
      const hooks = { isDone, onFold: add, ...(stateOf && { stateOf }) };
      const context = await this.#contextOf(candidate);
      const evaluation = { settings: candidate.settings, split, trial: id };
      return context !== null && (await evaluate(context, evaluation, hooks)) !== null;
    }
    return crossValidate<Float32Array, ClassifierFoldFit>({
      plan: split,
      learner: this.#foldLearner(rung),
      pace: this.#context.pace,
      part: (fold) => foldPart(fold, id),
      isDone,
      onFold: (answered, fit) => add(pieceOf(id, outcomeOf(answered), fit)),
    });
  }

  #foldLearner({ work }: Rung): ClassifierFoldLearner {
    const { read } = this.#context;
    if (work.kind !== 'baseline') return namesLearner(read);
    switch (work.id) {
      case 'majority':
        return majorityLearner(this.#context);
      case 'tfidf_logistic_regression':
        return tfIdfLearner(this.#context);
      case 'features_only':
        return featuresLearner(this.#context, read);
      default:
        return work.id satisfies never;
    }
  }

  /** Null when stopped before an encoder was placed. */
  async #contextOf(candidate: Candidate): Promise<EvaluationContext | null> {
    const { settings, encoder } = candidate;
    if (encoder > 0 && !(await this.#context.pace.goOn())) return null;
    const own = encoder > 0 ? await this.#run.others?.partsOf(encoder) : undefined;
    return { ...this.#context, ...own, settings, prefix: this.#prefixOf(candidate) };
  }

  /** On other encoders nothing is frozen. */
  #prefixOf({ settings, encoder }: Candidate): Prefix | undefined {
    return encoder > 0 ? undefined : this.#prefixes.get(frozenOf(this.#context, settings));
  }

  #take(trial: Trial, piece: FoldPiece): void {
    this.#seen.push(seenIn(this.#run.plan, this.#run.judge, trial, piece));
    this.#pieces.push(piece);
  }

  #idOf(trial: Trial): TrialId {
    return trialId(this.#run.plan, trial);
  }

  #trials(): Trial[] {
    const shares: RowShare[] = [1, 0.5, 0.25];
    return [...this.#candidates].flatMap(([rung, of]) =>
      [...of.keys()].flatMap((candidate) => shares.map((share) => ({ rung, candidate, share }))),
    );
  }

  /** The folds of a share of the rows: the same rows in the same folds for all, the smaller share within the larger. */
  #foldOf(share: RowShare): Int32Array {
    if (share === 1) return this.#run.split.foldOf;
    const known = this.#splits.get(share);
    if (known) return known;
    const all = this.#foldOf(share === 0.25 ? 0.5 : 1);
    const { corpus, settings } = this.#context;
    const { foldOf, folds } = this.#run.split;
    const rows = corpus.trainRows.filter((row) => (all[row] ?? -1) >= 0);
    // Every label keeps its share in every fold.
    const strata = rows.map((row) => (corpus.labelIndices[row] ?? 0) * folds + (foldOf[row] ?? 0));
    const groups = rows.map((row) => corpus.groups[row] ?? row);
    const { held } = holdOut(strata, groups, 0.5, deriveSeed(settings.seed, 'share', share));
    const own = new Int32Array(foldOf.length).fill(-1);
    for (const at of held) {
      const row = rows[at] ?? 0;
      own[row] = foldOf[row] ?? 0;
    }
    this.#splits.set(share, own);
    return own;
  }
}

function frozenOf({ model }: EvaluationContext, settings: Settings): number {
  return classificationMethod(settings.method).frozenLayers(settings, model.config);
}

/** What frozen layers give, for every depth that some settings ask for; together they keep to the bytes of one. */
function prefixesOf(context: EvaluationContext, settings: readonly Settings[]): Map<number, Prefix> {
  const { model, corpus, prefixBytes = PREFIX_BYTES, prefix } = context;
  const depths = [...new Set(settings.map((own) => frozenOf(context, own)))].filter((depth) => depth > 0);
  const each = Math.floor(prefixBytes / Math.max(1, depths.length));
  return new Map(
    depths.map((depth) => [depth, prefix?.from === depth ? prefix : new Prefix(model, corpus, depth, each)]),
  );
}
