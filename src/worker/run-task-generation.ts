/** A run that learns to write answers: its rows, its model with an adapter, its report. */
import { buildGenerationReport } from '../core/report/generation/build';
import type { GenerationReportContext } from '../core/report/generation/context';
import { type GenerationPlan, writtenPlan } from '../core/run/generation';
import type { Probes } from '../core/run/probes';
import type { Settings } from '../core/settings/settings';
import { formatAmount, formatPercent } from '../core/words/numbers';
import type { Device } from '../engine/device/select';
import { disposeWeights } from '../engine/models/weights';
import { runWriting } from '../engine/run/write-experiment';
import { onDevice } from './gpu-loss';
import { judgedByRun } from './judge-run';
import { proveWriting } from './open-device';
import { type OpenedWriting, openWriting } from './open-writing';
import { demandSameWriting } from './resumption';
import type { OpenRun, RunHost, RunResult, RunTask, WorkKit } from './run-task';
import type { PreparedWriting } from './write-data';
import { WriteRecorder } from './write-recorder';
import { readWritingRows, type WritingRows } from './write-rows';

export const generationTask: RunTask = {
  async read(database, request) {
    const rows = await readWritingRows(database, request);
    return {
      async open(host, device) {
        await proveWriting(host.ports, device);
        const opened = await openWriting(host, device, rows);
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
  readonly #opened: OpenedWriting;

  constructor(host: RunHost, device: Device, read: WritingRows, opened: OpenedWriting) {
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
      threads: ports.threads,
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

function notesOf({ data, notes }: PreparedWriting, { maxLength }: Settings): string[] {
  if (data.cutRows === 0) return notes;
  const share = formatPercent(data.cutRows / data.examples.length);
  return [`Cut at ${maxLength} tokens: ${formatAmount(data.cutRows, 'row')} (${share}).`, ...notes];
}

function contextOf(
  { dataset, version }: WritingRows,
  { prepared, settings, manifest }: OpenedWriting,
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
