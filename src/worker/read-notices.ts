/** Licence and notice of a model, which go along with what is made of it. */
import { isOwnModel } from '../core/models/own-id';
import { NOTICE_FILES, type OwnNotices } from '../core/models/own-notices';
import { listModelFiles } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles } from './model-files';

/** Each built-in model has both; of one that a person brought along those that its files had. */
export async function readNotices(
  database: HoneDatabase,
  source: ModelFiles,
  modelId: string,
  signal: AbortSignal,
): Promise<OwnNotices> {
  const there = isOwnModel(modelId) ? await listModelFiles(database, modelId) : NOTICE_FILES;
  const notices: OwnNotices = {};
  for (const file of NOTICE_FILES) if (there.includes(file)) notices[file] = await source.read(file, signal);
  return notices;
}
