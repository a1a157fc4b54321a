/** CRC-32 (RFC 1952, section 8), which gzip and zip check their contents by; four bytes at a time, by four tables. */

const BY_BYTE = Int32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
/** What a byte does that so many others stand behind. */
const [BEHIND_1, BEHIND_2, BEHIND_3] = [behind(BY_BYTE), behind(behind(BY_BYTE)), behind(behind(behind(BY_BYTE)))];

/** CRC-32 as gzip and zip have it, of `bytes` behind what gave `crc`. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const fours = bytes.length - (bytes.length % 4);
  let value = ~crc;
  for (let at = 0; at < fours; at += 4) {
    value ^=
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    value =
      (BEHIND_3[value & 255] ?? 0) ^
      (BEHIND_2[(value >>> 8) & 255] ?? 0) ^
      (BEHIND_1[(value >>> 16) & 255] ?? 0) ^
      (BY_BYTE[value >>> 24] ?? 0);
  }
  for (let at = fours; at < bytes.length; at++) {
    value = (BY_BYTE[(value ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (value >>> 8);
  }
  return ~value;
}

function behind(table: Int32Array): Int32Array {
  return table.map((value) => (BY_BYTE[value & 255] ?? 0) ^ (value >>> 8));
}
