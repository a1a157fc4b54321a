/**
 * One run from request to saved record: validate, load the model, prepare the rows, train and judge, report, save.
 * Its end is one of four states, and whatever the end, what was finished is in storage.
 */
import { countLabels } from '../core/data/task';
import { AppError, toErrorData } from '../core/errors';
import { buildReport, type ReportContext } from '../core/formats/build-report';
import { formatAmount, formatBytes, formatPercent } from '../core/formats/numbers';
import { findModel } from '../core/models/registry';
import type { ExperimentOutcome } from '../core/plan/experiment';
import { factsOf } from '../core/plan/facts';
import { checkChoices, resolveSettings } from '../core/plan/defaults';
import type { Run, RunProgress, RunRequest } from '../core/plan/run';
import type { Settings } from '../core/plan/settings';
import { type Device, initBackend } from '../engine/device/select';
import { type BertModel, disposeWeights, loadModel } from '../engine/models/bert/weights';
import { runExperiment } from '../engine/train/experiment';
import { getTokenCounts } from '../storage/datasets';
import { createFeatureStore } from '../storage/features';
import { finishRun, getRun } from '../storage/runs';
import { EventBatch } from './event-batch';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { endRun } from './recover';
import { Control } from './run-control';
import { type PreparedRun, prepareRun, readRunRows, type RunRows } from './run-data';
import { RunRecorder } from './run-recorder';

export class LiveRun {
  readonly #ports: JobPorts;
  readonly #request: RunRequest;
  readonly #batch: EventBatch;
  readonly #recorder: RunRecorder;
  readonly #startedAt: number;
  readonly control: Control;
  #pausedAt = 0;
  #pausedMs = 0;

