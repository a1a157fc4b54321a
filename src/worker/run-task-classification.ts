/** A run that learns to tell labels: its rows, its encoders, its experiment, its report. */
import { buildReport } from '../core/report/build-report';
import type { ReportContext } from '../core/report/context';
import { isOfWriting } from '../core/report/run-context';
import type { FeatureStore } from '../core/run/experiment';
import type { RunRequest } from '../core/run/record';
import { formatAmount, formatPercent } from '../core/words/numbers';
import { resolveSettings } from '../core/settings/defaults';
import { factsOf } from '../core/settings/facts';
import type { SettingFacts, Settings } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import { readAhead } from '../engine/frozen/read-ahead';
import type { OpenedModel } from '../engine/models/read-model';
import { type ExperimentInput, runExperiment } from '../engine/run/experiment';
import { createFeatureStore } from '../storage/features';
import { getTokenTally } from '../storage/rows';
import { createStateStore } from '../storage/states';
import { onDevice } from './gpu-loss';
import { openRunModel } from './read-run-model';
import { demandSameData, demandSameShapes } from './resumption';
import { contextOf } from './run-context';
import { type PreparedRun, prepareRun, readRunRows, type RunRows } from './run-data';
import {
  encodersOfRequest,
  FirstEncoder,
  furtherEncoder,
  hasUnread,
  onlyReadsTexts,
  type RunEncoder,
} from './run-encoders';
import { noisesOf, withNoise } from './run-noise';
import { readBy, type Rungs, rungsFor, workOnSearch } from './run-search';
import type { OpenRun, RunHost, RunResult, RunTask, WorkKit } from './run-task';

export const classificationTask: RunTask = {
  async read(database, request) {
    const rows = await readRunRows(database, request);
    return {
      async open(host, device) {
        const opened = await openRows(host, rows);
        try {
          return new ClassificationRun(host, device, rows, opened);
        } catch (error) {
          opened.first.dispose();
          throw error;
        }
      },
    };
  },
};

interface Opened {
  first: FirstEncoder;
  settings: Settings;
  /** Of a search. */
  rungs: Rungs | null;
  prepared: PreparedRun;
  further: RunEncoder[];
  /** What was looked up of them is not looked up again. */
  features: FeatureStore;
  /** That reading and placing the models took. */
  modelSeconds: number;
}

class ClassificationRun implements OpenRun {
  readonly settings: Settings;
  readonly context: ReportContext;
  readonly notes: string[];
  readonly #host: RunHost;
  readonly #device: Device;
  readonly #opened: Opened;

  constructor(host: RunHost, device: Device, read: RunRows, opened: Opened) {
    const { prepared, settings, first, further } = opened;
    const { manifest } = first.own;
    const others = further.map((other) => other.manifest);
    const { browser } = host.ports;
    this.#host = host;
    this.#device = device;
    this.#opened = opened;
    this.settings = settings;
    this.notes = notesOf(prepared, settings);
    const { description } = device;
    const context = contextOf({ read, prepared, settings, manifest, others, device: description, browser });
    const before = host.before?.context;
    // A search that goes on has the plan that it had.
    const search = before && !isOfWriting(before) ? before.search : undefined;
    this.context = search ? { ...readBy(context, search.plan), search } : context;
    if (host.before?.context) {
      demandSameData(host.before.context, this.context);
      // Those of a search may be of any of its encoders, whose hashes are the same: a state that does not fit begins again.
      const isOfFirst = !host.request.search || further.length === 0;
      if (isOfFirst) demandSameShapes(host.before.kept.fits, first.model, this.context.rows.labels.length);
    }
    host.recorder.scoreOn(this.context.rows);
  }

