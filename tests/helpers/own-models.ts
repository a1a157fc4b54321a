/** Models that a person brings along, in tests: files as a browser gives them, and the way into a database. */
import { createModelSource } from '../../src/worker/model-source';
import { type ChosenFile, inspectModel, keepOwnModel } from '../../src/worker/own-model-job';
import type { DataEvent } from '../../src/worker/protocol';
import type { OwnSummary } from '../../src/core/models/own-summary';
import type { HoneDatabase } from '../../src/storage/schema';
import type { JobPorts } from '../../src/worker/job-ports';
import { isOwnModel } from '../../src/core/models/own-id';
import { checkpointFiles, checkpointGguf } from './checkpoints';
import { tinyModelFiles } from './tiny-model';

/** The files of a checkpoint as `File`s: of a folder, or `llama.gguf`. `change` puts others in their place; null leaves one out. */
export async function chosenFiles(
  name: string,
  change: Readonly<Record<string, Uint8Array<ArrayBuffer> | string | null>> = {},
): Promise<ChosenFile[]> {
  const sources = name.endsWith('.gguf') ? [checkpointGguf()] : checkpointFiles(name);
  const kept = sources.filter(({ file }) => !(file in change));
  const files = await Promise.all(
    kept.map(async ({ file, size, read }) => ({ path: file, blob: new File([await read(0, size)], file) })),
  );
  const others = Object.entries(change).flatMap(([path, content]) =>
    content === null ? [] : [{ path, blob: new File([content], path) }],
  );
  return [...files, ...others];
}

/** What the page is told of files. */
export async function inspect(title: string, files: ChosenFile[]): Promise<OwnSummary> {
  const events: DataEvent[] = [];
  await inspectModel(
    { post: (event) => void events.push(event) },
    { type: 'inspect-model', requestId: 'i', title, files },
  );
  for (const event of events) if (event.type === 'model-inspected') return event.summary;
  throw new Error('Nothing was told.');
}

export interface Kept {
  modelId: string;
  events: DataEvent[];
}

/** Takes files into a database as the data worker does. */
export async function keepOwn(
  database: HoneDatabase,
  title: string,
  files: ChosenFile[],
  {
    room = null,
    signal = new AbortController().signal,
    withHead = false,
  }: { room?: number | null; signal?: AbortSignal; withHead?: boolean } = {},
): Promise<Kept> {
  const events: DataEvent[] = [];
  const ports = { database, post: (event: DataEvent) => void events.push(event), room: () => Promise.resolve(room) };
  await keepOwnModel(ports, { type: 'keep-own-model', requestId: 'k', title, files, withHead }, signal);
  for (const event of events) if (event.type === 'own-model-kept') return { modelId: event.modelId, events };
  throw new Error('Nothing was kept.');
}

/**
 * The files of models as the training worker has them, own ones of its database; `databaseOf` is asked when a model is. A
 * tiny one answers to the ids of built-in encoders: a run of written answers finds near rows by one.
 */
export function modelFilesOf(databaseOf: () => HoneDatabase): JobPorts['modelFiles'] {
  return (modelId, hooks) => {
    if (isOwnModel(modelId)) {
      return createModelSource({ database: databaseOf(), modelId, baseUrl: 'https://example.org/', ...hooks });
    }
    const files = tinyModelFiles(1, modelId);
    return {
      read: (file) => {
        const bytes = files.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`${modelId} has no ${file}.`));
      },
    };
  };
}
