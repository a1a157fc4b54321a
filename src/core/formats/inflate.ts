/**
 * Inflates a deflate stream (RFC 1951) in pieces, for gzip and zip. Written out here rather than taken from the platform:
 * `DecompressionStream` refuses what stands behind the first member, and glued members (`cat a.gz b.gz`, block gzip,
 * log shippers) are common. It is synchronous, holds 160 KiB whatever it is given, and hands its output on while it works, so that
 * a bomb can be refused at any byte.
 *
 * Over 300 lines because it is one algorithm. `run` is a generator that yields whenever it needs more input; everything between two yields is one tight loop.
 */

/** The compressed bytes, as bits from the lowest on. `next` is set by whoever pushes. */
export class BitSource {
  /** Bits read ahead, lowest first, and how many they are (at most 32). */
  bits = 0;
  have = 0;
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;

  /** Gives the next chunk; only when all of the last one was read. */
  feed(chunk: Uint8Array): void {
    this.bytes = chunk;
    this.position = 0;
  }

  /** Reads `count` (0 to 16) bits. */
  *take(count: number): Generator<void, number, void> {
    while (this.have < count) {
      const byte = this.bytes[this.position];
      if (byte === undefined) {
        yield;
        continue;
      }
      this.position += 1;
      this.bits |= byte << this.have;
      this.have += 8;
    }
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.have -= count;
    return value;
  }

  /** Drops the rest of the byte that is being read. */
  align(): void {
    const rest = this.have & 7;
    this.bits >>>= rest;
    this.have -= rest;
  }
}

/** What is wrong with a compressed stream. */
export class InflateFault extends Error {}

const WINDOW = 32 * 1024;
const LONGEST_MATCH = 258;

/** The output: the last 32 KiB stay for matches, the rest is handed on. */
export class InflateOutput {
  readonly bytes = new Uint8Array(4 * WINDOW);
  position = 0;
  #flushed = 0;
  readonly #sink: (bytes: Uint8Array) => void;

