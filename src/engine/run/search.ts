/**
 * A run that finds what works: rungs are measured, planned for a budget and climbed; then the one to use is fitted
 * to all rows and tested, as a run of it by hand would be, on the folds that it has already.
 *
 * Promises: nothing that is read or frozen is computed twice; a stop while rungs are climbed is no end, in this start or
 * the next: it goes on with the best that has all its folds; a search that goes on from what an interrupted one kept comes
 * to the same outcome, to the bit.
 *
 * Over 300 lines, since it reads from top to bottom as a search goes.
 */
import { AppError, toErrorData } from '../../core/errors';
import { type FoldPiece, type KeptWork, NO_CHECKPOINTS } from '../../core/run/checkpoint';
import { emptyOutcome, noTimings } from '../../core/run/outcome';
import type { ExperimentOutcome, RunControl } from '../../core/run/experiment';
import { concludedPieces, isTrialPiece, trialId } from '../../core/run/search-pieces';
import type { RecipeCorpus } from '../../core/recipes/encoded-rows';
import type { Judge } from '../../core/search/answers';
import type { Searched } from '../../core/search/climb';
import { behindMove, msOf } from '../../core/search/next-move';
import { type LadderOutcome, ladderOutcome } from '../../core/search/outcome';
import {
  findsModel,
  type LadderPlan,
  planLadder,
  planWords,
  type SearchRequest,
  triesEncoders,
} from '../../core/search/plan';
import type { Rung } from '../../core/search/rung';
import { type LadderNow, type LadderTable, ladderTable, nowOf } from '../../core/search/table';
import type { Seen, SkippedTrial, Trial } from '../../core/search/trials';
import type { Settings } from '../../core/settings/settings';
import { NO_GUARD } from '../device/guard';
import { Pace } from '../fit/pace';
import { createCorpus } from '../tasks/classification/corpus';
import type { FurtherEncoder } from '../tasks/classification/further-encoder';
import type { TaskContext } from '../tasks/classification/method';
import { readRows } from '../tasks/classification/reading';
import { type ExperimentInput, runExperiment } from './experiment';
import { type Climbed, climbLadder } from './ladder';
import { LadderProgress } from './ladder-progress';
import { OtherEncoders } from './other-encoders';
import { findUnread } from './plan-estimate';
import { measureRungs } from './rung-costs';

/** What is told of a search while it works, beside what is told of its runs. */
export interface SearchObserver {
  /** What will be done: kept, so that a search that goes on has the same. */
  onPlan(plan: LadderPlan): void;
  onTable(table: LadderTable, now: LadderNow | null): void;
  onTrial(piece: FoldPiece): void;
  onSkipped(skipped: SkippedTrial): void;
  /** A person had enough: what follows is the final fit. */
  onStopped(): void;
}

export interface SearchInput extends Omit<ExperimentInput, 'measured' | 'letGo' | 'place'> {
  request: SearchRequest;
  rungs: readonly Rung[];
  /** Of a rung that is a method, with everything on auto. */
  settingsOf(rung: Rung): Settings;
  judge: Judge;
  search: SearchObserver;
  /** Of a search that goes on; `plan` is null where it broke off while it was measured. */
  before?: { plan: LadderPlan | null; skipped: readonly SkippedTrial[]; stopped: boolean } | null;
}

export interface SearchResult {
  /** As of a run of the recommended rung, but that its folds are answered by what was chosen without them. */
  outcome: ExperimentOutcome;
  /** Of the recommended rung; those of the search where none is. */
  settings: Settings;
  /** Place of the encoder that it trains among those of the run: 0 is the first; and how many could be tried. */
  encoder: number;
  encoders: number;
  plan: LadderPlan | null;
  seen: readonly Seen[];
  searched: Searched | null;
  /** Null where no rung that leaves a model has all its folds. */
  conclusion: LadderOutcome | null;
  stopped: boolean;
}

/** Runs the whole search. Throws what `runExperiment` does, and `config-invalid` where the budget is too small for any rung. */
export function runSearch(input: SearchInput): Promise<SearchResult> {
  return new SearchRun(input).work();
}

class SearchRun {
  readonly #input: SearchInput;
  readonly #kept: KeptWork;
  #others: OtherEncoders | undefined;
  #pace: Pace;
  /** A person had enough: no rung is fitted any more. */
  #enough: boolean;

  constructor(input: SearchInput) {
    this.#input = input;
    this.#kept = input.kept ?? NOTHING_KEPT;
    this.#pace = new Pace(input.control, input.guard, this.#kept.workedMs);
    this.#enough = input.before?.stopped === true;
  }

  async work(): Promise<SearchResult> {
    try {
      return await this.#work();
    } finally {
      this.#others?.dispose();
    }
  }

