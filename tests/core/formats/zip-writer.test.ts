import { expect, test } from 'vitest';
import { crc32 } from '../../../src/core/formats/crc32';
import { type PlannedFile, textFile } from '../../../src/core/formats/planned-file';
import { zipBytes, ZipFolder } from '../../../src/core/formats/zip-writer';
import { written } from '../../helpers/format-files';
import { MemoryFile } from '../../helpers/memory-file';

const files: PlannedFile[] = [
  textFile('a/Übung.txt', 'one'),
  { path: 'b.bin', bytes: 7_000, chunks: () => [new Uint8Array(3_000).fill(7), new Uint8Array(4_000).fill(9)] },
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
  const file = new MemoryFile();
  const zip = new ZipFolder('tiny', file);
  const kept = [];
  for (const one of files) kept.push(await zip.add(one));
  const before = file.bytes.slice();
  expect(await zip.end()).toBe(zipBytes('tiny', files));
  expect(file.bytes.length).toBe(zipBytes('tiny', files));
  const found = entries(file.bytes);
  expect(found.map(({ name }) => name)).toEqual(['tiny/a/Übung.txt', 'tiny/b.bin', 'tiny/empty']);
  for (const [i, one] of files.entries()) {
    const bytes = await written(one);
    expect(found[i]?.bytes).toEqual(bytes);
    expect(found[i]?.crc).toBe(crc32(bytes) >>> 0);
    // What is read back before the end is at the place that was told.
    const start = kept[i]?.start ?? 0;
    expect(before.subarray(start, start + bytes.length)).toEqual(bytes);
  }
  expect(before.length).toBeLessThan(file.bytes.length);
});

test('the checksum is the one that RFCs name for nine digits', () => {
  expect(crc32(new TextEncoder().encode('123456789')) >>> 0).toBe(0xcbf43926);
});

test('paths that leave the folder, a path twice and four gigabytes are refused', async () => {
  for (const path of ['/a', '../a', 'a/../../b', 'a\\b', 'a//b']) {
    await expect(new ZipFolder('tiny', new MemoryFile()).add(textFile(path, ''))).rejects.toThrow('no path within');
  }
  const zip = new ZipFolder('tiny', new MemoryFile());
  await zip.add(textFile('a', ''));
  await expect(zip.add(textFile('a', ''))).rejects.toThrow('twice');
  const large = { path: 'b', bytes: 2 ** 32 - 100, chunks: () => [] };
  await expect(zip.add(large)).rejects.toMatchObject({ code: 'plan-too-large' });
});
