/** Files of a folder that was written, as they come back from the disk. */
import { AppError } from '../core/errors';
import type { ExportFormat } from '../core/export/formats';
import type { ByteSource } from '../core/formats/byte-source';
import type { WrittenFile } from '../core/formats/planned-file';
import { Sha256 } from '../core/formats/sha256';

/** A file that was written, and its bytes. */
export interface BackFile {
  written: WrittenFile;
  source: ByteSource;
}

const CHUNK = 1 << 22;

/** Throws `storage-failed` where a file gives back other bytes than went into it. `tell` hears bytes so far. */
export async function checkBytes(
  files: readonly BackFile[],
  turn: () => Promise<void>,
  tell: (bytes: number) => void,
): Promise<void> {
  let done = 0;
  for (const { written, source } of files) {
    const hash = new Sha256();
    for (let from = 0; from < source.size; from += CHUNK) {
      await turn();
      const bytes = await source.read(from, Math.min(source.size, from + CHUNK));
      hash.update(bytes);
      tell((done += bytes.length));
    }
    if (hash.hex() === written.sha256) continue;
    throw new AppError(
      'storage-failed',
      `The disk gave back other bytes of ${written.path} than were written. Nothing of it was kept. Try again; if it stays ` +
        'so, look after the disk.',
    );
  }
}

/** The error of a file that is not handed over. */
export function differs({ title }: Pick<ExportFormat, 'title'>, why: string): AppError {
  return new AppError(
    'export-differs',
    `${title} was written and does not answer as the run does: ${why}. It is not handed over, and nothing of it was kept. ` +
      'Choose another format; this is a fault of this page or of the device.',
  );
}
