/**
 * Unpacks a gzip file (RFC 1952) as a stream: one member or several, each checked by its length and CRC-32. A bomb is
 * refused while it unpacks, since no file of examples shrinks like one.
 *
 * Throws AppError `file-unreadable` (damaged, or cut off) and `data-unusable` (a bomb).
 */
import { AppError } from '../errors';
import { crc32 } from '../formats/crc32';
import { formatBytes } from '../words/numbers';
import { BitSource, inflate, InflateFault, InflateOutput } from '../formats/inflate';

/** Text that repeats itself a lot is packed to a fiftieth; deflate at its most to a thousandth. */
const MAX_RATIO = 200;
/** The ratio is not looked at below this: a small file can be all one line. */
const RATIO_FROM_BYTES = 64 * 1024 * 1024;
/** Ten times the largest file that is promised to load. */
const MAX_UNPACKED_BYTES = 10e9;

/** True for the first bytes of a gzip file. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

export class Gunzip {
  readonly #source = new BitSource();
  readonly #output: InflateOutput;
  readonly #run: Generator<void, void, void>;
  #packed = 0;
  #unpacked = 0;
  /** Of the member that is being read. */
  #crc = 0;
  #length = 0;
  /** True where the file may end: behind a member. */
  #between = false;

  /** `sink` takes the unpacked bytes, valid only until it returns. */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#output = new InflateOutput((bytes) => {
      this.#count(bytes);
      sink(bytes);
    });
    this.#run = this.#members();
  }

  push(chunk: Uint8Array): void {
    this.#packed += chunk.length;
    this.#source.feed(chunk);
    try {
      this.#run.next();
    } catch (error) {
      if (!(error instanceof InflateFault)) throw error;
      throw damaged(error.message, error);
    }
  }

  end(): void {
    if (this.#between) return;
    const message =
      `The gzip file ends before its data does (${formatBytes(this.#unpacked)} could be unpacked): it was cut off, ` +
      'perhaps while it was downloaded or copied. Nothing was kept. Fetch it again and drop it once more.';
    throw new AppError('file-unreadable', message);
  }

  *#members(): Generator<void, void, void> {
    const source = this.#source;
    for (let first = true; ; first = false) {
      source.align();
      let byte = yield* source.take(8);
      // Tapes and block devices pad with zeros.
      while (!first && byte === 0) byte = yield* source.take(8);
      this.#between = false;
      yield* this.#header(byte);
      this.#crc = 0;
      this.#length = 0;
      yield* inflate(source, this.#output);
      yield* this.#trailer();
      this.#between = true;
    }
  }

  /** The header whose first byte is `byte`. */
  *#header(byte: number): Generator<void, void, void> {
    const source = this.#source;
    const second = yield* source.take(8);
    if (byte !== 0x1f || second !== 0x8b) throw new InflateFault('there is something else behind the packed data');
    if ((yield* source.take(8)) !== 8) throw new InflateFault('it is packed in a way other than deflate');
    const flags = yield* source.take(8);
    for (let i = 0; i < 6; i++) yield* source.take(8); // time, level, system
    if (flags & 4) for (let left = yield* source.take(16); left > 0; left--) yield* source.take(8);
    for (const flag of [8, 16]) if (flags & flag) while ((yield* source.take(8)) !== 0); // name, comment
    if (flags & 2) yield* source.take(16);
  }

  *#trailer(): Generator<void, void, void> {
    const source = this.#source;
    source.align();
    const crc = ((yield* source.take(16)) | ((yield* source.take(16)) << 16)) >>> 0;
    const length = ((yield* source.take(16)) | ((yield* source.take(16)) << 16)) >>> 0;
    if (crc !== this.#crc >>> 0 || length !== this.#length % 2 ** 32) throw new InflateFault('its checksum is another');
  }

  #count(bytes: Uint8Array): void {
    this.#crc = crc32(bytes, this.#crc);
    this.#length += bytes.length;
    this.#unpacked += bytes.length;
    const bomb = this.#unpacked > RATIO_FROM_BYTES && this.#unpacked > this.#packed * MAX_RATIO;
    if (!bomb && this.#unpacked <= MAX_UNPACKED_BYTES) return;
    const message =
      `The gzip file unpacks to more than ${formatBytes(this.#unpacked)} (so far from ${formatBytes(this.#packed)}), as no file of ` +
      'examples does. Nothing was kept. If it is one, unpack it and drop a part of it.';
    throw new AppError('data-unusable', message);
  }
}

function damaged(what: string, cause: unknown): AppError {
  const message = `The gzip file is damaged: ${what}. Nothing was kept. Fetch it again, or unpack it yourself and drop what is inside.`;
  return new AppError('file-unreadable', message, { cause });
}
