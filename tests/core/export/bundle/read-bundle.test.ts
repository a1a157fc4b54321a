/** What of a bundle is in memory whole is bounded, however much its bytes are packed; lines are whole however they come. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BundleManifest } from '../../../../src/core/export/bundle/manifest';
import { readBundle, type ReadOptions } from '../../../../src/core/export/bundle/read-bundle';
import { sampleRun } from '../../../helpers/run';

interface Part {
  bytes: number;
  sha256?: string;
  open(): AsyncIterable<Uint8Array>;
}

async function* inPieces(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** The bytes of a text, in pieces that end there. */
function partOf(text: string, ends: readonly number[] = []): Part {
  const bytes = new TextEncoder().encode(text);
  const pieces = [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes: bytes.length, sha256, open: () => inPieces(...pieces) };
}

/** A bundle of a sound run without data, and of these parts. */
function read(own: Record<string, Part>, options: ReadOptions = {}) {
  const run = JSON.stringify(sampleRun('r', { state: 'succeeded' }));
  const parts = new Map(Object.entries({ 'hone-run.md': partOf('A run.'), 'run.json': partOf(run), ...own }));
  const files = [...parts].map(([path, { bytes, sha256 = '' }]) => ({ path, bytes, sha256 }));
  const manifest: BundleManifest = {
    ...{ schema: 'hone.run-bundle', version: 1, run: 'r', name: 'r', task: 'classification', build: 'test' },
    ...{ data: null, test: null, models: [], weights: false, missing: [], files },
  };
  const bytes = (path: string) => parts.get(path)?.bytes ?? null;
  return readBundle({ file: 'x.zip', bytes, open: (path) => parts.get(path)?.open() ?? null }, manifest, options);
}

test.each([
  ['run.json', 64e6, '64 MB'],
  ['report.json', 512e6, '512 MB'],
  ['vote.json', 64e6, '64 MB'],
])('%s of more than any has is refused before a byte of it is unpacked', async (path, most, words) => {
  const error: unknown = await read({
    [path]: { bytes: most + 1, open: () => expect.fail('It is opened.') },
  }).catch((thrown: unknown) => thrown);
  const why = `${path} in it is damaged: it is ${words} in one piece, and ${words} are read at most. Nothing was kept.`;
  expect(error).toMatchObject({ code: 'file-unreadable', message: expect.stringContaining(why) });
  // One of just as much is opened.
  await expect(read({ [path]: { bytes: most, open: () => inPieces() } })).rejects.toThrow(/its checksum is another/);
});

test('a line that does not end is refused when it is longer than any is, not when all of it is unpacked', async () => {
  let came = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      came += 1000;
      yield new Uint8Array(1000).fill(0x20);
    }
  }
  const dropped = read({ 'curve.jsonl': { bytes: 1e9, open: endless } }, { mostJson: 4500 });
  await expect(dropped).rejects.toThrow(
    'curve.jsonl in it is damaged: a line of it is 5.0 kB in one piece, and 4.5 kB are read at most. Nothing was kept.',
  );
  expect(came).toBe(5000);
});

test('lines come whole, wherever the pieces of a part end', async () => {
  const points = [1, 2, 3].map((step) => ({ fold: 0, epoch: 1, step, metrics: null }));
  const [line = '', ...others] = points.map((point) => JSON.stringify(point));
  const size = line.length + 1;
  for (const ends of [[], [5, 9], [size - 1], [size], [size + 1, 2 * size + 3], [2, size, size + 1, 2 * size - 1]]) {
    for (const end of ['', '\n']) {
      const part = partOf([line, ...others].join('\n') + end, ends);
      expect((await read({ 'curve.jsonl': part })).curve).toEqual(points);
    }
  }
});
