/** Zips as they come from outside: ours, those of other tools, and those made to do harm. */
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { bytesSource } from '../../../src/core/formats/byte-source';
import { textFile } from '../../../src/core/formats/planned-file';
import { readEntry, readZip } from '../../../src/core/formats/zip-reader';
import { ZipFolder } from '../../../src/core/formats/zip-writer';
import { MemoryFile } from '../../helpers/memory-file';
import { zipOf } from '../../helpers/zips';

async function unpack(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const source = bytesSource('a.zip', bytes);
  const files = new Map<string, Uint8Array>();
  for (const entry of await readZip(source)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of readEntry(source, entry)) pieces.push(piece.slice());
    files.set(entry.path, Uint8Array.from(pieces.flatMap((piece) => [...piece])));
  }
  return files;
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await unpack(bytes).catch((error: unknown) => error);
  if (!(error instanceof AppError)) throw new Error(`It was taken, or thrown was ${String(error)}.`);
  expect(error.code).toBe('file-unreadable');
  return error.message;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const LONG = utf8('all the same words again, '.repeat(9_000));

test('what the writer wrote comes back', async () => {
  const file = new MemoryFile();
  const zip = new ZipFolder('folder', file);
  await zip.add(textFile('a/Übung.txt', 'one'));
  await zip.add(textFile('empty', ''));
  await zip.end();
  const files = await unpack(file.bytes);
  expect([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])).toEqual([
    ['folder/a/Übung.txt', 'one'],
    ['folder/empty', ''],
  ]);
});

test('packed files come back too, with folders, comments, what stands before and sizes told behind the bytes', async () => {
  const zip = zipOf([
    { path: 'f/', bytes: utf8('') },
    { path: 'f/long.txt', bytes: LONG, deflate: true, toldBehind: true },
    { path: 'f/short.txt', bytes: utf8('x'), deflate: true },
  ]);
  expect(zip.length).toBeLessThan(LONG.length / 10);
  const files = await unpack(zip);
  expect([...files.keys()]).toEqual(['f/long.txt', 'f/short.txt']);
  expect(files.get('f/long.txt')).toEqual(LONG);
  expect(files.get('f/short.txt')).toEqual(utf8('x'));
});

describe('is refused, and it says why', () => {
  test.each(['../a', 'f/../../a', '/etc/passwd', 'C:/a', 'f\\..\\a', 'f//a', 'f/./a', 'f/..', 'a\0b', ''])(
    'the path «%s»',
    async (path) => expect(await refusal(zipOf([{ path, bytes: utf8('x') }]))).toContain('is no path within a folder'),
  );

  test('a path that is there twice', async () => {
    const twice = [1, 2].map((i) => ({ path: 'f/a', bytes: utf8(String(i)) }));
    expect(await refusal(zipOf(twice))).toContain('«f/a» is in it twice');
  });

  test('files that lie over each other', async () => {
    const zip = zipOf([
      { path: 'f/a', bytes: LONG },
      { path: 'f/b', bytes: LONG, at: 0 },
    ]);
    expect(await refusal(zip)).toMatch(/its own header and the directory differ|lies over another file/);
    // The bytes of one hold the other, header and all: each is sound by itself.
    const inner = zipOf([{ path: 'f/b', bytes: LONG }]).subarray(0, 33 + LONG.length);
    const quoted = zipOf([
      { path: 'f/a', bytes: inner },
      { path: 'f/b', bytes: LONG, at: 33 },
    ]);
    expect(await refusal(quoted)).toContain('f/b in it lies over another file');
  });

  test('a bomb, before a byte of it is unpacked', async () => {
    const zeros = new Uint8Array(80e6);
    const zip = zipOf([{ path: 'f/bomb', bytes: zeros, deflate: true }]);
    expect(zip.length).toBeLessThan(100_000);
    const source = bytesSource('bomb.zip', zip);
    await expect(readZip(source)).rejects.toMatchObject({
      code: 'file-unreadable',
      message: expect.stringMatching(/f\/bomb in it would unpack to 80 MB, as no file that was packed does/) as string,
    });
  });

  test('a bomb that says it is small, at the first byte too many', async () => {
    const zip = zipOf([{ path: 'f/bomb', bytes: new Uint8Array(30e6), deflate: true, saidBytes: 100 }]);
    expect(await refusal(zip)).toContain('f/bomb in it unpacks to more than the 100 bytes that it should have');
  });

  test('one that is cut off anywhere', async () => {
    const zip = zipOf([{ path: 'f/a', bytes: LONG, deflate: true }]);
    for (let end = 0; end < zip.length; end += Math.max(1, Math.floor(zip.length / 97))) {
      expect(await refusal(zip.subarray(0, end))).toMatch(/cut off|directory/);
    }
  });

  test('what is encrypted, packed otherwise, over 4 GiB or one part of several', async () => {
    const one = { path: 'f/a', bytes: utf8('x') };
    expect(await refusal(zipOf([{ ...one, flags: 1 }]))).toContain('is encrypted');
    expect(await refusal(zipOf([{ ...one, method: 12 }]))).toContain('(12)');
    const large = zipOf([one]);
    new DataView(large.buffer).setUint32(large.length - 6, 0xffffffff, true);
    expect(await refusal(large)).toContain('zip64');
    const part = zipOf([one]);
    new DataView(part.buffer).setUint16(part.length - 18, 1, true);
    expect(await refusal(part)).toContain('one part of a zip in several');
  });

  test('any flipped byte, unless it changes nothing of what is read', async () => {
    const bytes = utf8('some words');
    const zip = zipOf([
      { path: 'f/a', bytes },
      { path: 'f/b', bytes, deflate: true },
    ]);
    let refused = 0;
    for (let at = 0; at < zip.length; at++) {
      const flipped = zip.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x11;
      const files = await unpack(flipped).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        refused++;
        return null;
      });
      if (files === null) continue;
      expect([...files]).toEqual([
        ['f/a', bytes],
        ['f/b', bytes],
      ]);
    }
    // Dates, versions and rights may be others: about a third of so small a zip.
    expect(refused / zip.length).toBeGreaterThan(0.6);
  });
});
