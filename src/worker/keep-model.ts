/**
 * A model, kept in this browser before a run needs it, so that a first run works without a network too.
 * What is kept and right is not fetched again: a fetch that broke off, or was stopped, goes on at the first shard that is
 * missing. That all of it is here is noted beside it, so that later starts need not read 45 MB to know.
 */
import { AppError } from '../core/errors';
import { keptFiles } from '../core/models/kept-files';
import { parseManifest } from '../core/models/manifest';
import { findModel } from '../core/models/registry';
import { formatBytes } from '../core/words/numbers';
import { getModelFile, listModelFiles, putModelFile } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles } from './model-files';
import type { ModelSourceOptions } from './model-source';
import type { DataCommand, DataEvent } from './protocol';

export interface KeepPorts {
  database: HoneDatabase;
  post(event: DataEvent): void;
  modelFiles(modelId: string, hooks?: Pick<ModelSourceOptions, 'onBytes' | 'onNotKept'>): ModelFiles;
  /** Bytes that the browser still gives; null where it does not say. */
  room(): Promise<number | null>;
}

type Keep = Extract<DataCommand, { type: 'keep-model' }>;

const NOTHING = new Uint8Array();

/** Rejects with `model-missing`, `model-damaged`, `storage-full` or `cancelled`; what was kept until then stays. */
export async function keepModel(ports: KeepPorts, { requestId, modelId }: Keep, signal: AbortSignal): Promise<void> {
  const { database, post } = ports;
  let [before, bytesTotal, shard, shards] = [0, 0, 0, 0];
  const notKept: AppError[] = [];
  const tell = (bytesKept: number): void =>
    post({ type: 'keep-progress', requestId, bytesKept, bytesTotal, shard, shards });
  const source = ports.modelFiles(modelId, {
    onBytes: (_, loaded) => tell(before + loaded),
    onNotKept: (error) => notKept.push(error),
  });
  const manifest = parseManifest(new TextDecoder().decode(await source.read('manifest.json', signal)));
  const files = [manifest.tokenizer, ...manifest.shards];
  shards = manifest.shards.length;
  bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const note = `${modelId}/all-kept`;
  // The hash over all weights, and the tokenizer's: another model of the same name is kept anew.
  const whole = `${manifest.sha256} ${manifest.tokenizer.sha256}`;
  if ((await getModelFile(database, note))?.sha256 !== whole) {
    const { bytesKept } = keptFiles(manifest, await listModelFiles(database, modelId));
    await demandRoom(ports, modelId, bytesTotal - bytesKept);
    for (const [i, { file, bytes }] of files.entries()) {
      // The tokenizer comes first.
      shard = i;
      tell(before);
      await source.read(file, signal);
      if (notKept[0]) throw notKept[0];
      before += bytes;
    }
    await putModelFile(database, { key: note, sha256: whole, bytes: NOTHING });
  }
  post({ type: 'model-kept', requestId, bytes: bytesTotal });
}

/** Before the start: who is refused in the last shard has loaded the others for nothing. */
async function demandRoom({ room }: KeepPorts, modelId: string, needed: number): Promise<void> {
  const free = await room();
  if (free === null || free >= needed) return;
  const { title } = findModel(modelId);
  throw new AppError(
    'storage-full',
    `${title} needs ${formatBytes(needed)} more, and this browser has ${formatBytes(free)} left for Hone.`,
    { details: { needed, free } },
  );
}
