/**
 * A file that is read in parts: weights of hundreds of megabytes are never held whole. A browser's `File` is one by way of
 * `blobSource`, bytes that are there by way of `bytesSource`.
 */
import { AppError } from '../errors';

/** A file whose parts can be asked for. */
export interface ByteSource {
  /** As messages call it. */
  readonly file: string;
  /** Bytes of the whole. */
  readonly size: number;
  /** The bytes from `from` (included) to `to` (not included), both within the file. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a `Blob` has of what is needed here; core does not know the DOM. */
export interface Sliceable {
  readonly size: number;
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Bytes in memory as a file. */
export function bytesSource(file: string, bytes: Uint8Array): ByteSource {
  return { file, size: bytes.length, read: (from, to) => Promise.resolve(bytes.slice(from, to)) };
}

/** A `File` or `Blob` of the browser; `read` throws `file-unreadable` when the disk no longer gives it. */
export function blobSource(file: string, blob: Sliceable): ByteSource {
  return {
    file,
    size: blob.size,
    async read(from, to) {
      let buffer: ArrayBuffer;
      try {
        buffer = await blob.slice(from, to).arrayBuffer();
      } catch (cause) {
        throw unreadable(file, cause);
      }
      if (buffer.byteLength !== to - from) throw unreadable(file);
      return new Uint8Array(buffer);
    },
  };
}

function unreadable(file: string, cause?: unknown): AppError {
  return new AppError(
    'file-unreadable',
    `${file} can no longer be read: it was changed, moved or deleted since it was chosen. Choose it again.`,
    { cause, details: { file } },
  );
}
