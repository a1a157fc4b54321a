/** A run that learns to write answers: its rows, its model with an adapter, its report. */
import type { ModelManifest } from '../core/models/manifest';
import { buildGenerationReport } from '../core/report/generation/build';
import type { GenerationReportContext } from '../core/report/generation/context';
import { type GenerationPlan, type KeptGeneration, writtenPlan } from '../core/run/generation';
import type { Probes } from '../core/run/probes';
import { resolveSettings } from '../core/settings/defaults';
import { factsOf } from '../core/settings/facts';
import type { Settings } from '../core/settings/settings';
import { conversationOf } from '../core/data/conversations';
import { chatReaderOf } from '../core/text/chat-reader';
import { type ChatReader, encodeExample } from '../core/text/examples';
import { tallyTokens } from '../core/text/token-tally';
import { formatAmount, formatPercent } from '../core/words/numbers';
import type { Device } from '../engine/device/select';
import type { Decoder } from '../engine/models/decoder';
import { placeDecoder, type ReadDecoder, readDecoder } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { runWriting } from '../engine/run/write-experiment';
import { createWriter, type Writer } from '../engine/tasks/generation/writer';
import { getUnfinishedWriting } from '../storage/generation';
import { onDevice } from './gpu-loss';
import { judgedByRun } from './judge-run';
import { readNeighbours } from './neighbours';
import { proveWriting } from './open-device';
import { readTelling } from './read-run-model';
import { demandSameWriting } from './resumption';
import type { OpenRun, RunHost, RunResult, RunTask, WorkKit } from './run-task';
import { prepareWriting, type PreparedWriting } from './write-data';
import { WriteRecorder } from './write-recorder';
import { readWritingRows, type WritingRows } from './write-rows';

export const generationTask: RunTask = {
  async read(database, request) {
    const rows = await readWritingRows(database, request);
    return {
      async open(host, device) {
        await proveWriting(host.ports, device);
        const opened = await openRows(host, device, rows);
        try {
          return new GenerationRun(host, device, rows, opened);
        } catch (error) {
          disposeWeights(opened.decoder.weights);
          throw error;
        }
      },
    };
  },
};

interface Opened {
  decoder: Decoder;
  writer: Writer;
  manifest: ModelManifest;
  settings: Settings;
  prepared: PreparedWriting;
  kept: KeptGeneration | null;
  /** That reading and placing the model took. */
  modelSeconds: number;
}

/** What is asked after every pass, before anything was answered. */
function probesOf({ probes, shown }: GenerationPlan): Probes {
  const own = shown && { shown: { line: shown.line, prompt: shown.prompt, pieces: shown.pieces } };
  return { prompts: probes.map(({ text }) => text), answers: [], ...own };
}

class GenerationRun implements OpenRun {
  readonly settings: Settings;
  readonly context: GenerationReportContext;
  readonly notes: string[];
  readonly #host: RunHost;
  readonly #device: Device;
  readonly #opened: Opened;

  constructor(host: RunHost, device: Device, read: WritingRows, opened: Opened) {
    const { prepared, settings } = opened;
    this.#host = host;
    this.#device = device;
    this.#opened = opened;
    this.settings = settings;
    this.notes = notesOf(prepared, settings);
    this.context = contextOf(read, opened, { device, browser: host.ports.browser });
    if (host.before?.context) demandSameWriting(host.before.context, this.context);
  }

