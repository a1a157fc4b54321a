/**
 * Reads zips (APPNOTE 6.3.10): the directory at the end first, then any file in pieces, stored or deflated. A file that is stored
 * is read from its place and never unpacked. What a zip says of itself is checked before anything is allocated by it: places
 * within the file and none over another, sizes that deflate can give, paths that stay within. While a file comes its size and
 * CRC-32 are checked, and more than it should have is refused at that byte.
 *
 * Not read: zip64 (over 4 GiB), encrypted files, zips in several parts, other ways to pack.
 * Throws AppError `file-unreadable`, with what is wrong and where.
 */
import { AppError } from '../errors';
import { formatBytes } from '../words/numbers';
import type { ByteSource } from './byte-source';
import { crc32 } from './crc32';
import { BitSource, inflate, InflateFault, InflateOutput } from './inflate';

/** A file of a zip. */
export interface ZipEntry {
  /** Parted by «/»; within the zip, and no other's. */
  path: string;
  /** Unpacked. */
  bytes: number;
  crc: number;
  /** Where its packed bytes stand. */
  start: number;
  packedBytes: number;
  isDeflated: boolean;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const MOST_COMMENT = 2 ** 16 - 1;
const ENCRYPTED = 1;
/** Sizes and checksum stand behind the bytes; before them are zeros. */
const TOLD_BEHIND = 1 << 3;
const STORED = 0;
const DEFLATED = 8;

/** No zip that is read here has more: each file is looked at. */
const MOST_FILES = 10_000;
/** A directory of them with names of usual length. */
const MOST_DIRECTORY_BYTES = 4_000_000;
/** Text that repeats itself a lot is packed to a fiftieth; deflate at its most to a thousandth. */
const MAX_RATIO = 200;
/** The ratio is not looked at below this: a small file can be all one line. */
const RATIO_FROM_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 1 << 20;

/** True for the first bytes of a zip. */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

/** The path of a zip's first file as its own header has it; null where it has none. For a zip whose end is cut off. */
export function firstPath(head: Uint8Array): string | null {
  if (!isZip(head) || head.length < LOCAL_BYTES) return null;
  const length = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint16(26, true);
  return new TextDecoder().decode(head.subarray(LOCAL_BYTES, LOCAL_BYTES + length));
}

/** The files of a zip, in the order of its directory; folders are left out. */
export async function readZip(source: ByteSource): Promise<ZipEntry[]> {
  const { file, size } = source;
  const end = await readEnd(source);
  const { count, offset, bytes } = end;
  if (count === 0xffff || offset === 0xffffffff || bytes === 0xffffffff) {
    throw unreadable(file, 'it is a zip64, as those over 4 GiB are, which is not read here');
  }
  if (count > MOST_FILES || bytes > MOST_DIRECTORY_BYTES) {
    throw unreadable(file, `it lists ${count} files, and at most ${MOST_FILES} are read here`);
  }
  if (offset + bytes !== end.at) throw unreadable(file, 'its directory is not where it says');
  const directory = await source.read(offset, offset + bytes);
  const listed = readDirectory(file, directory, count);
  const entries: ZipEntry[] = [];
  for (const one of listed) entries.push(await placed(source, one, offset));
  demandApart(file, entries, size);
  demandSmall(file, entries, size);
  return entries.filter(({ path }) => !path.endsWith('/'));
}

/** The bytes of a file of a zip in pieces, each valid until the next is asked for; throws at the first that is too much. */
export async function* readEntry(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  let crc = 0;
  let bytes = 0;
  for await (const piece of entry.isDeflated ? unpacked(source, entry) : packed(source, entry)) {
    crc = crc32(piece, crc);
    bytes += piece.length;
    yield piece;
  }
  if (bytes !== entry.bytes || crc >>> 0 !== entry.crc) {
    throw unreadable(source.file, `${entry.path} in it is damaged: its checksum is another`);
  }
}

async function readEnd(source: ByteSource) {
  const { file, size } = source;
  const tailBytes = Math.min(size, END_BYTES + MOST_COMMENT);
  const tail = await source.read(size - tailBytes, size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== tail.length) continue;
    const [disk, first] = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
    const [here, count] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    if (disk !== 0 || first !== 0 || here !== count) throw unreadable(file, 'it is one part of a zip in several');
    const [bytes, offset] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    return { count, bytes, offset, at: size - tailBytes + at };
  }
  throw unreadable(file, 'it has no directory at its end: it was cut off, perhaps while it was downloaded or copied');
}

/** A file as the directory has it. */
interface Listed extends Omit<ZipEntry, 'start' | 'isDeflated'> {
  method: number;
  flags: number;
  offset: number;
  name: Uint8Array;
}

function readDirectory(file: string, directory: Uint8Array, count: number): Listed[] {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const known = new Set<string>();
  const listed: Listed[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > directory.length || view.getUint32(at, true) !== CENTRAL) throw damagedDirectory(file);
    const [nameBytes, extraBytes] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
    const next = at + CENTRAL_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > directory.length) throw damagedDirectory(file);
    const name = directory.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
    const path = new TextDecoder().decode(name);
    if (!staysWithin(path)) throw unreadable(file, `«${path}» in it is no path within a folder`);
    if (known.has(path)) throw unreadable(file, `«${path}» is in it twice`);
    known.add(path);
    listed.push({
      ...{ path, name, flags: view.getUint16(at + 8, true), method: view.getUint16(at + 10, true) },
      ...{ crc: view.getUint32(at + 16, true), packedBytes: view.getUint32(at + 20, true) },
      ...{ bytes: view.getUint32(at + 24, true), offset: view.getUint32(at + 42, true) },
    });
    at = next;
  }
  if (at !== directory.length) throw damagedDirectory(file);
  return listed;
}

