/**
 * A run of written answers from rows to answers: for every fold an adapter that is trained without its held-out rows, then
 * those rows answered in every way there is, side by side; and, where there were folds, an adapter of all rows.
 *
 * Promises: no row is answered by an adapter that saw it, or that was chosen by it. Ways are compared on the same rows,
 * in small groups one after the other: so a stop leaves whole rows, which can be judged. What an interrupted run had
 * answered is not answered again, and the outcome is the same to the bit.
 *
 * Over 300 lines, since it reads from top to bottom as a run goes.
 */
import { type Checkpoints, NO_CHECKPOINTS } from '../../core/run/checkpoint';
import type { PlanEstimate } from '../../core/run/estimate';
import type { RunControl } from '../../core/run/experiment';
import type { CurvePoint } from '../../core/run/record';
import {
  type GenerationData,
  type GenerationObserver,
  type GenerationPlan,
  type HeldOutRow,
  type KeptGeneration,
  type TrainedAdapter,
  writtenPlan,
} from '../../core/run/generation';
import type {
  AnsweredRow,
  GenerationFold,
  GenerationOutcome,
  ModelWay,
  WrittenAnswer,
} from '../../core/run/generation-outcome';
import { MODEL_WAYS } from '../../core/run/generation-outcome';
import { noTimings } from '../../core/run/outcome';
import { concludeWriting } from '../../core/run/write-outcome';
import { answersPart, FINAL_PART, foldPart } from '../../core/run/parts';
import { formatAmount, formatCount } from '../../core/words/numbers';
import { medianLength } from '../../core/settings/early-stopping';
import { NO_GUARD, type DeviceGuard } from '../device/guard';
import type { FitTask, FoldLearner } from '../fit/learner';
import { Pace } from '../fit/pace';
import { Progress } from '../fit/progress';
import type { Decoder } from '../models/decoder';
import { type AnswerThreads, doJobs, startAnswerCrew } from '../tasks/generation/crew';
import type { AnswerJob, AnswerResult } from '../tasks/generation/jobs';
import type { GenerationTaskContext, WriterFit } from '../tasks/generation/method';
import { generationMethod } from '../tasks/generation/registry';
import type { Writer } from '../tasks/generation/writer';
import { AnsweredGroups, askedBy, type AskedGroup } from './answered-groups';
import { estimateWriting, writePlanParts } from './write-estimate';

export interface WriteInput {
  data: GenerationData;
  plan: GenerationPlan;
  /** As it came. */
  model: Decoder;
  modelId: string;
  modelSha256: string;
  writer: Writer;
  observer: GenerationObserver;
  control: RunControl;
  /** Watches the device; without one nothing is watched. */
  guard?: DeviceGuard;
  /** What an interrupted run with the same data, plan and model had finished. */
  kept?: KeptGeneration | null;
  checkpoints?: Checkpoints;
  /** Helpers on the CPU; without them this thread does it all. */
  threads?: AnswerThreads | undefined;
  /** Times the plan on this device first, which is said; a run that goes on is not timed again. */
  measured?: Pick<PlanEstimate, 'backend'>;
}

/** What a run of written answers gives. */
export interface WriteResult {
  outcome: GenerationOutcome;
  /** Null where it was stopped before any was trained. */
  adapter: TrainedAdapter | null;
}

/** Rows that are answered by all ways before the next ones are. */
const GROUP = 8;

/** Runs the whole plan. Throws AppError: `cancelled`, `non-finite`, and what the guard finds. */
export async function runWriting(input: WriteInput): Promise<WriteResult> {
  const run = new WriteExperiment(input);
  await run.work();
  return run.conclude();
}

class WriteExperiment {
  readonly #input: WriteInput;
  readonly #context: GenerationTaskContext;
  readonly #learner: FoldLearner<WriterFit>;
  readonly #folds = new Map<number, GenerationFold>();
  readonly #rows = new Map<number, AnsweredRow>();
  readonly #notes: string[] = [];
  /** The curve from its start. */
  readonly #points: CurvePoint[];
  readonly #timings = noTimings();
  #adapter: TrainedAdapter | null;
  #final: { steps: number; epochs: number } | null = null;
  #trainedParameters = 0;

