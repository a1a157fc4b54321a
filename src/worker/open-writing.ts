/** Rows and model of a run of written answers, on the device: for the run itself, and for measuring what it would take. */
import type { ModelManifest } from '../core/models/manifest';
import type { KeptGeneration } from '../core/run/generation';
import { resolveSettings } from '../core/settings/defaults';
import { factsOf } from '../core/settings/facts';
import type { Settings } from '../core/settings/settings';
import { conversationOf } from '../core/data/conversations';
import { chatReaderOf } from '../core/text/chat-reader';
import { type ChatReader, encodeExample } from '../core/text/examples';
import { tallyTokens } from '../core/text/token-tally';
import type { Device } from '../engine/device/select';
import type { Decoder } from '../engine/models/decoder';
import { placeDecoder, type ReadDecoder, readDecoder } from '../engine/models/read-model';
import { createWriter, type Writer } from '../engine/tasks/generation/writer';
import { getUnfinishedWriting } from '../storage/generation';
import { readNeighbours } from './neighbours';
import { readTelling } from './read-run-model';
import type { OpeningHost } from './run-task';
import { prepareWriting, type PreparedWriting } from './write-data';
import type { WritingRows } from './write-rows';

export interface OpenedWriting {
  decoder: Decoder;
  writer: Writer;
  manifest: ModelManifest;
  settings: Settings;
  prepared: PreparedWriting;
  kept: KeptGeneration | null;
  /** That reading and placing the model took. */
  modelSeconds: number;
}

/** What was read of the model's files is let go with this call. Who asks disposes of the decoder's weights. */
export async function openWriting(host: OpeningHost, device: Device, read: WritingRows): Promise<OpenedWriting> {
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
  { request }: Pick<OpeningHost, 'request'>,
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
