/**
 * Sentencepiece's normaliser as a tokenizer.json has it (`Precompiled`): a map from strings of UTF-8 bytes to others, of
 * which the longest that fits is taken at each place. The bytes are the size of a double array in units of 32 bits, the
 * double array (darts-clone, `commonPrefixSearch`), then the strings, each with a 0 at its end.
 */

/** Gives a text as the map has it; throws `RangeError` for bytes that are no such map. */
export function createCharsmap(bytes: Uint8Array): (text: string) => string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unitBytes = bytes.length < 4 ? -1 : view.getUint32(0, true);
  if (unitBytes < 4 || unitBytes % 4 !== 0 || unitBytes + 4 > bytes.length) throw new RangeError('No double array.');
  const units = Uint32Array.from({ length: unitBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const strings = bytes.subarray(4 + unitBytes);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  return (text) => {
    if (PLAIN.test(text)) return text;
    const source = encoder.encode(text);
    const made: number[] = [];
    for (let at = 0; at < source.length;) {
      const { length, value } = longestMatch(units, source, at);
      if (length > 0) {
        for (let i = value; i < strings.length && strings[i] !== 0; i++) made.push(strings[i] ?? 0);
        at += length;
        continue;
      }
      // One character as it is.
      do made.push(source[at++] ?? 0);
      while (((source[at] ?? 0) & 0xc0) === 0x80);
    }
    return decoder.decode(Uint8Array.from(made));
  };
}

/** Printable ASCII alone stays as it is. */
const PLAIN = /^[ -~]*$/;

function longestMatch(units: Uint32Array, source: Uint8Array, from: number): { length: number; value: number } {
  const best = { length: 0, value: 0 };
  let place = offsetOf(units[0] ?? 0);
  for (let at = from; at < source.length; at++) {
    const byte = source[at] ?? 0;
    place ^= byte;
    const unit = units[place] ?? 0;
    // A leaf has the top bit set and is no label.
    if ((unit & 0x8000_00ff) !== byte) break;
    place ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 0) continue;
    best.length = at - from + 1;
    best.value = (units[place] ?? 0) & 0x7fff_ffff;
  }
  return best;
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
