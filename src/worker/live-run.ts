/**
 * One run from request to saved record: validate, load the model, prepare the rows, train and judge, report, save; or
 * from where it was broken off. It ends in a final state, or as `interrupted` where a new worker may go on with it, or
 * while its end waits for room on the disk; whatever the end, what was finished is in storage.
 */
import { type ErrorData, toErrorData } from '../core/errors';
import { isDeviceFault } from '../core/run/revival';
import type { JobState, LogEntry, Run, RunRequest } from '../core/run/record';
import { finishRun, getRun, updateRun } from '../storage/runs';
import { CheckpointClock } from './checkpoint-clock';
import { EventBatch } from './event-batch';
import type { JobPorts } from './job-ports';
import { openDevice, reopenDevice } from './open-device';
import { endRun } from './recover';
import { Control } from './run-control';
import type { Resumption } from './resumption';
import { type RunEnd, RunEnding, type SaveAsked, savedWords } from './run-end';
import { RunRecorder } from './run-recorder';
import { checkRequest, firstProgress } from './run-request';
import type { OpenRun, RunHost, RunResult } from './run-task';
import { taskOfRun } from './run-tasks';

export class LiveRun {
  readonly #ports: JobPorts;
  /** As it began here. */
  readonly #begun: Run;
  readonly #request: RunRequest;
  /** What it goes on with; null for a new run. */
  readonly #before: Resumption | null;
  readonly #batch: EventBatch;
  readonly #recorder: RunRecorder;
  readonly #ending: RunEnding;
  readonly #startedMs: number;
  readonly control: Control;
  #checkpoints: CheckpointClock | null = null;
  /** True once the plan itself is worked on: a resumed run that fails before is as it was. */
  #prepared = false;
  #pausedAtMs = 0;
  #pausedMs = 0;