  async work({ control, checkpoints }: WorkKit): Promise<RunResult> {
    const { ports, before, recorder, signal } = this.#host;
    const { first, prepared, further, features, modelSeconds } = this.#opened;
    const { database, now, threads } = ports;
    const experiment = {
      data: prepared.data,
      plan: prepared.plan,
      testData: prepared.test?.data ?? null,
      model: first.model,
      place: () => first.place(),
      features,
      states: createStateStore(database, now),
      modelSha256: first.own.sha256,
      modelId: first.own.id,
      names: first.own.names,
      further,
      letGo: () => this.dispose(),
      observer: recorder,
      control,
      guard: this.#device.guard,
      ...(threads && { threads }),
      kept: before?.kept ?? null,
      measured: true,
      checkpoints,
    };
    const { request } = this.#host;
    if (request.search && this.#opened.rungs) return this.#find(request.search, this.#opened.rungs, experiment);
    const outcome = await onDevice(this.#device, signal, () => runExperiment(experiment));
    outcome.timings.modelSeconds += modelSeconds;
    const { complete, missing, tuned, base, plain } = outcome;
    return {
      complete,
      missing,
      report: (ending) => Promise.resolve(buildReport(this.context, outcome, ending)),
      weights: tuned && { tuned, base, ...(plain && { plain }) },
    };
  }

  /** What works is found, not one method tried. */
  async #find(
    request: NonNullable<RunRequest['search']>,
    own: Rungs,
    { letGo: _, measured: __, place: ___, ...experiment }: ExperimentInput,
  ): Promise<RunResult> {
    const { before, recorder, signal } = this.#host;
    const parts = {
      ...{ request, own, recorder, context: this.context, experiment },
      before: before?.run.search ?? null,
    };
    const { result, end } = await onDevice(this.#device, signal, () => workOnSearch(parts));
    const { complete, missing, tuned, base, plain, timings } = result.outcome;
    timings.modelSeconds += this.#opened.modelSeconds;
    return { complete, missing, ...end, weights: tuned && { tuned, base, ...(plain && { plain }) } };
  }

  dispose(): void {
    this.#opened.first.dispose();
  }
}

/** Rows and models of the run. What will not be read with, as all that it would make is kept, is not loaded. */
async function openRows(host: RunHost, read: RunRows): Promise<Opened> {
  const { ports, request, before } = host;
  const { elapsed, database, now } = ports;
  const planned = before?.context && !isOfWriting(before.context) ? before.context.search?.plan : undefined;
  // What the plan of a search has no time for is not read with when it goes on.
  const ids = encodersOfRequest(request).slice(0, planned?.encoders);
  let modelMs = 0;
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const startedMs = elapsed();
    const done = await work;
    modelMs += elapsed() - startedMs;
    return done;
  };
  const open = (id: string): Promise<OpenedModel> => timed(openRunModel(host, id, ids.length > 1));

  const [id = request.modelId, ...others] = ids;
  const model = await open(id);
  const facts = await factsFor(host, read, model);
  const settings = before?.run.settings ?? resolveSettings(request.method, request.choices, facts).settings;
  const size = { layers: model.config.layers };
  const rungs = request.search ? rungsFor(request, settings, { facts, model: size }) : null;
  const plain = prepareRun(read, request, settings, model.tokenizer);
  const searched = rungs?.rungs.flatMap((rung) => rung.searched) ?? [];
  const noises = noisesOf([settings, ...Object.values(rungs?.settings ?? {})], searched);
  const prepared = { ...plain, data: await withNoise(plain.data, noises, settings, model.tokenizer, host.signal) };
  const features = readAhead(createFeatureStore(database, now));
  // A run that goes on and cannot load stays as it was, as long as it has not begun.
  const mayWait = onlyReadsTexts(request) && before === null;
  const isRead = async (encoder: RunEncoder): Promise<boolean> =>
    mayWait && !(await hasUnread(encoder, settings, features.ahead));

  const first = new FirstEncoder(model, prepared, request, settings);
  const waits = await isRead(first.own);
  if (!waits) await timed(first.own.load());
  const further: RunEncoder[] = [];
  for (const id of others) {
    const other = furtherEncoder(await open(id), prepared, request, settings);
    further.push(other);
    if (!(await isRead(other))) await timed(other.load());
  }
  if (!waits) await timed(first.place());
  return { first, settings, rungs, prepared, further, features: features.store, modelSeconds: modelMs / 1000 };
}

async function factsFor({ ports, request }: RunHost, read: RunRows, model: OpenedModel): Promise<SettingFacts> {
  const { backend, evaluation, limit } = request;
  const lengths = await getTokenTally(ports.database, read.dataset, read.version.number, request.modelId);
  const size = { layers: model.config.layers, maxTokens: model.manifest.card.maxTokens };
  return factsOf(read.version, lengths, { backend, evaluation, limit, model: size });
}

function notesOf({ data, notes }: PreparedRun, { maxLength }: Settings): string[] {
  if (data.cutRows === 0) return notes;
  const share = formatPercent(data.cutRows / data.texts.length);
  return [`Cut at ${maxLength} tokens: ${formatAmount(data.cutRows, 'row')} (${share}).`, ...notes];
}