  constructor(ports: JobPorts, request: RunRequest) {
    this.#ports = ports;
    this.#request = request;
    const { runId } = request;
    this.#batch = new EventBatch((events) => ports.post({ type: 'run', runId, events }), ports.now);
    this.#recorder = new RunRecorder(ports.database, runId, this.#batch, ports.now, firstProgress(request));
    this.#startedAt = ports.now();
    this.control = new Control((paused) => this.#onPaused(paused));
  }

  /** Never rejects: a failure is an end like any other. */
  async work(): Promise<void> {
    try {
      const { outcome, context } = await this.#run();
      await this.#finish(outcome, context);
    } catch (error) {
      await this.#fail(error);
    }
    this.#ports.announce();
  }

  async #run(): Promise<{ outcome: ExperimentOutcome; context: ReportContext }> {
    const { database } = this.#ports;
    const request = this.#request;
    const recorder = this.#recorder;
    recorder.state('validating');
    const read = await readRunRows(database, request);
    checkRequest(request);
    recorder.change({ state: 'queued' });
    await this.control.checkpoint();
    recorder.change({ state: 'running' });
    const device = await initBackend(
      request.backend,
      this.#ports.wasmUrl === null ? {} : { wasmUrl: this.#ports.wasmUrl },
    );
    this.#batch.add({ type: 'device', device: device.description });
    const startedAt = this.#ports.now();
    const model = await this.#loadModel();
    const modelSeconds = (this.#ports.now() - startedAt) / 1000;
    try {
      const settings = await this.#settle(read, model);
      const prepared = prepareRun(read, request, settings, model.tokenizer);
      const context = this.#context(read, prepared, settings, model, device);
      recorder.scoreOn(context.rows);
      recorder.change({ settings, device: device.description }, context);
      const experiment = {
        data: prepared.data,
        plan: prepared.plan,
        testData: prepared.test?.data ?? null,
        model,
        features: createFeatureStore(database, this.#ports.now),
        modelSha256: model.manifest.sha256,
        observer: recorder,
        control: {
          checkpoint: async () => {
            await recorder.written();
            return this.control.checkpoint();
          },
        },
        guard: device.guard,
      };
      const outcome = await onDevice(device, this.control.signal, () => runExperiment(experiment));
      outcome.timings.modelSeconds += modelSeconds;
      return { outcome, context };
    } finally {
      disposeWeights(model.weights);
    }
  }

  async #loadModel(): Promise<BertModel> {
    const { modelId } = this.#request;
    let total = findModel(modelId).card.bytes;
    let verified = 0;
    const tell = (loaded: number): void => {
      const phaseProgress = Math.min(1, loaded / total);
      const message = `Loading the model: ${formatBytes(loaded)} of ${formatBytes(total)}`;
      this.#recorder.onProgress({ phase: 'loading-model', message, phaseProgress, elapsedMs: this.#workedMs() });
    };
    const source = this.#ports.modelFiles(modelId, {
      onBytes: (_file, loaded) => tell(verified + loaded),
      onNotKept: (error) => this.#recorder.onLog(`The model is not kept for the next start. ${error.message}`),
    });
    tell(0);
    return loadModel(
      { read: (file, signal) => source.read(file, signal) },
      {
        signal: this.control.signal,
        onProgress: ({ bytesLoaded, bytesTotal }) => {
          total = bytesTotal;
          tell((verified = bytesLoaded));
        },
      },
    );
  }

  async #settle(read: RunRows, model: BertModel): Promise<Settings> {
    const { method, backend, evaluation, limit, choices } = this.#request;
    const tokenCounts = await getTokenCounts(this.#ports.database, read.dataset, read.version.number);
    const size = { layers: model.config.layers, maxTokens: model.manifest.card.maxTokens };
    const facts = factsOf(read.version, tokenCounts, { method, backend, evaluation, limit, model: size });
    return resolveSettings(method, choices, facts).settings;
  }

  #context(
    { dataset, version, rows }: RunRows,
    { data, test, plan, groupedRows, notes }: PreparedRun,
    settings: Settings,
    { manifest }: BertModel,
    { description }: Device,
  ): ReportContext {
    if (data.cutRows > 0) {
      const share = formatPercent(data.cutRows / data.texts.length);
      this.#recorder.onLog(`Cut at ${settings.maxLength} tokens: ${formatAmount(data.cutRows, 'row')} (${share}).`);
    }
    for (const note of notes) this.#recorder.onLog(note);
    return {
      dataset: {
        name: dataset.name,
        version: version.number,
        rows: version.rowCount,
        labels: countLabels(rows),
        sha256: version.sha256,
        leftOutRows: version.leftOut,
        groupedRows,
        cutRows: data.cutRows,
      },
      model: {
        id: manifest.id,
        title: manifest.title,
        sha256: manifest.sha256,
        parameters: manifest.card.parameters,
        licence: manifest.card.licence,
      },
      settings,
      folds: plan.folds,
      backend: description.backend,
      device: { name: description.name, software: description.software, browser: this.#ports.browser },
      rows: onlyRows(data),
      test: test && { ...onlyRows(test.data), source: test.source },
      notes,
    };
  }

  async #finish(outcome: ExperimentOutcome, context: ReportContext): Promise<void> {
    const recorder = this.#recorder;
    recorder.onProgress({ phase: 'report', message: 'Writing the report', phaseProgress: 0 });
    await recorder.settled();
    const now = this.#ports.now();
    const report = buildReport(context, outcome, {
      createdAt: new Date(now).toISOString(),
      totalSeconds: this.#workedMs() / 1000,
      curve: recorder.points,
    });
    const state = outcome.complete ? 'succeeded' : 'stopped';
    if (outcome.complete) recorder.onProgress({ message: 'Done', phaseProgress: 1, progress: 1, leftMs: 0 });
    else recorder.onLog(`Stopped. Missing: ${outcome.missing.join(', ')}.`);
    const change = (): Partial<Run> => ({
      state,
      report,
      folds: recorder.folds,
      log: [...recorder.log],
      progress: recorder.progress,
      error: null,
      updatedAt: now,
    });
    const weights = outcome.tuned && { tuned: outcome.tuned, base: outcome.base };
    try {
      await finishRun(this.#ports.database, this.#request.runId, change(), weights);
    } catch (error) {
      if (!weights || !(error instanceof AppError && error.code === 'storage-full')) throw error;
      // The report is small and was the point; the model can be trained again.
      recorder.onLog('The disk is full: the report is kept, the trained model is not, so there is nothing to try.');
      await finishRun(this.#ports.database, this.#request.runId, change(), null);
    }
    this.#end(state, null);
  }

  /** Folds that were finished are in storage by now: they become the report of a failed run. */
  async #fail(thrown: unknown): Promise<void> {
    const error = toErrorData(thrown);
    // By what the person did, not by the error: a lost GPU breaks things off as a cancel does.
    const state = this.control.signal.aborted ? 'cancelled' : 'failed';
    const { database, now } = this.#ports;
    try {
      await this.#recorder.settled();
      const run = await getRun(database, this.#request.runId);
      if (run) await endRun({ database, now }, { ...run, log: this.#recorder.log }, state, error);
    } catch (fault) {
      // What cannot be written can still be said.
      this.#recorder.onLog(toErrorData(fault).message);
    }
    this.#end(state, error);
  }

  #end(state: 'succeeded' | 'stopped' | 'failed' | 'cancelled', error: Run['error']): void {
    this.#batch.add({ type: 'state', state, error }, { type: 'saved' });
    this.#batch.flush();
  }

  #onPaused(paused: boolean): void {
    const now = this.#ports.now();
    if (paused) this.#pausedAt = now;
    else this.#pausedMs += now - this.#pausedAt;
    this.#recorder.change({ state: paused ? 'paused' : 'running' });
  }

  #workedMs(): number {
    return this.#ports.now() - this.#startedAt - this.#pausedMs;
  }
}

function checkRequest({ choices, evaluation }: RunRequest): void {
  const [fault] = checkChoices(choices);
  if (fault) throw new AppError('config-invalid', fault.message, { details: { key: fault.key } });
  const { folds, test } = evaluation;
  if (!Number.isInteger(folds) || folds < 2 || folds > 10) {
    throw new AppError('config-invalid', `Folds: expected a whole number from 2 to 10, got ${folds}.`);
  }
  if (test.kind === 'hold-out' && !(test.share > 0 && test.share < 1)) {
    throw new AppError('config-invalid', `Hold-out: expected a share between 0 and 1, got ${test.share}.`);
  }
}

function firstProgress({ evaluation }: RunRequest): RunProgress {
  return {
    phase: 'loading-model',
    message: 'Starting',
    fold: 0,
    folds: evaluation.folds,
    epoch: 0,
    epochs: 0,
    step: 0,
    steps: 0,
    phaseProgress: 0,
    progress: 0,
    elapsedMs: 0,
    leftMs: null,
    examplesPerSecond: null,
  };
}

/** What a report needs of rows: tokens and groups stay behind. */
function onlyRows({ labels, labelIndices, lines, texts }: PreparedRun['data']): ReportContext['rows'] {
  return { labels, labelIndices, lines, texts };
}