  constructor(ports: JobPorts, run: Run, before: Resumption | null = null) {
    const { now, elapsed } = ports;
    const { id: runId, request } = run;
    this.#ports = ports;
    this.#begun = run;
    this.#request = request;
    this.#before = before;
    this.#batch = new EventBatch((events) => ports.post({ type: 'run', runId, events }), elapsed);
    const { folds = [], log = [], progress = null } = before?.run ?? {};
    const told = { points: before?.points ?? [], folds, log, progress: progress ?? firstProgress(request) };
    this.#recorder = new RunRecorder(ports, runId, this.#batch, now, told);
    this.#ending = new RunEnding(ports, runId, this.#recorder, this.#batch);
    this.#startedMs = elapsed() - (before?.kept.workedMs ?? 0);
    this.control = new Control((paused) => this.#onPaused(paused));
  }

  /** Has the state of the fit under way kept soon. */
  keep(): void {
    this.#checkpoints?.ask();
  }

  pause(): void {
    this.keep();
    this.control.pause();
  }

  /** Has an end written that waits for room. */
  saveEnd(asked: SaveAsked): void {
    this.#ending.save(asked);
  }

  /** Never rejects: a failure is an end like any other. Resolves when the end is in storage. */
  async work(): Promise<void> {
    const end = await this.#toEnd();
    if (end === null) return;
    await this.#ending.write(end);
    this.#end(end.state, end.error);
  }

  /** Null when the run was broken off and another worker may go on with it. */
  async #toEnd(): Promise<RunEnd | null> {
    try {
      return await this.#finish(await this.#run());
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #run(): Promise<RunResult> {
    const { database } = this.#ports;
    const request = this.#request;
    const recorder = this.#recorder;
    this.#tellResumed();
    recorder.state('validating');
    const rows = await taskOfRun(request).read(database, request);
    await checkRequest(database, request);
    recorder.change({ state: 'queued' });
    await this.control.checkpoint();
    recorder.change({ state: 'running' });
    const open = this.#before ? reopenDevice : openDevice;
    const device = await open(this.#ports, request.backend);
    this.#batch.add({ type: 'device', device: device.description });
    const opened = await rows.open(this.#host(), device);
    try {
      const { context, settings } = opened;
      this.#noteOpened(opened);
      recorder.change({ settings, device: device.description }, context);
      this.#checkpoints = new CheckpointClock({
        elapsed: this.#ports.elapsed,
        write: (state) => recorder.keep(state, this.#ports.build),
        onLog: (message) => recorder.onLog(message),
      });
      this.#prepared = true;
      return await opened.work({
        control: {
          checkpoint: () => recorder.written().then(() => this.control.checkpoint()),
          // With all written, nothing is let in between this answer and that one.
          goOn: () => this.control.goOn(),
          pausing: () => recorder.written().then(() => this.control.pausing()),
        },
        checkpoints: this.#checkpoints,
      });
    } finally {
      opened.dispose();
    }
  }

  #host(): RunHost {
    return {
      ports: this.#ports,
      request: this.#request,
      before: this.#before,
      recorder: this.#recorder,
      signal: this.control.signal,
      workedMs: () => this.#workedMs(),
    };
  }

  /** The page hears first what was told before, so that what follows has something to follow. */
  #tellResumed(): void {
    if (!this.#before) return;
    const recorder = this.#recorder;
    const { message, faults } = this.#before;
    this.#batch.add({ type: 'resumed', message, points: recorder.points, folds: recorder.folds, log: recorder.log });
    for (const fault of faults) recorder.onLog(fault);
    recorder.onLog(message);
    recorder.onProgress({ phase: 'loading-model', message: 'Starting', phaseProgress: 0, leftMs: null });
    recorder.change({ log: [...recorder.log] });
  }

  /** What is noteworthy of the rows is said once, and not again when the run goes on; then, whether its device is another. */
  #noteOpened({ context, notes }: OpenRun): void {
    const before = this.#before?.context;
    if (!before) {
      for (const note of notes) this.#recorder.onLog(note);
      return;
    }
    if (before.device.name === context.device.name && before.device.browser === context.device.browser) return;
    this.#recorder.onLog(
      `It began on ${before.device.name} in ${before.device.browser} and goes on on ${context.device.name} in ` +
        `${context.device.browser}: the last digits may differ from a run on one of them.`,
    );
  }

  async #finish(result: RunResult): Promise<RunEnd> {
    const { complete, missing, weights, change: settled = {} } = result;
    const recorder = this.#recorder;
    recorder.onProgress({ phase: 'report', message: 'Writing the report', phaseProgress: 0 });
    await recorder.settled();
    const updatedAt = this.#ports.now();
    const report = await result.report({
      createdAt: new Date(updatedAt).toISOString(),
      totalSeconds: this.#workedMs() / 1000,
      curve: recorder.points,
    });
    const state = complete ? 'succeeded' : 'stopped';
    const done = complete ? { message: 'Done', phaseProgress: 1, progress: 1, leftMs: 0 } : {};
    if (!complete) recorder.onLog(`Stopped. Missing: ${missing.join(', ')}.`);
    const write = async (asked: SaveAsked | null): Promise<void> => {
      // A record that was cleared away under the run is put back whole when a person has its end saved all the same.
      const { folds } = recorder;
      const progress = { ...recorder.progress, ...done };
      const change = {
        ...settled,
        state,
        folds,
        log: this.#logOf(asked, weights),
        progress,
        error: null,
        updatedAt,
      } as const;
      const kept = asked?.withModel === false ? null : weights;
      const restored = asked && { run: { ...this.#begun, ...recorder.record() }, curve: recorder.points };
      await recorder.withCurve((curve) =>
        finishRun(this.#ports.database, this.#request.runId, change, { report, weights: kept }, { curve, restored }),
      );
      recorder.onProgress(done);
    };
    return { state, error: null, report, weights, write };
  }

  #logOf(asked: SaveAsked | null, weights: RunEnd['weights']): LogEntry[] {
    const { log } = this.#recorder;
    return asked ? [...log, { at: this.#ports.now(), message: savedWords(asked, { weights }) }] : [...log];
  }

  /** Folds that were finished are in storage by now: they are gone on from, or become the report of a failed run. */
  async #fail(thrown: unknown): Promise<RunEnd | null> {
    const error = toErrorData(thrown);
    const recorder = this.#recorder;
    if (!this.control.signal.aborted && this.#mayGoOn(error)) {
      await this.#breakOff(error);
      return null;
    }
    // By what the person did, not by the error: a lost GPU breaks things off as a cancel does.
    const state = this.control.signal.aborted ? 'cancelled' : 'failed';
    const write = async (asked: SaveAsked | null): Promise<void> => {
      // What there was no room for is part of the report.
      await recorder.settled();
      const { database, now, checkTools } = this.#ports;
      const run = await getRun(database, this.#request.runId);
      // Nothing is said of one that was cleared away meanwhile.
      if (run) await endRun({ database, now, checkTools }, { ...run, log: this.#logOf(asked, null) }, state, error);
    };
    return { state, error, report: null, weights: null, write };
  }

  async #breakOff(error: ErrorData): Promise<void> {
    const recorder = this.#recorder;
    recorder.onLog(error.message);
    try {
      await recorder.settled();
      const { log, progress } = recorder;
      const change = { state: 'interrupted', error, log, progress, updatedAt: this.#ports.now() } as const;
      await updateRun(this.#ports.database, this.#request.runId, change);
    } catch (fault) {
      // What cannot be written can still be said; the next worker, or start of the page, goes on from what is there.
      recorder.onLog(toErrorData(fault).message);
    }
    this.#end('interrupted', error);
  }

  /** A device that failed may work in the next worker; and what could not even begin to go on is still there. */
  #mayGoOn(error: ErrorData): boolean {
    return isDeviceFault(error.code) || (this.#before !== null && !this.#prepared);
  }

  #end(state: JobState, error: Run['error']): void {
    this.#batch.add({ type: 'state', state, error }, { type: 'saved' });
    this.#batch.flush();
    // The next worker takes it up at once: another tab that heard of it would offer the same.
    if (state !== 'interrupted' || !error || !isDeviceFault(error.code)) this.#ports.announce();
  }

  #onPaused(paused: boolean): void {
    const nowMs = this.#ports.elapsed();
    if (paused) this.#pausedAtMs = nowMs;
    else this.#pausedMs += nowMs - this.#pausedAtMs;
    this.#recorder.change({ state: paused ? 'paused' : 'running' });
  }

  #workedMs(): number {
    return this.#ports.elapsed() - this.#startedMs - this.#pausedMs;
  }
}
