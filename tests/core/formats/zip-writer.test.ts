import { expect, test } from 'vitest';
import { crc32 } from '../../../src/core/formats/crc32';
import { type PlannedFile, textFile } from '../../../src/core/formats/planned-file';
import { zipFile } from '../../../src/core/formats/zip-writer';
import { written } from '../../helpers/format-files';

const files: PlannedFile[] = [
  textFile('a/Übung.txt', 'one'),
  { path: 'b.bin', bytes: 70_000, chunks: () => [new Uint8Array(30_000).fill(7), new Uint8Array(40_000).fill(9)] },
  textFile('empty', ''),
];

/** The entries that the directory at the end lists, and what stands at their places. */
function entries(zip: Uint8Array): { name: string; bytes: Uint8Array; crc: number }[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  expect(at + view.getUint32(end + 12, true)).toBe(end);
  return Array.from({ length: count }, () => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const nameBytes = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const size = view.getUint32(at + 24, true);
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    // Both headers say the same from the version on.
    expect(zip.subarray(local + 4, local + 30)).toEqual(zip.subarray(at + 6, at + 32));
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameBytes));
    const start = local + 30 + nameBytes;
    const entry = { name, bytes: zip.subarray(start, start + size), crc: view.getUint32(at + 16, true) };
    at += 46 + nameBytes;
    return entry;
  });
}

test('every file stands in it with its name, bytes and checksum; the size is known before', async () => {
  const planned = zipFile('m.zip', 'tiny', files);
  const zip = await written(planned);
  expect(zip.length).toBe(planned.bytes);
  const found = entries(zip);
  expect(found.map(({ name }) => name)).toEqual(['tiny/a/Übung.txt', 'tiny/b.bin', 'tiny/empty']);
  for (const [i, file] of files.entries()) {
    const bytes = await written(file);
    expect(found[i]?.bytes).toEqual(bytes);
    expect(found[i]?.crc).toBe(crc32(bytes) >>> 0);
  }
});

test('the checksum is the one that RFCs name for nine digits', () => {
  expect(crc32(new TextEncoder().encode('123456789')) >>> 0).toBe(0xcbf43926);
});

test('paths that leave the folder, a path twice and four gigabytes are refused', () => {
  for (const path of ['/a', '../a', 'a/../../b', 'a\\b', 'a//b']) {
    expect(() => zipFile('m.zip', 'tiny', [textFile(path, '')])).toThrow('no path within');
  }
  expect(() => zipFile('m.zip', 'tiny', [textFile('a', ''), textFile('a', '')])).toThrow('twice');
  const large = { path: 'a', bytes: 2 ** 32, chunks: () => [] };
  expect(() => zipFile('m.zip', 'tiny', [large])).toThrow(expect.objectContaining({ code: 'plan-too-large' }));
});