  constructor(input: WriteInput) {
    const { data, plan, model, modelId, modelSha256, writer, observer, control, kept } = input;
    const { guard = NO_GUARD, checkpoints = NO_CHECKPOINTS } = input;
    const { settings } = plan;
    const pace = new Pace(control, guard, kept?.workedMs ?? 0);
    const method = generationMethod(settings.method);
    const progress = new Progress(observer, pace, writePlanParts(data, plan, model, method));
    this.#input = input;
    this.#context = {
      ...{ settings, pace, progress, guard, checkpoints },
      observer: {
        onPoint: (point) => {
          this.#points.push(point);
          observer.onPoint(point);
        },
        onLog: (message) => observer.onLog(message),
        onProbes: (answers) => observer.onProbes?.(answers),
      },
      ...{
        model,
        modelId,
        modelSha256,
        data,
        writer,
        probes: plan.probes,
        shown: plan.shown?.example ?? null,
        decoding: plan.decoding,
        crew: null,
      },
    };
    this.#learner = method.learner(this.#context);
    this.#points = [...(kept?.points ?? [])];
    for (const fold of kept?.folds ?? []) this.#folds.set(fold.fold, fold);
    for (const row of kept?.rows ?? []) this.#rows.set(row.row, row);
    this.#adapter = kept?.fallback ?? null;
    this.#timings.foldsSeconds = [...this.#folds.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Returns early when stopped. */
  async work(): Promise<void> {
    const { model, data, plan, threads } = this.#input;
    const onLog = (message: string): void => this.#input.observer.onLog(message);
    const crew = await startAnswerCrew({ model, data, settings: plan.settings, threads, onLog });
    this.#context.crew = crew;
    try {
      await this.#work();
    } finally {
      this.#context.crew = null;
      crew?.end();
    }
  }

