/** One face for the live run and for a kept one, so that the screen does not care which it shows. Pure. */
import { fromErrorData, type AppError } from '../../../core/errors';
import type { Task } from '../../../core/data/mapping';
import { type MetricDefinition, metricDefinition } from '../../../core/metrics/registry';
import { formatDuration } from '../../../core/words/numbers';
import type { PlanEstimate } from '../../../core/run/estimate';
import type { Probes } from '../../../core/run/probes';
import {
  isAtWork,
  type DeviceDescription,
  type FoldResult,
  type JobState,
  type LogEntry,
  type Run,
  type RunProgress,
  type RunSearch,
} from '../../../core/run/record';

/** What is read of the live run; `Training` fits. */
export interface RunningState {
  readonly runId: string | null;
  readonly state: JobState | null;
  readonly progress: RunProgress | null;
  readonly device: DeviceDescription | null;
  readonly folds: FoldResult[];
  readonly log: LogEntry[];
  readonly error: AppError | null;
  readonly kept: { fold: number; step: number } | null;
  readonly estimate: PlanEstimate | null;
  readonly probes: Probes | null;
  readonly search: RunSearch | null;
}

export interface RunView {
  live: boolean;
  state: JobState;
  progress: RunProgress | null;
  device: DeviceDescription | null;
  folds: FoldResult[];
  log: LogEntry[];
  error: AppError | null;
  /** The last checkpoint of the live run. */
  kept: { fold: number; step: number } | null;
  /** What was measured before the run began. */
  estimate: PlanEstimate | null;
  /** Fixed prompts and what was answered to them; null where a run asks none. */
  probes: Probes | null;
  /** Where a search is; null where one method is tried. */
  search: RunSearch | null;
}

/** The live figures where they are of this run, else those of its record. */
export function viewOf(run: Run, training: RunningState): RunView {
  const live = training.runId === run.id;
  return {
    live,
    state: (live ? training.state : null) ?? run.state,
    progress: (live ? training.progress : null) ?? run.progress,
    device: (live ? training.device : null) ?? run.device,
    folds: live && training.folds.length > 0 ? training.folds : run.folds,
    log: live && training.log.length > 0 ? training.log : run.log,
    kept: live ? training.kept : null,
    estimate: (live ? training.estimate : null) ?? run.estimate ?? null,
    probes: (live ? training.probes : null) ?? run.probes ?? null,
    search: (live ? training.search : null) ?? run.search ?? null,
    error: (live ? training.error : null) ?? (run.error === null ? null : fromErrorData(run.error)),
  };
}

/** How a run stands, in the largest words of its page; `left` says how long it still takes. */
export function headlineOf(
  { state, progress }: Pick<RunView, 'state' | 'progress'>,
  left: (ms: number) => string,
): string {
  const elapsed = progress === null ? null : formatDuration(progress.elapsedMs);
  switch (state) {
    case 'validating':
    case 'queued':
      return 'Getting ready';
    case 'running':
      return typeof progress?.leftMs !== 'number' ? 'Measuring the time left' : `${left(progress.leftMs)} left`;
    case 'paused':
      return 'Paused';
    case 'interrupted':
      return 'Broken off';
    case 'succeeded':
      return elapsed === null ? 'Finished' : `Finished in ${elapsed}`;
    case 'stopped':
      return 'Stopped early';
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
    default:
      return state satisfies never;
  }
}

export interface JobStep {
  words: string;
  kind: 'done' | 'now' | 'ahead' | 'bad';
}

/** The four steps of a job; a run that ended otherwise says so in the last one. */
export function jobSteps(state: JobState): JobStep[] {
  const order: JobState[] = ['validating', 'queued', 'running', 'succeeded'];
  const done = ['Checked', 'Queued', 'Running', 'Succeeded'];
  const now = ['Checking', 'Queued', 'Running', 'Succeeded'];
  if (state === 'failed') return [step('Checked', 'done'), step('Failed', 'bad')];
  if (state === 'cancelled') return [step('Checked', 'done'), step('Cancelled', 'bad')];
  if (state === 'interrupted') return [step('Checked', 'done'), step('Ran', 'done'), step('Broken off', 'bad')];
  if (state === 'stopped') return [step('Checked', 'done'), step('Ran', 'done'), step('Stopped early', 'now')];
  const at = state === 'paused' ? 2 : order.indexOf(state);
  return order.map((_, index) => {
    if (state === 'succeeded') return step(index === 2 ? 'Ran' : (done[index] ?? ''), 'done');
    if (index < at) return step(done[index] ?? '', 'done');
    if (index > at) return step(now[index] ?? '', 'ahead');
    return step(state === 'paused' ? 'Paused' : (now[index] ?? ''), 'now');
  });
}

function step(words: string, kind: JobStep['kind']): JobStep {
  return { words, kind };
}

export interface FoldSegment {
  name: string;
  /** 0–1. */
  done: number;
  /** «91.0» when finished, «69 %» while it runs. */
  value: string;
  current: boolean;
}

