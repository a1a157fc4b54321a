/** Licence and notice of a model, which go along with what is made of it. */
import { isOwnModel } from '../core/models/own-id';
import type { ModelFiles } from './model-files';

/** Each built-in model has both; one that a person brought along may have neither. */
export async function readNotices(
  source: ModelFiles,
  modelId: string,
  signal: AbortSignal,
): Promise<Partial<Record<'LICENSE' | 'NOTICE', Uint8Array>>> {
  if (isOwnModel(modelId)) return {};
  return { LICENSE: await source.read('LICENSE', signal), NOTICE: await source.read('NOTICE', signal) };
}