  /** `sink` is given bytes that are valid only until it returns. */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** Hands on what is new, and makes room for a match at least. */
  flush(): void {
    if (this.position > this.#flushed) this.#sink(this.bytes.subarray(this.#flushed, this.position));
    if (this.position > this.bytes.length - LONGEST_MATCH - 1) {
      this.bytes.copyWithin(0, this.position - WINDOW, this.position);
      this.position = WINDOW;
    }
    this.#flushed = this.position;
  }

  /** Forgets what matches of the last stream could refer to. */
  restart(): void {
    this.flush();
    this.position = 0;
    this.#flushed = 0;
  }
}

/** A Huffman code as one table: the entry at the next `width` bits is symbol × 16 + length, 0 where no code is. */
interface Code {
  table: Uint16Array;
  width: number;
}

/** Inflates one deflate stream from `source` to `output`; throws InflateFault. */
export function* inflate(source: BitSource, output: InflateOutput): Generator<void, void, void> {
  output.restart();
  for (let last = 0; last === 0;) {
    last = yield* source.take(1);
    const kind = yield* source.take(2);
    if (kind === 0) yield* readStored(source, output);
    else if (kind === 1) yield* readBlock(source, output, FIXED_LITERALS, FIXED_DISTANCES);
    else if (kind === 2) {
      const [literals, distances] = yield* readCodes(source);
      yield* readBlock(source, output, literals, distances);
    } else throw new InflateFault('a block of an unknown kind');
  }
  output.flush();
}

function* readStored(source: BitSource, output: InflateOutput): Generator<void, void, void> {
  source.align();
  let left = yield* source.take(16);
  if (((yield* source.take(16)) ^ 0xffff) !== left) throw new InflateFault('a stored block of a damaged length');
  while (left > 0) {
    if (output.position > output.bytes.length - LONGEST_MATCH - 1) output.flush();
    if (source.have > 0) {
      output.bytes[output.position++] = yield* source.take(8);
      left -= 1;
      continue;
    }
    const count = Math.min(left, output.bytes.length - output.position, source.bytes.length - source.position);
    output.bytes.set(source.bytes.subarray(source.position, source.position + count), output.position);
    output.position += count;
    source.position += count;
    left -= count;
    if (count === 0) {
      if (source.position < source.bytes.length) output.flush();
      else yield;
    }
  }
}

const LENGTH_BASES = new Uint16Array(29);
const LENGTH_BITS = new Uint8Array(29);
const DISTANCE_BASES = new Uint16Array(30);
const DISTANCE_BITS = new Uint8Array(30);
fillBases(LENGTH_BASES, LENGTH_BITS, 3, 4);
fillBases(DISTANCE_BASES, DISTANCE_BITS, 1, 2);
// The longest match has a code of its own.
LENGTH_BASES[28] = LONGEST_MATCH;
LENGTH_BITS[28] = 0;

/** RFC 1951, 3.2.5: after the first `2 · group` codes every `group` codes have one extra bit more. */
function fillBases(bases: Uint16Array, extra: Uint8Array, first: number, group: number): void {
  let base = first;
  for (let i = 0; i < bases.length; i++) {
    extra[i] = Math.max(0, Math.floor(i / group) - 1);
    bases[i] = base;
    base += 1 << (extra[i] ?? 0);
  }
}

function* readBlock(
  source: BitSource,
  output: InflateOutput,
  literals: Code,
  distances: Code,
): Generator<void, void, void> {
  const { bytes: out } = output;
  const roomUntil = out.length - LONGEST_MATCH - 1;
  const literalMask = (1 << literals.width) - 1;
  const distanceMask = (1 << distances.width) - 1;
  let { bits, have, bytes: input, position } = source;
  let at = output.position;
  /** The length of a match that waits for its distance; 0 while a literal or a length is next. */
  let length = 0;

  for (;;) {
    while (have <= 24 && position < input.length) {
      bits |= (input[position++] ?? 0) << have;
      have += 8;
    }
    // What is decoded from too few bits is thrown away and decoded again once there are more.
    const isDistance = length > 0;
    const code = isDistance ? distances : literals;
    const entry = code.table[bits & (isDistance ? distanceMask : literalMask)] ?? 0;
    const used = entry & 15;
    const symbol = entry >> 4;
    let short = used > have || (used === 0 && have < code.width);
    if (!short && used === 0) throw new InflateFault('bits that are no code');

    if (!short && !isDistance && symbol < 256) {
      out[at++] = symbol;
      bits >>>= used;
      have -= used;
    } else if (!short && !isDistance && symbol === 256) {
      bits >>>= used;
      have -= used;
      break;
    } else if (!short && !isDistance) {
      const extra = LENGTH_BITS[symbol - 257];
      if (extra === undefined) throw new InflateFault('a length that is none');
      short = used + extra > have;
      if (!short) {
        bits >>>= used;
        length = (LENGTH_BASES[symbol - 257] ?? 0) + (bits & ((1 << extra) - 1));
        bits >>>= extra;
        have -= used + extra;
      }
    } else if (!short) {
      const extra = DISTANCE_BITS[symbol];
      if (extra === undefined) throw new InflateFault('a distance that is none');
      short = used + extra > have && position === input.length;
      if (!short) {
        bits >>>= used;
        have -= used;
        while (have < extra) {
          bits |= (input[position++] ?? 0) << have;
          have += 8;
        }
        const distance = (DISTANCE_BASES[symbol] ?? 0) + (bits & ((1 << extra) - 1));
        bits >>>= extra;
        have -= extra;
        if (distance > at) throw new InflateFault('a match from before the beginning');
        // Short matches are the rule, and a call costs more than they do.
        if (length > 32 && distance >= length) out.copyWithin(at, at - distance, at - distance + length);
        else for (let i = 0; i < length; i++) out[at + i] = out[at + i - distance] ?? 0;
        at += length;
        length = 0;
      }
    }

    if (at > roomUntil) {
      output.position = at;
      output.flush();
      at = output.position;
    }
    if (short) {
      source.bits = bits;
      source.have = have;
      source.position = position;
      output.position = at;
      yield;
      ({ bits, have, bytes: input, position } = source);
    }
  }
  source.bits = bits;
  source.have = have;
  source.position = position;
  output.position = at;
}

/** The order in which the lengths of the code of lengths are written. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The two codes that stand before a block of its own codes. */
function* readCodes(source: BitSource): Generator<void, [Code, Code], void> {
  const literals = (yield* source.take(5)) + 257;
  const distances = (yield* source.take(5)) + 1;
  const written = (yield* source.take(4)) + 4;
  const order = new Uint8Array(19);
  for (let i = 0; i < written; i++) order[LENGTH_ORDER[i] ?? 0] = yield* source.take(3);
  const code = makeCode(order);
  const lengths = new Uint8Array(literals + distances);
  for (let i = 0; i < lengths.length;) {
    const symbol = yield* readSymbol(source, code);
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol === 16 && i === 0) throw new InflateFault('a repeated length before the first');
    const value = symbol === 16 ? (lengths[i - 1] ?? 0) : 0;
    const repeats = symbol === 18 ? 11 + (yield* source.take(7)) : 3 + (yield* source.take(symbol === 16 ? 2 : 3));
    if (i + repeats > lengths.length) throw new InflateFault('more lengths than codes');
    lengths.fill(value, i, i + repeats);
    i += repeats;
  }
  return [makeCode(lengths.subarray(0, literals)), makeCode(lengths.subarray(literals))];
}

/** One symbol, bit by bit as far as needed: only for the short code of lengths. */
function* readSymbol(source: BitSource, code: Code): Generator<void, number, void> {
  for (let count = 1; count <= code.width; count++) {
    if (source.have < count) {
      // Puts one byte at least into the buffer.
      const bits = yield* source.take(count);
      source.bits = (source.bits << count) | bits;
      source.have += count;
    }
    const entry = code.table[source.bits & ((1 << count) - 1)] ?? 0;
    if ((entry & 15) === count) {
      yield* source.take(count);
      return entry >> 4;
    }
  }
  throw new InflateFault('bits that are no code');
}

/** The table of a canonical Huffman code with these lengths (0: no such symbol); RFC 1951, 3.2.2. */
function makeCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  const width = Math.max(
    1,
    counts.findLastIndex((count) => count > 0),
  );
  const next = new Uint16Array(16);
  let first = 0;
  for (let length = 1; length <= 15; length++) {
    first = (first + (counts[length - 1] ?? 0)) << 1;
    if (first + (counts[length] ?? 0) > 1 << length) throw new InflateFault('more codes than bits allow');
    next[length] = first;
  }
  const table = new Uint16Array(1 << width);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    // Codes come with their highest bit first, everything else with its lowest.
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let i = reversed; i < table.length; i += 1 << length) table[i] = (symbol << 4) | length;
  }
  return { table, width };
}

const FIXED_LITERALS = makeCode(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = makeCode(new Uint8Array(30).fill(5));