/** Folds of the run: what it works with once that is known (few groups allow fewer), before that what was asked for. */
export function foldCount(view: Pick<RunView, 'progress'>, asked: number): number {
  const known = view.progress?.folds ?? 0;
  return known > 0 ? known : asked;
}

/** What a finished fold is told by. */
export function foldMeasure(task: Task): MetricDefinition {
  return metricDefinition(task === 'generation' ? 'loss' : 'accuracy');
}

/** One segment per fold and one for the final fit; with one part held out, what is trained and what is answered. */
export function foldSegments(
  view: Pick<RunView, 'state' | 'progress' | 'folds'>,
  folds: number,
  task: Task = 'classification',
): FoldSegment[] {
  const { progress } = view;
  const measure = foldMeasure(task);
  const over = view.state === 'succeeded';
  if (folds === 1) return partSegments(view, over);
  const fitting = progress?.phase === 'final-fit';
  // Answers are written behind every fold, those to a test part at the end.
  const tested = progress?.phase === 'test' && task === 'classification';
  const past = tested || progress?.phase === 'report' || over;
  const segments = Array.from({ length: folds }, (_, fold): FoldSegment => {
    const result = view.folds.find((finished) => finished.fold === fold);
    const name = `Fold ${fold + 1}`;
    if (result !== undefined) {
      const share = result.metrics[measure.id];
      return { name, done: 1, value: share === undefined ? '' : measure.bare(share), current: false };
    }
    const share = progress?.foldShares?.[fold] ?? 0;
    const told = progress?.fold === fold;
    const current = isAtWork(view.state) && progress?.phase === 'fold' && (told || share > 0);
    const done = !current ? 0 : told ? progress.phaseProgress : share;
    return { name, done, value: current ? `${Math.round(done * 100)} %` : '', current };
  });
  const done = past ? 1 : fitting ? (progress?.phaseProgress ?? 0) : 0;
  const current = fitting && isAtWork(view.state);
  return [...segments, { name: 'Final fit', done, value: current ? `${Math.round(done * 100)} %` : '', current }];
}

function partSegments({ state, progress }: Pick<RunView, 'state' | 'progress'>, over: boolean): FoldSegment[] {
  const order = ['fold', 'test', 'report'] as const;
  const at = order.findIndex((phase) => phase === progress?.phase);
  return ['Training', 'Answers'].map((name, index): FoldSegment => {
    const current = !over && at === index && isAtWork(state);
    const share = progress?.phaseProgress ?? 0;
    const done = over || at > index ? 1 : at === index ? share : 0;
    return { name, done, value: current ? `${Math.round(share * 100)} %` : '', current };
  });
}

const PHASES: { phase: RunProgress['phase']; title: string }[] = [
  { phase: 'loading-model', title: 'Load the model' },
  { phase: 'features', title: 'Read every text once' },
  { phase: 'baselines', title: 'Simpler methods, for comparison' },
  { phase: 'fold', title: 'Train and test the folds' },
  { phase: 'final-fit', title: 'Train the model to keep' },
  { phase: 'test', title: 'Answer the test part' },
  { phase: 'report', title: 'Write the report' },
];

/** Of a run whose answers are written. */
const WRITING_PHASES: typeof PHASES = [
  { phase: 'loading-model', title: 'Load the model' },
  { phase: 'fold', title: 'Train, with rows kept apart' },
  { phase: 'test', title: 'Answer the rows kept apart' },
  { phase: 'final-fit', title: 'Train the model to keep' },
  { phase: 'report', title: 'Write the report' },
];

/** The phases of a run of a task. With one part held out, what is tested is kept. */
function phasesOf(task: Task, folds: number): typeof PHASES {
  if (task === 'classification') return PHASES;
  return WRITING_PHASES.filter(({ phase }) => folds > 1 || phase !== 'final-fit');
}

export interface PhaseLine {
  title: string;
  kind: 'done' | 'now' | 'ahead';
}

/** Place of a phase in the order of a run; −1 before the first. */
export function phaseIndex(phase: RunProgress['phase'] | null, task: Task = 'classification', folds = 2): number {
  return phasesOf(task, folds).findIndex((line) => line.phase === phase);
}

/**
 * The phases of a run in order. `furthest` is the highest `phaseIndex` seen: texts are read once more after the
 * simpler methods, which must not make those undone.
 */
export function phaseLines(
  phase: RunProgress['phase'] | null,
  furthest: number,
  over: boolean,
  hasTest: boolean,
  task: Task = 'classification',
  folds = 2,
): PhaseLine[] {
  const at = phaseIndex(phase, task, folds);
  const kindOf = (index: number): PhaseLine['kind'] => {
    if (!over && index === at) return 'now';
    // The phase in which a run broke off was reached, but not done.
    const reached = phase === null ? furthest - 1 : furthest;
    return over || index < at || index <= reached ? 'done' : 'ahead';
  };
  return phasesOf(task, folds)
    .map(({ phase: own, title }, index) => ({
      own,
      title,
      kind: kindOf(index),
    }))
    .filter(({ own }) => hasTest || task === 'generation' || own !== 'test')
    .map(({ title, kind }) => ({ title, kind }));
}
