/** Reads a file whose texts a model is to answer. */
import { readTexts } from '../core/reading/read-texts';
import { AppError } from '../core/errors';
import { formatCount } from '../core/words/numbers';
import { chunksOf } from './chunks';
import type { RowsCommand, RowsEvent } from './rows-protocol';

const MEBIBYTE = 1024 * 1024;
/** Their texts and answers have to fit into the page. */
export const MAX_MEBIBYTES = 64;

/** The texts of the file; throws what `readTexts` throws, and `data-unusable` for too large a file. */
export async function answerTexts(
  { requestId, file, fileName, mapping }: Extract<RowsCommand, { type: 'texts' }>,
  signal: AbortSignal,
): Promise<RowsEvent> {
  if (file.size > MAX_MEBIBYTES * MEBIBYTE) {
    const size = formatCount(Math.ceil(file.size / MEBIBYTE));
    throw new AppError(
      'data-unusable',
      `${fileName} has ${size} MB; at most ${MAX_MEBIBYTES} MB are answered at once. Cut the file.`,
    );
  }
  const texts = await readTexts(() => chunksOf(file), { fileName, mapping, signal });
  return { type: 'texts', requestId, texts };
}
