/** A run of written answers as it is taken away: its adapter, its base, what is said of both, and rows to prove files by. */
import { AppError } from '../core/errors';
import { exportCard, exportFolder, noticeFiles, writingFigures } from '../core/export/describe';
import type { ExportedRun } from '../core/export/formats';
import type { ModelTensors } from '../core/export/model-tensors';
import type { ParitySample } from '../core/export/parity';
import type { PlainMessage } from '../core/export/modelfile';
import { exportedAdapter } from '../core/export/trained-adapter';
import type { GenerationReport } from '../core/report/generation';
import type { TrainedAdapter } from '../core/run/generation';
import { chatReaderOf } from '../core/text/chat-reader';
import { PLAIN_TEMPLATE, renderChat } from '../core/text/chat-template';
import type { ChatReader } from '../core/text/examples';
import { parseConfig } from '../engine/models/llama/config';
import { type ReadDecoder, readDecoder } from '../engine/models/read-model';
import { getAdapter, getReport, getRun } from '../storage/runs';
import type { JobPorts } from './job-ports';
import { readNotices } from './read-notices';

/** What a run is written and proved from. */
export interface TakenWriter {
  exported: ExportedRun;
  adapter: TrainedAdapter;
  model: ReadDecoder;
  reader: ChatReader;
  samples: ParitySample[];
}

export interface ReadOptions {
  signal: AbortSignal;
  /** Bytes of the base so far. */
  tell: (done: number, total: number) => void;
}

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

/**
 * Reads it. Throws `not-found` where the run kept no adapter, `model-damaged` where it
 * stands on other weights, and as `readDecoder`.
 */
export async function readTakenWriter(
  { database, modelFiles }: Ports,
  runId: string,
  { signal, tell }: ReadOptions,
): Promise<TakenWriter> {
  const [run, adapter, report] = await Promise.all([
    getRun(database, runId),
    getAdapter(database, runId),
    getReport(database, runId),
  ]);
  if (run === null || adapter === null) {
    throw new AppError(
      'not-found',
      'This run kept no adapter to take away. Train it to the end, or choose another run.',
    );
  }
  const source = modelFiles(adapter.modelId, {});
  const read = (file: string, stop?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => source.read(file, stop);
  const model = await readDecoder(
    { read },
    { signal, onProgress: ({ bytesLoaded, bytesTotal }) => tell(bytesLoaded, bytesTotal) },
  );
  const { manifest, tensors } = model;
  if (manifest.sha256 !== adapter.modelSha256) {
    throw new AppError(
      'model-damaged',
      'The adapter of this run was trained on other weights than this version has. Train it again.',
    );
  }
  const { tokenizer } = manifest;
  const { chatTemplate = PLAIN_TEMPLATE, bosToken = null, eosToken, endIds = [] } = tokenizer;
  if (eosToken === undefined) {
    throw new AppError(
      'model-unsupported',
      'The model names no token that ends an answer, which every other tool asks for.',
    );
  }
  const written = report?.task === 'generation' ? report : null;
  const card = exportCard(`${run.name}, ${run.datasetName}`, manifest, written === null ? [] : writingFigures(written));
  const reader = chatReaderOf(tokenizer, model.tokenizerJson);
  const render = (messages: readonly PlainMessage[]): string =>
    renderChat(reader.template, { messages: messages.map((message) => ({ ...message })) }, { generationPrompt: true })
      .map(({ text }) => text)
      .join('');
  const base: ModelTensors = {
    names: tensors.names,
    shape: (name) => tensors.shape(name),
    lines: (name, from, to) => tensors.readLines(name, from, to),
  };
  const json = new TextDecoder().decode(await read(tokenizer.file, signal));
  return {
    exported: {
      folder: exportFolder(run.datasetName, run.name),
      base: {
        config: parseConfig(manifest.config),
        tensors: base,
        tokenizer: { json, chatTemplate, bosToken, eosToken, endIds },
        card,
      },
      adapter: exportedAdapter(adapter),
      notices: noticeFiles(
        await readNotices(database, source, adapter.modelId, signal),
        card,
        'an adapter (LoRA) was trained on it',
      ),
      render,
    },
    ...{ adapter, model, reader },
    samples: samplesOf(written),
  };
}

function samplesOf(report: GenerationReport | null): ParitySample[] {
  return (report?.generation.samples ?? []).map(({ prompt, wanted, answers }) => ({
    prompt,
    answer: answers.tuned?.text ?? wanted,
  }));
}