  async work({ control, checkpoints }: WorkKit): Promise<RunResult> {
    const { ports, before, recorder, signal, request } = this.#host;
    const { decoder, writer, manifest, prepared, kept, modelSeconds } = this.#opened;
    const probes = before?.run.probes ?? probesOf(prepared.plan);
    const observer = new WriteRecorder(
      recorder,
      { database: ports.database, runId: request.runId },
      { rows: kept?.rows ?? [], probes },
    );
    const input = {
      data: prepared.data,
      plan: prepared.plan,
      model: decoder,
      modelId: manifest.id,
      modelSha256: manifest.sha256,
      writer,
      observer,
      control,
      guard: this.#device.guard,
      kept,
      checkpoints,
      measured: { backend: this.#device.description.backend },
    };
    const { outcome, adapter } = await onDevice(this.#device, signal, () => runWriting(input));
    outcome.timings.modelSeconds += modelSeconds;
    return {
      complete: outcome.complete,
      missing: outcome.missing,
      report: async (ending) => {
        const report = buildGenerationReport(this.context, outcome, ending);
        return report && judgedByRun(report, this.context, request, ports.checkTools);
      },
      weights: adapter && { adapter },
    };
  }

  dispose(): void {
    disposeWeights(this.#opened.decoder.weights);
  }
}

/** Rows and model of the run. What was read of the model's files is let go with this call. */
async function openRows(host: RunHost, device: Device, read: WritingRows): Promise<Opened> {
  const { ports, request, before } = host;
  const startedMs = ports.elapsed();
  const model = await readTelling(host, request.modelId, false, readDecoder);
  const readMs = ports.elapsed() - startedMs;
  const { manifest } = model;
  const reader = chatReaderOf(manifest.tokenizer, model.tokenizerJson);
  const settings = before?.run.settings ?? settle(host, read, { model, reader });
  // Its encoder is gone again before the decoder comes to the device.
  const neighbours = readNeighbours(host, device, read.version.languages ?? null);
  const { maxPositions } = model.config;
  const prepared = await prepareWriting(read, request, settings, { reader, maxPositions, neighbours });
  const placingMs = ports.elapsed();
  const decoder = placeDecoder(model);
  const modelSeconds = (readMs + ports.elapsed() - placingMs) / 1000;
  const kept = before && {
    ...(await getUnfinishedWriting(ports.database, request.runId)),
    fits: before.kept.fits,
    points: before.points,
    workedMs: before.kept.workedMs,
  };
  return { decoder, writer: createWriter(reader.tokenizer), manifest, settings, prepared, kept, modelSeconds };
}

function settle(
  { request }: RunHost,
  { version, rows }: WritingRows,
  { model, reader }: { model: ReadDecoder; reader: ChatReader },
): Settings {
  const { method, backend, evaluation, limit, choices } = request;
  // Of whole conversations, in this model's own tokens.
  const lengths = tallyTokens(rows.map((row) => encodeExample(reader, conversationOf(row)).ids.length));
  const size = { layers: model.config.layers, maxTokens: model.manifest.card.maxTokens };
  const facts = factsOf(version, lengths, { backend, evaluation, limit, model: size });
  return resolveSettings(method, choices, facts).settings;
}

function notesOf({ data, notes }: PreparedWriting, { maxLength }: Settings): string[] {
  if (data.cutRows === 0) return notes;
  const share = formatPercent(data.cutRows / data.examples.length);
  return [`Cut at ${maxLength} tokens: ${formatAmount(data.cutRows, 'row')} (${share}).`, ...notes];
}

function contextOf(
  { dataset, version }: WritingRows,
  { prepared, settings, manifest }: Opened,
  { device, browser }: { device: Device; browser: string },
): GenerationReportContext {
  const { groupedRows, grouping, data, evaluation, rows, notes, plan } = prepared;
  const { id, title, sha256, card } = manifest;
  const { backend, name, software } = device.description;
  return {
    dataset: {
      name: dataset.name,
      version: version.number,
      rows: version.rowCount,
      sha256: version.sha256,
      leftOutRows: version.leftOut,
      groupedRows,
      grouping,
      cutRows: data.cutRows,
    },
    model: { id, title, sha256, parameters: card.parameters, licence: card.licence || 'not said by its files' },
    settings,
    evaluation,
    backend,
    device: { name, software, browser },
    rows,
    plan: writtenPlan(plan),
    notes,
    findings: version.findings.map(({ id: finding, title: words }) => ({ id: finding, title: words })),
  };
}
