/** The parts of a page that was written, found in its bytes: the proof reads what lies on the disk, and no browser is in between. */
import type { ByteSource } from '../../formats/byte-source';
import type { PagePart } from './page-parts';

/** Bytes that are read at a time. */
const WINDOW = 1 << 21;
const TAG = /^<script type="application\/(?:json|octet-stream)" data-hone="([a-z]+)" data-crc="([0-9a-f]{8})">/;
const TAG_BYTES = 96;
const [OPEN, NEW_LINE] = [60, 10];

/** In their order. A part begins a line, and has no `<` in it. */
export async function* pageParts(source: ByteSource): AsyncGenerator<PagePart> {
  let [rest, read] = [new Uint8Array(), 0];
  const more = async (): Promise<boolean> => {
    if (read >= source.size) return false;
    const next = await source.read(read, Math.min(source.size, read + WINDOW));
    read += next.length;
    const joined = new Uint8Array(rest.length + next.length);
    joined.set(rest);
    joined.set(next, rest.length);
    rest = joined;
    return true;
  };
  let before = NEW_LINE;
  for (;;) {
    const at = rest.indexOf(OPEN);
    if (at < 0 || at + TAG_BYTES > rest.length) {
      if (at > 0) {
        before = rest[at - 1] ?? 0;
        rest = rest.subarray(at);
      } else if (at < 0) {
        before = rest.at(-1) ?? before;
        rest = rest.subarray(rest.length);
      }
      if (await more()) continue;
      if (at < 0) return;
    }
    const start = rest.indexOf(OPEN);
    if (start > 0) before = rest[start - 1] ?? 0;
    const tag =
      before === NEW_LINE ? TAG.exec(new TextDecoder('latin1').decode(rest.subarray(start, start + TAG_BYTES))) : null;
    if (tag === null) {
      before = OPEN;
      rest = rest.subarray(start + 1);
      continue;
    }
    rest = rest.subarray(start + tag[0].length);
    let end = rest.indexOf(OPEN);
    while (end < 0) {
      const seen = rest.length;
      if (!(await more())) return;
      end = rest.indexOf(OPEN, seen);
    }
    yield { kind: tag[1] ?? '', crc: tag[2] ?? '', text: rest.subarray(0, end) };
    before = rest[end - 1] ?? 0;
    rest = rest.subarray(end);
  }
}