  async #work(): Promise<SearchResult> {
    const { rungs, judge, search, before } = this.#input;
    const plan = before?.plan ?? (await this.#plan());
    if (!plan) return this.#nothing(null);
    if (!before?.plan) search.onPlan(plan);
    const startedMs = this.#pace.workedMs;
    const { own, progress, read } = await this.#read(plan);
    if (!read) return this.#nothing(plan);
    // What a search that goes on had taken counts, not what finding it again does: else other moves would follow.
    const took = (this.#pace.workedMs - startedMs) / 1000;
    const featuresSeconds = this.#kept.featuresSeconds > 0 ? this.#kept.featuresSeconds : took;
    this.#input.observer.onFeatures?.(featuresSeconds);
    const climbed = await this.#climb({ ...own, threads: this.#input.threads, read }, plan, {
      readMs: 1000 * featuresSeconds,
      progress,
    });
    const { seen, searched } = climbed;
    const stopped = this.#enough || !climbed.finished;
    search.onTable(ladderTable({ plan, judge, seen, readMs: 1000 * featuresSeconds }, rungs), null);
    const conclusion = ladderOutcome(plan, judge, seen, searched);
    if (!conclusion) {
      if (climbed.finished) throw noModel(seen);
      return { ...this.#nothing(plan), seen, searched };
    }
    if (stopped && !before?.stopped) search.onStopped();
    if (stopped) this.#input.control.goOn?.();
    const { outcome, settings, encoder } = await this.#fit(conclusion, climbed, { plan, read, featuresSeconds });
    const encoders = 1 + (this.#others?.count ?? 0);
    return { ...{ outcome, settings, encoder, encoders, plan, seen, searched, conclusion, stopped } };
  }

  /** What all rungs read. Null when stopped before any was done. */
  async #read(plan: LadderPlan) {
    const { control, guard, observer } = this.#input;
    const shape = { folds: plan.folds, leftMs: plan.budgetMs ?? plan.allMs ?? plan.wholeFromMs };
    const begun = this.#kept.folds.some(isTrialPiece);
    for (;;) {
      const progress = new LadderProgress(observer, this.#pace, shape);
      const context = this.#context();
      const further = this.#further(plan);
      if (triesEncoders(plan, this.#input.rungs)) {
        this.#others ??= new OtherEncoders(further, context.corpus, context.settings.maxLength);
      }
      const own = { ...context, further: this.#others?.readers ?? further, progress };
      // Names are a rung of their own, whatever recipes are made of.
      const read = await readRows(own, { withNames: true });
      if (read || !begun || !control.goOn) return { own, progress, read };
      // A stop is wished of each start that follows, and is no end: rungs were done before.
      this.#enough = true;
      control.goOn();
      this.#pace = new Pace(control, guard, this.#pace.workedMs);
    }
  }

  /** As that of an experiment; `progress` follows. */
  #context(): Omit<TaskContext, 'progress'> {
    const { data, testData, plan, model, observer, features, states, prefixBytes, modelSha256 } = this.#input;
    const { guard = NO_GUARD, checkpoints = NO_CHECKPOINTS, names = [], further = [], threads } = this.#input;
    return {
      ...{ model, settings: plan.settings, pace: this.#pace, encoderId: this.#input.modelId, names, further },
      ...{ guard, checkpoints, threads, features, states, prefixBytes, modelSha256 },
      corpus: createCorpus(data, testData),
      // The curves of rungs would lie over each other: the table tells of them.
      observer: { onPoint: () => undefined, onLog: (message) => observer.onLog(message) },
    };
  }

  /** The encoders that are read with beside the first: those that the plan has time for. */
  #further({ encoders = Infinity }: LadderPlan): readonly FurtherEncoder[] {
    return (this.#input.further ?? []).slice(0, encoders - 1);
  }

  /** Null when stopped. */
  async #plan(): Promise<LadderPlan | null> {
    const context = this.#context();
    const { request, rungs, settingsOf, observer, features, plan, search, before, names = [] } = this.#input;
    const tell = (title: string): void =>
      observer.onProgress({ phase: 'features', message: `Measuring on this device: ${title}`, phaseProgress: 0 });
    const measured =
      request.measured ??
      (await measureRungs(context, {
        ...{ rungs, settingsOf, names, folds: plan.folds, onRung: tell },
        passedOver: new Map(before?.skipped.map(({ trial, why }) => [trial.rung, why])),
        onBroken: ({ id, title }, failure) => {
          // The next start has a new device, and knows of this rung.
          const why = `This device broke down when it was measured. ${toErrorData(failure).message}`;
          observer.onLog(`${title} is passed over: ${why}`);
          search.onSkipped({ trial: { rung: id, candidate: 0, share: 1 }, why });
        },
        unread: await findUnread(context, features),
      }));
    if (!measured) return null;
    // What was measured on the form may be of a row or a fold more than there is: rows are counted here.
    const rows = context.corpus.trainRows.length;
    // And of more rungs than are taken on.
    const costs = measured.costs.flatMap((cost) => {
      const own = rungs.find(({ id }) => id === cost.rung);
      return own ? [{ ...cost, model: own.work.kind === 'method' }] : [];
    });
    const found = planLadder({ ...measured, costs, rows, folds: plan.folds, budgetMs: request.budgetMs });
    if (!findsModel(found)) {
      throw new AppError(
        'config-invalid',
        `${planWords(found)} No rung that leaves a model fits in. Give it more time.`,
      );
    }
    return found;
  }

  async #climb(
    context: Parameters<typeof climbLadder>[0],
    plan: LadderPlan,
    { readMs, progress }: { readMs: number; progress: LadderProgress },
  ): Promise<Climbed> {
    const { rungs, settingsOf, judge, search, before, observer } = this.#input;
    const { folds, fits } = this.#kept;
    const spent = (seen: readonly Seen[]): number => readMs + seen.reduce((sum, { ms }) => sum + ms, 0);
    const table = (seen: readonly Seen[]): LadderTable => ladderTable({ plan, judge, seen, readMs }, rungs);
    const titleOf = ({ rung }: Trial): string => rungs.find(({ id }) => id === rung)?.title ?? rung;
    let now: LadderNow | null = null;
    if (this.#enough) return this.#stoppedBefore(context, plan, readMs);
    return climbLadder(
      context,
      { plan, rungs, settingsOf, split: this.#input.plan, judge, readMs, others: this.#others },
      {
        kept: folds,
        skipped: before?.skipped ?? [],
        stateOf: (part) => fits.find((state) => state.part === part) ?? null,
        onMove: (move, seen, searched, { costs, encoder }) => {
          const other = encoder > 0 ? (this.#others?.titleOf(encoder) ?? null) : null;
          now = nowOf(move, seen, searched, other);
          const title = titleOf(move.trial) + (other === null ? '' : ` on ${other}`);
          progress.begin({
            // Auto on another encoder is the try of its number.
            title: now.candidate === encoder ? title : `Settings of ${title}`,
            trial: trialId(plan, move.trial),
            folds: move.folds,
            ms: msOf(plan, seen, move, costs),
            behindMs: behindMove(plan, judge, { seen, spentMs: spent(seen), costs }, move),
          });
          search.onTable(table(seen), now);
        },
        onFold: (piece, seen) => {
          search.onTrial(piece);
          if (now) now = { ...now, done: now.done + 1 };
          search.onTable(table(seen), now);
        },
        onSkipped: (trial, why) => {
          observer.onLog(`${titleOf(trial)} is passed over: ${why}`);
          search.onSkipped({ trial, why });
        },
      },
    );
  }

  /** What a search had that a person had enough of: nothing more is climbed. */
  #stoppedBefore(context: Parameters<typeof climbLadder>[0], plan: LadderPlan, readMs: number): Promise<Climbed> {
    const { rungs, settingsOf, judge, before } = this.#input;
    const stop: RunControl = { checkpoint: () => Promise.resolve('stop') };
    const own = { ...context, pace: new Pace(stop, this.#input.guard, this.#kept.workedMs) };
    const run = { plan, rungs, settingsOf, split: this.#input.plan, judge, readMs, others: this.#others };
    return climbLadder(own, run, { kept: this.#kept.folds, skipped: before?.skipped ?? [] });
  }

  /** The recommended rung, fitted to all rows and tested: its folds, and those of what it is compared with, are there. */
  async #fit(
    conclusion: LadderOutcome,
    climbed: Climbed,
    { plan, read, featuresSeconds }: { plan: LadderPlan; read: RecipeCorpus; featuresSeconds: number },
  ): Promise<Pick<SearchResult, 'outcome' | 'settings' | 'encoder'>> {
    const { recommended: rung, candidate } = conclusion;
    const { settings, encoder, prefix } = climbed.fitOf({ rung, candidate, share: 1 });
    const { named, nested } = concludedPieces({ plan, rungs: this.#input.rungs }, conclusion, climbed.pieces);
    const { finals, fits } = this.#kept;
    const folds = [...this.#kept.folds.filter((piece) => !isTrialPiece(piece)), ...named];
    const experiment: ExperimentInput = {
      ...this.#input,
      ...{ plan: { ...this.#input.plan, settings }, further: this.#further(plan), read, prefix },
      ...(encoder > 0 && this.#others && (await this.#others.inputOf(encoder, this.#input))),
      kept: { folds, finals, fits, fallback: null, workedMs: this.#pace.workedMs, featuresSeconds },
    };
    const outcome = nested(await runExperiment(experiment));
    const foldsSeconds = climbed.seen.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    return { settings, encoder, outcome: { ...outcome, timings: { ...outcome.timings, foldsSeconds } } };
  }

  #nothing(plan: LadderPlan | null): SearchResult {
    const missing = ['a rung with all its folds', 'the final fit on all training rows'];
    const outcome = { ...emptyOutcome(), missing, timings: noTimings() };
    return {
      ...{ outcome, settings: this.#input.plan.settings, encoder: 0, encoders: 1, plan, seen: [], searched: null },
      ...{ conclusion: null, stopped: true },
    };
  }
}

function noModel(seen: readonly Seen[]): AppError {
  const why = seen.flatMap(({ failed }) => failed ?? []);
  return new AppError('config-invalid', `No rung that leaves a model could be finished. ${why.join(' ')}`.trim());
}

const NOTHING_KEPT: KeptWork = { folds: [], finals: [], fits: [], fallback: null, workedMs: 0, featuresSeconds: 0 };
