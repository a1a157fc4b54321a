/**
 * Where a file that is taken away is written: the page's own files (origin private file system), in every browser the same way.
 * It is proved there before anybody has it; then the page hands it over by a link, from disk to disk. Each page has a folder of
 * its own, which goes with it: see state/take-place.ts.
 */
import { AppError } from '../core/errors';
import { formatBytes } from '../core/words/numbers';
import type { OpenTakeFile } from './take-file';

/** Bytes that are asked for above the file's own: what the browser needs for itself. */
const SPARE = 8_000_000;

/** Opens a file of the page's own. Throws `storage-full` where there is no room for so many bytes, `storage-failed`. */
export const openPrivateFile: OpenTakeFile = async (place, name, bytes) => {
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < bytes + SPARE) throw full(bytes, Math.max(0, quota - usage - SPARE));
  const { folder, access } = await openAccess(place, name, bytes);
  access.truncate(0);
  return {
    write(chunk, at) {
      let written: number;
      try {
        written = access.write(chunk, { at });
      } catch (cause) {
        throw faultOf(cause, bytes);
      }
      if (written !== chunk.length) throw full(bytes, null);
    },
    part: (file, from, size) => ({
      file,
      size,
      read(begin, end) {
        const read = new Uint8Array(end - begin);
        const count = access.read(read, { at: from + begin });
        if (count === read.length) return Promise.resolve(read);
        return Promise.reject(
          new AppError('storage-failed', `Of ${name} only ${count} of ${read.length} bytes could be read back.`),
        );
      },
    }),
    close() {
      access.flush();
      access.close();
    },
    async remove() {
      access.close();
      await folder.removeEntry(name);
    },
  };
};

async function openAccess(place: string, name: string, bytes: number) {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(place, { create: true });
    const file = await folder.getFileHandle(name, { create: true });
    return { folder, access: await file.createSyncAccessHandle() };
  } catch (cause) {
    if (isFull(cause)) throw full(bytes, null);
    throw new AppError(
      'storage-failed',
      'The browser gives this page no place to write a file to, as in some private windows. Open Hone in a normal window; ' +
        'the run has to be there too.',
      { cause },
    );
  }
}

function faultOf(cause: unknown, bytes: number): unknown {
  return isFull(cause)
    ? full(bytes, null)
    : new AppError('storage-failed', 'The disk refused to take the file.', { cause });
}

function isFull(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'QuotaExceededError';
}

function full(bytes: number, free: number | null): AppError {
  const there = free === null ? '' : `, and this browser has ${formatBytes(free)} left for this page`;
  return new AppError(
    'storage-full',
    `The file takes ${formatBytes(bytes)}${there}. Nothing of it was kept, and the run is as it was. Free space on the disk, ` +
      'or delete runs or data sets here, then save it again; an adapter takes a few megabytes only.',
    { details: { bytes } },
  );
}
