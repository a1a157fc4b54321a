/**
 * The default model, kept in this browser before a run needs it, so that a first run works without a network too.
 * What is kept and right is not fetched again; that all of it is, is noted beside it, so that later starts need not read
 * 45 MB to know.
 */
import type { AppError } from '../core/errors';
import { parseManifest } from '../core/models/manifest';
import { getModelFile, putModelFile } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles, ModelSourceOptions } from './model-source';
import type { DataEvent } from './protocol';

export interface KeepPorts {
  database: HoneDatabase;
  modelId: string;
  post(event: DataEvent): void;
  modelFiles(hooks: Pick<ModelSourceOptions, 'onBytes' | 'onNotKept'>): ModelFiles;
}

const NOTHING = new Uint8Array();

/** Rejects with `model-missing`, `model-damaged` or `storage-full`; what was kept until then stays. */
export async function keepModel({ database, modelId, post, modelFiles }: KeepPorts, requestId: string): Promise<void> {
  let before = 0;
  let bytesTotal = 0;
  const notKept: AppError[] = [];
  const tell = (bytesKept: number): void => post({ type: 'keep-progress', requestId, bytesKept, bytesTotal });
  const source = modelFiles({
    onBytes: (_, loaded) => tell(before + loaded),
    onNotKept: (error) => notKept.push(error),
  });
  const manifest = parseManifest(new TextDecoder().decode(await source.read('manifest.json')));
  const files = [manifest.tokenizer, ...manifest.shards];
  bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const note = `${modelId}/all-kept`;
  // The hash over all weights, and the tokenizer's: another model of the same name is kept anew.
  const whole = `${manifest.sha256} ${manifest.tokenizer.sha256}`;
  if ((await getModelFile(database, note))?.sha256 !== whole) {
    for (const { file, bytes } of files) {
      tell(before);
      await source.read(file);
      if (notKept[0]) throw notKept[0];
      before += bytes;
    }
    await putModelFile(database, { key: note, sha256: whole, bytes: NOTHING });
  }
  post({ type: 'model-kept', requestId, bytes: bytesTotal });
}
