/**
 * A zip of planned files, stored as they are (APPNOTE 6.3.10): weights do not pack. It is written to a file whose bytes can be
 * written over: a file's header comes first and is put right when the checksum is known, so each file is made once, and no
 * checksum stands behind its bytes, which some unpackers stumble over. What stands in it can be read back before it is ended,
 * and more be added then; until its end it has no directory, and nothing opens it. Dates are fixed, so that the same files give
 * the same zip. No file, nor the whole, may reach 4 GiB.
 */
import { AppError } from '../errors';
import { crc32 } from './crc32';
import { type PlannedFile, writeFile, type WriteOptions, type WrittenFile } from './planned-file';

/** A file that can be written anywhere. A chunk may be overwritten once the call is done. */
export interface PlacedSink {
  write(bytes: Uint8Array, at: number): Promise<void> | void;
}

/** A file within the zip. */
export interface ZippedFile extends WrittenFile {
  /** Where its bytes begin. */
  start: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 1 << 11;
/** 1 January 1980, the first day that a zip can name. */
const DATE = (1 << 5) | 1;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const LIMIT = 2 ** 32 - 1;
const MAX_FILES = 2 ** 16 - 2;

/** The bytes that a zip of these files takes. */
export function zipBytes(folder: string, files: readonly Pick<PlannedFile, 'path' | 'bytes'>[]): number {
  return files.reduce(
    (sum, { path, bytes }) => sum + LOCAL_BYTES + CENTRAL_BYTES + 2 * nameOf(folder, path).length + bytes,
    END_BYTES,
  );
}

/** One folder as a zip that is being written. */
export class ZipFolder {
  readonly #folder: string;
  readonly #sink: PlacedSink;
  readonly #central: Uint8Array[] = [];
  readonly #paths = new Set<string>();
  #at = 0;

  constructor(folder: string, sink: PlacedSink) {
    this.#folder = folder;
    this.#sink = sink;
  }

  /**
   * Writes a file behind those before it. Throws as `writeFile`, `plan-too-large` where the format cannot hold it, RangeError
   * for a path that leaves the folder or is there already.
   */
  async add(file: PlannedFile, options: WriteOptions = {}): Promise<ZippedFile> {
    const { path, bytes } = file;
    const name = nameOf(this.#folder, path);
    if (this.#paths.has(path)) throw new RangeError(`«${path}» is there twice.`);
    const behind = this.#central.reduce((sum, entry) => sum + entry.length, CENTRAL_BYTES + name.length + END_BYTES);
    if (this.#at + LOCAL_BYTES + name.length + bytes + behind > LIMIT || this.#paths.size >= MAX_FILES) {
      throw new AppError(
        'plan-too-large',
        `${path} has ${bytes} bytes, and a zip has at most 4 GiB. Choose a smaller form of the model.`,
        { details: { path, bytes } },
      );
    }
    this.#paths.add(path);
    const offset = this.#at;
    const start = offset + LOCAL_BYTES + name.length;
    await this.#sink.write(header(LOCAL, LOCAL_BYTES, 0, bytes, name), offset);
    let at = start;
    let crc = 0;
    const written = await writeFile(
      file,
      {
        write: async (chunk) => {
          crc = crc32(chunk, crc);
          await this.#sink.write(chunk, at);
          at += chunk.length;
        },
      },
      options,
    );
    await this.#sink.write(header(LOCAL, LOCAL_BYTES, crc, bytes, name), offset);
    this.#central.push(header(CENTRAL, CENTRAL_BYTES, crc, bytes, name, offset));
    this.#at = at;
    return { ...written, start };
  }

  /** Writes the directory, with which it is a zip: the bytes of the whole. */
  async end(): Promise<number> {
    const offset = this.#at;
    for (const entry of this.#central) {
      await this.#sink.write(entry, this.#at);
      this.#at += entry.length;
    }
    const end = new DataView(new ArrayBuffer(END_BYTES));
    end.setUint32(0, END, true);
    end.setUint16(8, this.#central.length, true);
    end.setUint16(10, this.#central.length, true);
    end.setUint32(12, this.#at - offset, true);
    end.setUint32(16, offset, true);
    await this.#sink.write(new Uint8Array(end.buffer), this.#at);
    return this.#at + END_BYTES;
  }
}

function nameOf(folder: string, path: string): Uint8Array {
  if (path.startsWith('/') || path.includes('\\') || path.split('/').some((part) => part === '' || part === '..')) {
    throw new RangeError(`«${path}» is no path within the folder.`);
  }
  return new TextEncoder().encode(`${folder}/${path}`);
}

/** The two kinds of header have the same fields, the central one with some more around them. */
function header(magic: number, size: number, crc: number, bytes: number, name: Uint8Array, offset = 0): Uint8Array {
  const all = new Uint8Array(size + name.length);
  const view = new DataView(all.buffer);
  const isCentral = magic === CENTRAL;
  view.setUint32(0, magic, true);
  if (isCentral) view.setUint16(4, VERSION, true);
  const at = isCentral ? 6 : 4;
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc >>> 0, true);
  view.setUint32(at + 14, bytes, true);
  view.setUint32(at + 18, bytes, true);
  view.setUint16(at + 22, name.length, true);
  if (isCentral) view.setUint32(42, offset, true);
  all.set(name, size);
  return all;
}
