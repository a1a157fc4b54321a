/** A run that learns to tell labels: its rows, its encoders, its experiment, its report. */
import { buildReport } from '../core/report/build-report';
import type { ReportContext } from '../core/report/context';
import { isOfWriting } from '../core/report/run-context';
import type { RunRequest } from '../core/run/record';
import { formatAmount, formatPercent } from '../core/words/numbers';
import type { ModelManifest } from '../core/models/manifest';
import { resolveSettings } from '../core/settings/defaults';
import { factsOf } from '../core/settings/facts';
import type { SettingFacts, Settings } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import type { Encoder } from '../engine/models/encoder';
import type { ReadModel } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { type ExperimentInput, runExperiment } from '../engine/run/experiment';
import type { FurtherEncoder, LabelNames } from '../engine/tasks/classification/further-encoder';
import { createFeatureStore } from '../storage/features';
import { getTokenTally } from '../storage/rows';
import { createStateStore } from '../storage/states';
import { onDevice } from './gpu-loss';
import { readRunModel } from './read-run-model';
import { demandSameData, demandSameShapes } from './resumption';
import { contextOf } from './run-context';
import { type PreparedRun, prepareRun, readRunRows, type RunRows } from './run-data';
import { encodersOfRequest, furtherEncoder, labelNames } from './run-encoders';
import { placeForRun } from './run-model';
import { noisesOf, withNoise } from './run-noise';
import { type Rungs, rungsFor, workOnSearch } from './run-search';
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
          disposeWeights(opened.encoder.weights);
          throw error;
        }
      },
    };
  },
};

interface Opened {
  encoder: Encoder;
  manifest: ModelManifest;
  settings: Settings;
  /** Of a search. */
  rungs: Rungs | null;
  prepared: PreparedRun;
  names: LabelNames;
  further: FurtherEncoder[];
  /** Of the further encoders. */
  manifests: ModelManifest[];
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
    const { prepared, settings, manifest, manifests, encoder } = opened;
    const { browser } = host.ports;
    this.#host = host;
    this.#device = device;
    this.#opened = opened;
    this.settings = settings;
    this.notes = notesOf(prepared, settings);
    const { description } = device;
    const context = contextOf({ read, prepared, settings, manifest, others: manifests, device: description, browser });
    const before = host.before?.context;
    // A search that goes on has the plan that it had.
    this.context = before && !isOfWriting(before) && before.search ? { ...context, search: before.search } : context;
    if (host.before?.context) {
      demandSameData(host.before.context, this.context);
      demandSameShapes(host.before.kept.fits, encoder, this.context.rows.labels.length);
    }
    host.recorder.scoreOn(this.context.rows);
  }

  async work({ control, checkpoints }: WorkKit): Promise<RunResult> {
    const { ports, before, recorder, signal } = this.#host;
    const { encoder, manifest, prepared, names, further, modelSeconds } = this.#opened;
    const { database, now, threads } = ports;
    const experiment = {
      data: prepared.data,
      plan: prepared.plan,
      testData: prepared.test?.data ?? null,
      model: encoder,
      features: createFeatureStore(database, now),
      states: createStateStore(database, now),
      modelSha256: manifest.sha256,
      modelId: manifest.id,
      names,
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
    { letGo: _, measured: __, ...experiment }: ExperimentInput,
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
    disposeWeights(this.#opened.encoder.weights);
  }
}

/** Rows and models of the run. What was read of the models' files is let go with this call. */
async function openRows(host: RunHost, read: RunRows): Promise<Opened> {
  const { ports, request, before } = host;
  const { elapsed } = ports;
  const startedMs = elapsed();
  const ids = encodersOfRequest(request);
  const several = ids.length > 1;
  const [first = request.modelId, ...others] = ids;
  const model = await readRunModel(host, first, several);
  let readMs = elapsed() - startedMs;
  const facts = await factsFor(host, read, model);
  const settings = before?.run.settings ?? resolveSettings(request.method, request.choices, facts).settings;
  const size = { layers: model.config.layers };
  const rungs = request.search ? rungsFor(request, settings, { facts, model: size }) : null;
  const { manifest, tokenizer } = model;
  const plain = prepareRun(read, request, settings, tokenizer);
  const searched = rungs?.rungs.flatMap((rung) => rung.searched) ?? [];
  const noises = noisesOf([settings, ...Object.values(rungs?.settings ?? {})], searched);
  const prepared = { ...plain, data: withNoise(plain.data, noises, settings, tokenizer) };
  const further: FurtherEncoder[] = [];
  const manifests: ModelManifest[] = [];
  for (const id of others) {
    const otherMs = elapsed();
    const other = await readRunModel(host, id, several);
    readMs += elapsed() - otherMs;
    manifests.push(other.manifest);
    further.push(furtherEncoder(other, prepared, request, settings));
  }
  const names = labelNames(prepared, request, tokenizer, settings.maxLength);
  const placingMs = elapsed();
  const encoder = placeForRun(model, settings, prepared, names);
  const modelSeconds = (readMs + elapsed() - placingMs) / 1000;
  return { encoder, manifest, settings, rungs, prepared, names, further, manifests, modelSeconds };
}

async function factsFor({ ports, request }: RunHost, read: RunRows, model: ReadModel): Promise<SettingFacts> {
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
