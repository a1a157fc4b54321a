/** The files of a model that a person brought along: they are in this browser, or nowhere. */
import { AppError } from '../core/errors';
import type { ModelEntry } from '../core/models/card';
import { entryOfManifest } from '../core/models/entry';
import { type ModelManifest, parseManifest } from '../core/models/manifest';
import { isOwnModel, ownTitle } from '../core/models/own-id';
import { findModel } from '../core/models/registry';
import { getModelFile } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles } from './model-files';
import { sha256Of } from './sha256-of';

/** The source of such a model's files; `read` rejects with `model-missing` where it was taken out. */
export function ownModelSource(database: HoneDatabase, modelId: string): ModelFiles {
  return {
    async read(file) {
      const kept = await getModelFile(database, `${modelId}/${file}`);
      if (kept === null) throw gone(modelId, file);
      const bytes = Uint8Array.from(kept.bytes);
      // By the bytes: a disk damages too.
      if ((await sha256Of(bytes)) === kept.sha256) return bytes;
      throw new AppError(
        'model-damaged',
        `The file ${file} of «${ownTitle(modelId)}» is damaged in this browser's storage. Take the model out, and bring its files again.`,
        { details: { file } },
      );
    },
  };
}

/** The entry of any model, built-in or brought along; throws `not-found` or, for one that was taken out, `model-missing`. */
export async function modelEntry(database: HoneDatabase, modelId: string): Promise<ModelEntry> {
  return isOwnModel(modelId) ? entryOfManifest(await ownManifestOf(database, modelId)) : findModel(modelId);
}

async function ownManifestOf(database: HoneDatabase, modelId: string): Promise<ModelManifest> {
  const file = 'manifest.json';
  const bytes = await ownModelSource(database, modelId).read(file);
  return parseManifest(new TextDecoder().decode(bytes));
}

function gone(modelId: string, file: string): AppError {
  return new AppError(
    'model-missing',
    `The model «${ownTitle(modelId)}», which was brought along, is not in this browser any more. Bring the same files again ` +
      'under that name: they are the same model then, and what was made with it works as before.',
    { details: { file, modelId } },
  );
}
