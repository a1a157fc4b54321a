import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { jsonFile, type PlannedFile, textFile, writeFile } from '../../../src/core/formats/planned-file';

const pieces: PlannedFile = { path: 'a', bytes: 5, chunks: () => [Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5)] };

test('a file is written chunk by chunk; each is awaited, progress told, the hash that of the bytes', async () => {
  const told: number[] = [];
  const got: number[] = [];
  const record = await writeFile(
    pieces,
    {
      async write(chunk) {
        await Promise.resolve();
        expect(told.at(-1) ?? 0).toBe(got.length);
        got.push(...chunk);
      },
    },
    { onProgress: (bytes) => told.push(bytes) },
  );
  expect(got).toEqual([1, 2, 3, 4, 5]);
  expect(told).toEqual([2, 5]);
  expect(record).toEqual({
    path: 'a',
    bytes: 5,
    sha256: createHash('sha256').update(Uint8Array.from(got)).digest('hex'),
  });
});

test('it stops between two chunks', async () => {
  const signal = { aborted: false };
  const got: Uint8Array[] = [];
  const sink = {
    write: (chunk: Uint8Array) => {
      got.push(chunk);
      signal.aborted = true;
    },
  };
  await expect(writeFile(pieces, sink, { signal })).rejects.toMatchObject({ code: 'cancelled' });
  expect(got).toHaveLength(1);
});

test.each([4, 6])('a file that should have had %d bytes and has 5 is an error', async (bytes) => {
  await expect(writeFile({ ...pieces, bytes }, { write: () => undefined })).rejects.toMatchObject({ code: 'internal' });
});

test('texts and JSON are UTF-8 with their size', () => {
  expect(textFile('a', 'é').bytes).toBe(2);
  expect(jsonFile('a', { b: 1 }).bytes).toBe('{\n  "b": 1\n}\n'.length);
});