/** Where a listed file's bytes begin, which its own header tells; the header has to say the same as the directory. */
async function placed(source: ByteSource, listed: Listed, directoryAt: number): Promise<ZipEntry> {
  const { path, bytes, crc, packedBytes, method, flags, offset, name } = listed;
  const bad = (what: string): AppError => unreadable(source.file, `${path} in it ${what}`);
  if (flags & ENCRYPTED) throw bad('is encrypted');
  if (method !== STORED && method !== DEFLATED) throw bad(`is packed in a way (${method}) that is not read here`);
  if (method === STORED && bytes !== packedBytes) throw bad('has two sizes');
  if (bytes === 0xffffffff || packedBytes === 0xffffffff || offset === 0xffffffff) throw bad('is over 4 GiB');
  if (offset + LOCAL_BYTES + name.length > directoryAt) throw bad('is not where the directory says');
  const header = await source.read(offset, offset + LOCAL_BYTES + name.length);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const isTold = (flags & TOLD_BEHIND) === 0;
  const same =
    view.getUint32(0, true) === LOCAL &&
    view.getUint16(6, true) === flags &&
    view.getUint16(8, true) === method &&
    (!isTold || (view.getUint32(14, true) === crc && view.getUint32(18, true) === packedBytes)) &&
    (!isTold || view.getUint32(22, true) === bytes) &&
    view.getUint16(26, true) === name.length &&
    name.every((byte, i) => header[LOCAL_BYTES + i] === byte);
  if (!same) throw bad('is damaged: its own header and the directory differ');
  const start = offset + LOCAL_BYTES + name.length + view.getUint16(28, true);
  if (start + packedBytes > directoryAt) throw bad('reaches into the directory');
  return { path, bytes, crc, start, packedBytes, isDeflated: method === DEFLATED };
}

/** Files that share bytes are how a small zip unpacks to petabytes. */
function demandApart(file: string, entries: readonly ZipEntry[], size: number): void {
  let end = 0;
  for (const { path, start, packedBytes } of [...entries].sort((a, b) => a.start - b.start)) {
    if (start < end) throw unreadable(file, `${path} in it lies over another file`);
    end = start + packedBytes;
  }
  if (end > size) throw unreadable(file, 'it ends before its files do');
}

function demandSmall(file: string, entries: readonly ZipEntry[], size: number): void {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const worst = entries.find((entry) => entry.bytes > RATIO_FROM_BYTES && entry.bytes > MAX_RATIO * entry.packedBytes);
  if (worst === undefined && (bytes <= RATIO_FROM_BYTES || bytes <= MAX_RATIO * size)) return;
  const what = worst === undefined ? 'it' : `${worst.path} in it`;
  throw unreadable(
    file,
    `${what} would unpack to ${formatBytes(worst?.bytes ?? bytes)}, as no file that was packed does`,
  );
}

function staysWithin(path: string): boolean {
  if (path === '' || path.startsWith('/') || /[\\\0]|^[A-Za-z]:/.test(path)) return false;
  const parts = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

async function* packed(source: ByteSource, { start, packedBytes }: ZipEntry): AsyncGenerator<Uint8Array> {
  for (let from = start; from < start + packedBytes; from += PIECE_BYTES) {
    yield await source.read(from, Math.min(start + packedBytes, from + PIECE_BYTES));
  }
}

async function* unpacked(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const { path, bytes } = entry;
  const bad = (what: string, cause?: unknown): AppError => unreadable(source.file, `${path} in it ${what}`, cause);
  let came = 0;
  let pieces: Uint8Array[] = [];
  const output = new InflateOutput((piece) => {
    came += piece.length;
    if (came > bytes) throw bad(`unpacks to more than the ${formatBytes(bytes)} that it should have`);
    pieces.push(piece.slice());
  });
  const bits = new BitSource();
  const run = inflate(bits, output);
  let isDone = false;
  for await (const chunk of packed(source, entry)) {
    if (isDone) throw bad('has something else behind its packed bytes');
    // In small steps: what a megabyte of packed bytes gives may be a gigabyte.
    for (let at = 0; at < chunk.length && !isDone; at += 1 << 14) {
      bits.feed(chunk.subarray(at, at + (1 << 14)));
      try {
        isDone = run.next().done === true;
      } catch (error) {
        if (!(error instanceof InflateFault)) throw error;
        throw bad(`is damaged: ${error.message}`, error);
      }
      yield* pieces;
      pieces = [];
    }
  }
  if (!isDone) throw bad('ends before its data do');
}

function damagedDirectory(file: string): AppError {
  return unreadable(file, 'its directory is damaged');
}

function unreadable(file: string, what: string, cause?: unknown): AppError {
  return new AppError('file-unreadable', `${file} could not be opened: ${what}. Nothing was kept.`, {
    cause,
    details: { file },
  });
}
