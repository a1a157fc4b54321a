import { expect, test } from 'vitest';
import { crc32 } from '../../../src/core/formats/crc32';
import fc from '../../helpers/fast-check';

test('four bytes at a time give what they give one by one, wherever a text is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, cut) => {
      const single = bytes.reduce((crc, byte) => crc32(Uint8Array.of(byte), crc), 0);
      expect(crc32(bytes)).toBe(single);
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(single);
    }),
  );
});

// The usual check values of CRC-32/ISO-HDLC.
test.each([
  ['', 0],
  ['a', 0xe8b7be43],
  ['123456789', 0xcbf43926],
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
])('«%s»', (text, crc) => expect(crc32(new TextEncoder().encode(text)) >>> 0).toBe(crc));