  async #work(): Promise<void> {
    const { plan, kept, measured } = this.#input;
    const { progress } = this.#context;
    if (measured && !kept && !(await this.#measure(measured))) return;
    for (let fold = 0; fold < plan.folds; fold++) {
      if (this.#folds.has(fold)) {
        progress.finish(foldPart(fold));
        progress.finish(answersPart(fold));
      } else if (!(await this.#runFold(fold))) return;
    }
    if (plan.folds !== 1) await this.#runFinalFit();
  }

  /** False when stopped. */
  async #measure(device: Pick<PlanEstimate, 'backend'>): Promise<boolean> {
    const { plan, observer } = this.#input;
    observer.onProgress({ phase: 'fold', message: 'Measuring this plan on this device', phaseProgress: 0 });
    const measured = await estimateWriting(this.#context, plan, generationMethod(plan.settings.method), device);
    if (measured === null) return false;
    this.#context.progress.expect(measured.parts);
    observer.onEstimate?.(measured.estimate);
    return true;
  }

  conclude(): WriteResult {
    const outcome = concludeWriting(
      {
        folds: [...this.#folds.values()],
        rows: [...this.#rows.values()],
        final: this.#final,
        notes: [...[...this.#folds.values()].flatMap(({ notes = [] }) => notes), ...this.#notes],
        trainedParameters: this.#trainedParameters || parametersOf(this.#adapter),
        timings: this.#timings,
      },
      writtenPlan(this.#input.plan),
    );
    return { outcome, adapter: this.#adapter };
  }

  /** False when stopped. */
  async #runFold(fold: number): Promise<boolean> {
    const { plan } = this.#input;
    const { pace, progress } = this.#context;
    const held = plan.heldOut(fold);
    const rows = rowsWhere(plan.heldOutIn, (of) => of !== fold);
    const heldRows = rowsWhere(plan.heldOutIn, (of) => of === fold);
    if (!(await this.#scoreAsItCame(fold, held))) return false;
    const part = foldPart(fold);
    const state = this.#input.kept?.fits.find((fit) => fit.part === part) ?? null;
    const task = { rows, fold, part, epochs: null, watch: heldRows, keepWhenStopped: this.#adapter === null, state };
    const startedMs = pace.workedMs - (state?.workedMs ?? 0);
    const fit = await this.#learner.fit(task);
    if (!fit) return false;
    try {
      this.#trainedParameters = fit.trainedParameters;
      const adapter = await fit.keep();
      if (pace.stopped) {
        this.#adapter = adapter;
        return false;
      }
      const seconds = (pace.workedMs - startedMs) / 1000;
      this.#timings.foldsSeconds += seconds;
      progress.finish(part);
      const answered = await this.#timed('testSeconds', () => this.#answer(fold, held, fit.decoder));
      if (!answered) {
        this.#adapter = adapter;
        return false;
      }
      const { steps, epochs, bestEpoch, notes } = fit;
      const lastTrainLoss = lastPassLoss(this.#points, fold, steps, epochs);
      const sizes = { trainingRows: rows.length, heldOutRows: heldRows.length };
      const done = { fold, ...sizes, steps, epochs, bestEpoch, lastTrainLoss, seconds, notes };
      this.#folds.set(fold, done);
      this.#adapter = adapter;
      this.#input.observer.onWrittenFold(done, adapter);
      return true;
    } finally {
      fit.dispose();
    }
  }

  /** The adapter that is kept: all rows, for the length that the folds chose. */
  async #runFinalFit(): Promise<void> {
    const { plan, data, kept } = this.#input;
    const { nEpochs } = plan.settings;
    const best = [...this.#folds.values()].flatMap(({ bestEpoch }) => bestEpoch ?? []);
    const state = kept?.fits.find(({ part }) => part === FINAL_PART) ?? null;
    const task: FitTask = {
      rows: Int32Array.from(data.examples.keys()),
      fold: plan.folds,
      part: FINAL_PART,
      epochs: medianLength(best) ?? nEpochs,
      keepWhenStopped: this.#adapter === null,
      state,
    };
    await this.#timed('finalFitSeconds', async () => {
      const fit = await this.#learner.fit(task);
      if (!fit) return;
      try {
        this.#adapter = await fit.keep();
        this.#trainedParameters = fit.trainedParameters;
        if (this.#context.pace.stopped) return;
        this.#notes.push(...fit.notes);
        this.#final = { steps: fit.steps, epochs: fit.epochs };
        this.#context.progress.finish(FINAL_PART);
      } finally {
        fit.dispose();
      }
    });
  }

  /** What the wanted answers cost the model before it is trained, with and without examples. False when stopped. */
  async #scoreAsItCame(fold: number, held: readonly HeldOutRow[]): Promise<boolean> {
    const { model } = this.#input;
    const { crew, pace } = this.#context;
    const scored = ({ row }: HeldOutRow): boolean => (this.#rows.get(row)?.losses.base ?? null) !== null;
    const asked = groupsOf(held, scored).flatMap((rows) =>
      SCORED_AS_IT_CAME.map((way): AskedGroup => ({ rows, way, kind: 'score' })),
    );
    const answered = new AnsweredGroups(asked, SCORED_AS_IT_CAME.length, (rows, [base, fewShot]) =>
      this.#tell(
        rows.map((row, i) => {
          const before = this.#rows.get(row.row) ?? unanswered(row, fold);
          const losses = { ...before.losses, base: base?.losses[i] ?? null, few_shot: fewShot?.losses[i] ?? null };
          return { ...before, losses };
        }),
      ),
    );
    return this.#timed('baselinesSeconds', () =>
      doJobs({
        ...{ crew, model, tuned: null, pace, jobs: this.#jobs(asked) },
        done: (index, result) => answered.put(index, this.#found(result)),
      }),
    );
  }

  /** Answers the held-out rows of a fold in every way, group by group. False when stopped. */
  async #answer(fold: number, held: readonly HeldOutRow[], tuned: Decoder): Promise<boolean> {
    const { model } = this.#input;
    const { crew, pace, progress } = this.#context;
    const part = answersPart(fold);
    const isDone = ({ row }: HeldOutRow): boolean => {
      const answered = this.#rows.get(row);
      return answered !== undefined && answered.answers.tuned !== null && answered.losses.tuned !== null;
    };
    const asked = groupsOf(held, isDone).flatMap((rows): AskedGroup[] => [
      { rows, way: 'tuned', kind: 'score' },
      ...MODEL_WAYS.map((way): AskedGroup => ({ rows, way, kind: 'write' })),
    ]);
    let written = held.filter(isDone).length;
    progress.take(part, written / Math.max(1, held.length));
    const answered = new AnsweredGroups(asked, 1 + MODEL_WAYS.length, (rows, [scored, ...ways]) => {
      const tokens = ways.flatMap(({ answers }) => answers).reduce((sum, answer) => sum + (answer?.tokens ?? 0), 0);
      progress.report(part, written / held.length, { rows: rows.length, tokens });
      this.#tell(
        rows.map((row, i) => {
          const before = this.#rows.get(row.row) ?? unanswered(row, fold);
          const by = (way: ModelWay): WrittenAnswer | null => ways[MODEL_WAYS.indexOf(way)]?.answers[i] ?? null;
          const answers = { ...before.answers, base: by('base'), few_shot: by('few_shot'), tuned: by('tuned') };
          return { ...before, answers, losses: { ...before.losses, tuned: scored?.losses[i] ?? null } };
        }),
      );
    });
    return doJobs({
      ...{ crew, model, tuned, pace, jobs: this.#jobs(asked) },
      told: (index, share) => {
        const { rows = [], way = 'tuned', kind = 'score' } = asked[index] ?? {};
        const [first] = rows;
        const from = first === undefined ? 0 : byPrompt(held).indexOf(first);
        const now = kind === 'write' ? (rows.length * share) / MODEL_WAYS.length : 0;
        const of = formatAmount(held.length, 'held-out row');
        progress.report(part, (written + now) / held.length, {
          message: `Answering rows ${formatCount(from + 1)} to ${formatCount(from + rows.length)} of ${of}, ${WAY_WORDS[way]}`,
          fold,
        });
      },
      done: (index, result) => {
        if (result.kind === 'write') written += (asked[index]?.rows.length ?? 0) / MODEL_WAYS.length;
        answered.put(index, this.#found(result));
      },
    });
  }

  /** What is asked, as any thread can do it. */
  #jobs(asked: readonly AskedGroup[]) {
    const { plan, writer } = this.#input;
    return asked.map(({ rows, way, kind }) => {
      const own = rows.flatMap((row) => askedBy(row, way) ?? []);
      const job: AnswerJob =
        kind === 'score'
          ? { kind, examples: own.map(({ example }) => example) }
          : { kind, prompts: own.map(({ prompt }) => prompt), decoding: plan.decoding, endIds: writer.endIds };
      return { job, tuned: way === 'tuned' };
    });
  }

  #found(result: AnswerResult) {
    if (result.kind === 'score') return { losses: result.losses };
    return { answers: result.written.map((written) => this.#input.writer.answerOf(written)) };
  }

  #tell(rows: readonly AnsweredRow[]): void {
    for (const row of rows) this.#rows.set(row.row, row);
    this.#input.observer.onRows(rows);
  }

  /** Adds the time worked, pauses left out. */
  async #timed<T>(key: keyof GenerationOutcome['timings'], work: () => Promise<T>): Promise<T> {
    const startedMs = this.#context.pace.workedMs;
    try {
      return await work();
    } finally {
      this.#timings[key] += (this.#context.pace.workedMs - startedMs) / 1000;
    }
  }
}

/** Ways whose losses do not wait for training. */
const SCORED_AS_IT_CAME: readonly ModelWay[] = ['base', 'few_shot'];

const WAY_WORDS: Readonly<Record<ModelWay, string>> = {
  base: 'as the model came',
  few_shot: 'with examples',
  tuned: 'tuned',
};

function unanswered({ row, nearest, examples }: HeldOutRow, fold: number): AnsweredRow {
  const copied = nearest && { text: nearest.text, tokens: nearest.tokens, cut: false };
  return {
    ...{ row, fold, examples, nearest: nearest?.row ?? null },
    answers: { base: null, few_shot: null, nearest: copied, tuned: null },
    losses: { base: null, few_shot: null, tuned: null },
  };
}

/** Rows whose prompts are of like length go together, the longest first: memory runs out at once or not at all. */
function byPrompt(rows: readonly HeldOutRow[]): HeldOutRow[] {
  return [...rows].sort((a, b) => b.base.prompt.length - a.base.prompt.length);
}

/** Groups of them, without what is done. */
function groupsOf(rows: readonly HeldOutRow[], isDone: (row: HeldOutRow) => boolean): HeldOutRow[][] {
  const sorted = byPrompt(rows);
  return Array.from({ length: Math.ceil(sorted.length / GROUP) }, (_, i) =>
    sorted.slice(i * GROUP, (i + 1) * GROUP).filter((row) => !isDone(row)),
  ).filter((group) => group.length > 0);
}

function parametersOf(adapter: TrainedAdapter | null): number {
  return adapter?.tensors.reduce((sum, { values }) => sum + values.length, 0) ?? 0;
}

/** Mean training loss of the last pass of a fit, from its curve; null where nothing was stepped. */
function lastPassLoss(points: readonly CurvePoint[], fold: number, steps: number, epochs: number): number | null {
  const perEpoch = epochs > 0 ? Math.round(steps / epochs) : 0;
  const last = points.flatMap((point) =>
    point.fold === fold && point.step > steps - perEpoch && point.trainLoss !== null ? point.trainLoss : [],
  );
  return last.length === 0 ? null : last.reduce((a, b) => a + b, 0) / last.length;
}

function rowsWhere(foldOf: Int32Array, wanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(foldOf.keys()).filter((row) => wanted(foldOf[row] ?? -1));
}
