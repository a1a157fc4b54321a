/**
 * A file that is not written yet: its size is known, its bytes are made when they are asked for, chunk by chunk, and again
 * each time, always the same. So 540 MB of weights go to the disk without ever standing in memory.
 */
import { AppError } from '../errors';
import { Sha256 } from './sha256';

export interface PlannedFile {
  /** Its place in the folder that is written, parted by «/». */
  path: string;
  bytes: number;
  /** Its bytes in order. A chunk may be overwritten when the next one is asked for. */
  chunks(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Where a file goes: a stream to the disk. */
export interface ByteSink {
  write(chunk: Uint8Array): Promise<void> | void;
}

export interface WriteOptions {
  signal?: { readonly aborted: boolean };
  /** Bytes of this file so far. */
  onProgress?: (bytesWritten: number) => void;
}

/** What was written, for the record of an export. */
export interface WrittenFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** A file whose bytes are there. */
export function bytesFile(path: string, bytes: Uint8Array): PlannedFile {
  return { path, bytes: bytes.length, chunks: () => [bytes] };
}

/** A file of UTF-8 text. */
export function textFile(path: string, text: string): PlannedFile {
  return bytesFile(path, new TextEncoder().encode(text));
}

/** A file of JSON, indented as Hugging Face's are. */
export function jsonFile(path: string, value: unknown): PlannedFile {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Writes a file chunk by chunk. Throws `cancelled` between two chunks, what the sink throws, and `internal` where the
 * chunks are not as many bytes as planned.
 */
export async function writeFile(file: PlannedFile, sink: ByteSink, options: WriteOptions = {}): Promise<WrittenFile> {
  const hash = new Sha256();
  let bytes = 0;
  for await (const chunk of checkedChunks(file)) {
    if (options.signal?.aborted) throw new AppError('cancelled', `Writing ${file.path} was stopped.`);
    hash.update(chunk);
    bytes += chunk.length;
    await sink.write(chunk);
    options.onProgress?.(bytes);
  }
  return { path: file.path, bytes, sha256: hash.hex() };
}

/** The chunks of a file; throws `internal` at the end where they are not as many bytes as planned. */
export async function* checkedChunks({ path, bytes, chunks }: PlannedFile): AsyncGenerator<Uint8Array> {
  let came = 0;
  for await (const chunk of chunks()) {
    came += chunk.length;
    if (came > bytes) break;
    yield chunk;
  }
  if (came !== bytes) {
    throw new AppError('internal', `${path} should have had ${bytes} bytes, and ${came} came. Nothing was kept.`, {
      details: { path, bytes, came },
    });
  }
}
