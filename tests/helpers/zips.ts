/** Zips as other tools write them, and as nobody should. */
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/core/formats/crc32';

export interface TestEntry {
  path: string;
  bytes: Uint8Array;
  deflate?: boolean;
  /** Sizes and checksum stand behind the bytes. */
  toldBehind?: boolean;
  /** What both headers say of its size. */
  saidBytes?: number;
  flags?: number;
  method?: number;
  /** It is not written: the directory has it there. */
  at?: number;
  /** Its path in the directory. */
  listed?: string;
}

const UTF8 = 1 << 11;

export function zipOf(entries: readonly TestEntry[], comment = ''): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const entry of entries) {
    const { path, bytes, deflate = false, toldBehind = false, saidBytes = bytes.length, listed = path } = entry;
    const packed = deflate ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const method = entry.method ?? (deflate ? 8 : 0);
    const flags = UTF8 | (toldBehind ? 8 : 0) | (entry.flags ?? 0);
    const crc = crc32(bytes) >>> 0;
    const name = new TextEncoder().encode(path);
    const offset = entry.at ?? at;
    if (entry.at === undefined) {
      const told = toldBehind ? [0, 0, 0] : [crc, packed.length, saidBytes];
      push(record(0x04034b50, [20, flags, method, 0, 33], told, [name.length, 0]));
      push(name);
      push(packed);
      if (toldBehind) push(record(0x08074b50, [], [crc, packed.length, saidBytes], []));
    }
    const listedName = new TextEncoder().encode(listed);
    const lengths = [listedName.length, 0, 0, 0, 0];
    central.push(
      record(0x02014b50, [20, 20, flags, method, 0, 33], [crc, packed.length, saidBytes], lengths, [0, offset]),
    );
    central.push(listedName);
  }
  const start = at;
  for (const bytes of central) push(bytes);
  const words = new TextEncoder().encode(comment);
  push(record(0x06054b50, [0, 0, entries.length, entries.length], [at - start, start], [words.length]));
  push(words);
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function record(magic: number, shorts: number[], longs: number[], behind: number[], last: number[] = []): Uint8Array {
  const bytes = new Uint8Array(4 + 2 * (shorts.length + behind.length) + 4 * (longs.length + last.length));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (value: number, size: 2 | 4): void => {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  };
  put(magic, 4);
  for (const value of shorts) put(value, 2);
  for (const value of longs) put(value, 4);
  for (const value of behind) put(value, 2);
  for (const value of last) put(value, 4);
  return bytes;
}
