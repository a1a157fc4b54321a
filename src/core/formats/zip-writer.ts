/**
 * A zip of planned files, stored as they are (APPNOTE 6.3.10): weights do not pack. Each file is made twice, once for its
 * checksum, which stands before its bytes; checksums behind them are what some unpackers stumble over. Dates are fixed, so
 * that the same files give the same zip. No file, nor the whole, may reach 4 GiB.
 */
import { AppError } from '../errors';
import { crc32 } from './crc32';
import { checkedChunks, type PlannedFile } from './planned-file';

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

/** A folder as one file; throws `plan-too-large` where the format cannot hold it, RangeError for a path that leaves it. */
export function zipFile(path: string, folder: string, files: readonly PlannedFile[]): PlannedFile {
  const entries = files.map((file) => ({ file, name: new TextEncoder().encode(placeOf(folder, file)) }));
  const sum = entries.reduce(
    (bytes, { file, name }) => bytes + LOCAL_BYTES + CENTRAL_BYTES + 2 * name.length + file.bytes,
    0,
  );
  const bytes = sum + END_BYTES;
  if (bytes > LIMIT || files.length > MAX_FILES) {
    throw new AppError(
      'plan-too-large',
      `${path} would have ${bytes} bytes, and a zip has at most 4 GiB. Take the files one by one.`,
      {
        details: { path, bytes },
      },
    );
  }
  if (new Set(files.map((file) => file.path)).size !== files.length) throw new RangeError('A path is there twice.');
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const central: Uint8Array[] = [];
    let offset = 0;
    for (const { file, name } of entries) {
      let crc = 0;
      for await (const chunk of checkedChunks(file)) crc = crc32(chunk, crc);
      const local = header(LOCAL, LOCAL_BYTES, crc, file.bytes, name);
      yield local;
      yield* checkedChunks(file);
      central.push(header(CENTRAL, CENTRAL_BYTES, crc, file.bytes, name, offset));
      offset += local.length + file.bytes;
    }
    const centralBytes = central.reduce((length, entry) => length + entry.length, 0);
    yield* central;
    const end = new DataView(new ArrayBuffer(END_BYTES));
    end.setUint32(0, END, true);
    end.setUint16(8, entries.length, true);
    end.setUint16(10, entries.length, true);
    end.setUint32(12, centralBytes, true);
    end.setUint32(16, offset, true);
    yield new Uint8Array(end.buffer);
  }
  return { path, bytes, chunks };
}

function placeOf(folder: string, { path }: PlannedFile): string {
  if (path.startsWith('/') || path.includes('\\') || path.split('/').some((part) => part === '' || part === '..')) {
    throw new RangeError(`«${path}» is no path within the folder.`);
  }
  return `${folder}/${path}`;
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
