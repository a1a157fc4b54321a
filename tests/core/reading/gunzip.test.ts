import { constants, gzipSync } from 'node:zlib';
import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { Gunzip } from '../../../src/core/reading/gunzip';
import { AppError } from '../../../src/core/errors';
import { bytesOf, goodLines } from '../import/import-text';

function unpack(packed: Uint8Array, chunk = packed.length || 1): Uint8Array {
  const parts: Uint8Array[] = [];
  const gunzip = new Gunzip((bytes) => parts.push(bytes.slice()));
  for (let i = 0; i < packed.length; i += chunk) gunzip.push(packed.subarray(i, i + chunk));
  gunzip.end();
  return Buffer.concat(parts);
}

function fault(packed: Uint8Array): AppError {
  try {
    unpack(packed);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected an AppError');
}

/** Bits that only fill up a byte may be anything. */
function unpackedOrFault(packed: Uint8Array): string {
  try {
    return Buffer.from(unpack(packed)).toString();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe('Gunzip', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc
      .array(fc.constantFrom('{"text":"', 'the ', 'parcel', 'é', '\n', 'x'.repeat(300)), { maxLength: 800 })
      .map((parts) => bytesOf(parts.join(''))),
  );
  const options = fc.record({
    level: fc.constantFrom(0, 1, 6, 9),
    strategy: fc.constantFrom(
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_FIXED,
      constants.Z_RLE,
    ),
    memLevel: fc.constantFrom(1, 9),
  });

  test('what zlib packs in any of its ways is unpacked as it was, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(bytes, options, fc.constantFrom(1, 2, 7, 1000, 100_000), (data, how, chunk) => {
        expect(Buffer.compare(unpack(gzipSync(data, how), chunk), data)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('files larger than the window come through, also far matches and stored blocks', () => {
    const noise = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
    for (const data of [
      bytesOf(goodLines(30_000)),
      noise,
      Buffer.concat([noise.subarray(0, 32_768), noise.subarray(0, 32_768)]),
    ])
      for (const level of [0, 1, 9])
        for (const chunk of [4096, 65_536])
          expect(Buffer.compare(unpack(gzipSync(data, { level }), chunk), data)).toBe(0);
  });

  test('members that were glued together, and zeros behind them, are all read', () => {
    const packed = Buffer.concat([gzipSync('one\n'), gzipSync(''), gzipSync('two\n'), new Uint8Array(512)]);
    for (const chunk of [1, 5, packed.length]) expect(Buffer.from(unpack(packed, chunk)).toString()).toBe('one\ntwo\n');
  });

  test('a header with name, comment, extra bytes and its own checksum is passed over', () => {
    const plain = gzipSync('text');
    const header = [
      0x1f,
      0x8b,
      8,
      2 | 4 | 8 | 16,
      0,
      0,
      0,
      0,
      0,
      3,
      2,
      0,
      9,
      9,
      ...bytesOf('name'),
      0,
      ...bytesOf('why'),
      0,
      1,
      1,
    ];
    expect(Buffer.from(unpack(Buffer.concat([Uint8Array.from(header), plain.subarray(10)]))).toString()).toBe('text');
  });

  test('a file cut off anywhere is said to be cut off', () => {
    const packed = gzipSync(goodLines(20));
    for (let end = 1; end < packed.length; end++) {
      const error = fault(packed.subarray(0, end));
      expect(error.code).toBe('file-unreadable');
      expect(error.message).toContain('ends before its data does');
    }
  });

  test('one changed byte is a damaged file, never other text', () => {
    const text = goodLines(20);
    const packed = gzipSync(text);
    for (let i = 10; i < packed.length; i++) {
      const changed = Uint8Array.from(packed);
      changed[i] = (changed[i] ?? 0) ^ 0x10;
      expect(unpackedOrFault(changed)).toBeOneOf([text, 'file-unreadable']);
    }
    expect(fault(Buffer.concat([packed, bytesOf('more')])).message).toContain('something else behind');
  });

  test('a bomb is refused while it unpacks', () => {
    const bomb = gzipSync(new Uint8Array(75e6));
    let given = 0;
    const gunzip = new Gunzip((part) => (given += part.length));
    expect(() => gunzip.push(bomb)).toThrow(/unpacks to more than/);
    expect(given).toBeLessThan(70e6);
  });
});
