/**
 * How a page of its own is laid out behind its template, and how that is read: scripts that no browser runs. First the index,
 * then the streams (weights, tokenizers, numbers) in blocks with a checksum each, last the proof. A block is small enough to be
 * let go once it is read: the file never stands in memory twice.
 */
import { crc32 } from '../../formats/crc32';
import { base85Length, fromBase85, toBase85 } from '../../formats/base85';
import { damagedPage } from './kept-model';
import { type PageIndex, parsePageIndex } from './page-index';

/** Bytes of a block; all but the last of a stream have as many. */
export const BLOCK_BYTES = 1 << 20;

/** A part as it stands in the page: what it is, its checksum in hexadecimal, its characters in ASCII or UTF-8. */
export interface PagePart {
  kind: string;
  crc: string;
  text: Uint8Array;
}

const encoder = new TextEncoder();

/** The tag of a part up to its contents. */
function opening(kind: string, crc: string): string {
  const type = kind === 'block' ? 'application/octet-stream' : 'application/json';
  return `<script type="${type}" data-hone="${kind}" data-crc="${crc}">`;
}

const CLOSING = '</script>\n';

function checksum(bytes: Uint8Array): string {
  return (crc32(bytes) >>> 0).toString(16).padStart(8, '0');
}

/** JSON as a part. `<` is written so that no label or licence can end it. */
export function jsonPart(kind: 'index' | 'parity', value: unknown): Uint8Array {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c');
  return encoder.encode(`${opening(kind, checksum(encoder.encode(json)))}${json}${CLOSING}`);
}

/** A block as a part. */
export function blockPart(bytes: Uint8Array): Uint8Array {
  const [head, tail] = [encoder.encode(opening('block', checksum(bytes))), encoder.encode(CLOSING)];
  const letters = toBase85(bytes);
  const part = new Uint8Array(head.length + letters.length + tail.length);
  part.set(head);
  part.set(letters, head.length);
  part.set(tail, head.length + letters.length);
  return part;
}

/** Bytes that a stream takes in the page. */
export function streamLength(bytes: number): number {
  const around = opening('block', '00000000').length + CLOSING.length;
  const whole = Math.floor(bytes / BLOCK_BYTES);
  const rest = bytes - whole * BLOCK_BYTES;
  return whole * (around + base85Length(BLOCK_BYTES)) + (rest > 0 ? around + base85Length(rest) : 0);
}

/** What was in a page. */
export interface PageContents {
  index: PageIndex;
  streams: Uint8Array<ArrayBuffer>[];
  /** The proof; null in a page that is read before it is written. */
  parity: unknown;
}

/** Puts the parts together. Throws `model-damaged` where one is missing, out of its place or not as it was written. */
export async function readPage(
  parts: AsyncIterable<PagePart> | Iterable<PagePart>,
  onProgress?: (done: number, total: number) => void,
): Promise<PageContents> {
  let index: PageIndex | null = null;
  let parity: unknown = null;
  let streams: Uint8Array<ArrayBuffer>[] = [];
  let [stream, at, done, total] = [0, 0, 0, 0];
  for await (const { kind, crc, text } of parts) {
    if (kind !== 'block') {
      if (checksum(text) !== crc) throw damagedPage('what it says of itself is not as it was written');
      const json = new TextDecoder().decode(text);
      if (kind === 'parity') {
        parity = JSON.parse(json);
        continue;
      }
      index = parsePageIndex(json);
      streams = index.streams.map((bytes) => new Uint8Array(bytes));
      total = index.streams.reduce((sum, bytes) => sum + bytes, 0);
      continue;
    }
    if (index === null) throw damagedPage('it does not begin with what it holds');
    while (streams[stream]?.length === at && stream < streams.length) {
      stream += 1;
      at = 0;
    }
    const into = streams[stream]?.subarray(at, at + BLOCK_BYTES);
    if (into === undefined) throw damagedPage('there is more in it than it names');
    if (!fromBase85(text, into) || checksum(into) !== crc)
      throw damagedPage('some of its numbers are not as they were written');
    at += into.length;
    done += into.length;
    onProgress?.(done, total);
  }
  if (index === null || done !== total) throw damagedPage('its end is missing');
  return { index, streams, parity };
}
