/** 10,000 damaged files of each format: an error that names the file, or a result that is right of the bytes that are there. */
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { bytesSource } from '../../../src/core/formats/byte-source';
import { readGguf } from '../../../src/core/formats/gguf';
import type { GgufMetadata, GgufValue } from '../../../src/core/formats/gguf-values';
import { ggufFile } from '../../../src/core/formats/gguf-writer';
import { readSafetensors } from '../../../src/core/formats/safetensors';
import { type StoredTensor, valuesOfShape } from '../../../src/core/formats/stored-tensor';
import { bytesOfValues } from '../../../src/core/formats/tensor-types';
import { createRandom, type Random } from '../../../src/core/random';
import { formatBytes, written } from '../../helpers/format-files';
import { processorMs } from '../../helpers/processor-time';

const MUTANTS = 10_000;
const SLOW_MS = 500;

const FORMATS = {
  safetensors: { file: 'python.safetensors', read: readSafetensors },
  gguf: { file: 'python.gguf', read: readGguf },
} as const;

const pick = (random: Random, below: number): number => Math.floor(random() * below);

/** One to three damages. */
function mutant(original: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = original.slice();
  for (let left = 1 + pick(random, 3); left > 0; left--) bytes = damage(bytes, random);
  return bytes;
}

function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = pick(random, bytes.length);
  const view = new DataView(bytes.buffer);
  switch (pick(random, 7)) {
    case 0: // a bit
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(random, 8));
      return bytes;
    case 1: // cut off
      return bytes.slice(0, at);
    case 2: // a count or length, inflated
      if (at + 8 <= bytes.length) view.setBigUint64(at, 2n ** BigInt(pick(random, 64)) - BigInt(pick(random, 2)), true);
      return bytes;
    case 3: // a digit of the header's JSON, or any byte
      bytes[at] = random() < 0.5 ? 0x30 + pick(random, 10) : pick(random, 256);
      return bytes;
    case 4: // a piece lost
      return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + pick(random, 40)));
    case 5: // a piece twice
      return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 30)));
    default: // more at the end
      return joined(bytes, new Uint8Array(1 + pick(random, 64)));
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** What is true of every header that is accepted. */
function expectSound(tensors: readonly StoredTensor[], size: number): void {
  let end = 0;
  for (const { name, shape, dtype, byteOffset, byteLength } of tensors) {
    const where = `${name} [${shape.join()}] at ${byteOffset}, ${byteLength} bytes of ${size}`;
    if (byteOffset < end || byteOffset + byteLength > size) throw new Error(where);
    end = byteOffset + byteLength;
    const values = valuesOfShape(shape);
    if (dtype !== null && (values === null || bytesOfValues(dtype, values) !== byteLength)) throw new Error(where);
  }
}

function visit(metadata: GgufMetadata | ReadonlyMap<string, string>): void {
  for (const value of metadata.values())
    if (typeof value === 'object' && value.type === 'array') Array.from(value.items);
}

async function outcome(format: keyof typeof FORMATS, bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    const { metadata, tensors } = await FORMATS[format].read(bytesSource('hostile', bytes));
    expectSound(tensors, bytes.length);
    visit(metadata);
    return 'read';
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('model-') || error.details['file'] !== 'hostile')
      throw error;
    return 'refused';
  }
}

test.each(Object.keys(FORMATS) as (keyof typeof FORMATS)[])(
  '%s: each is refused by name or read rightly, none slowly',
  async (format) => {
    const original = formatBytes(FORMATS[format].file);
    const random = createRandom(20_261_127);
    const counts = { read: 0, refused: 0 };
    const slow: number[] = [];
    for (let i = 0; i < MUTANTS; i++) {
      const bytes = mutant(original, random);
      const start = performance.now();
      counts[await outcome(format, bytes)]++;
      // Whatever ran beside: only what is slow for the processor too is slow.
      if (performance.now() - start < SLOW_MS) continue;
      if ((await processorMs(() => outcome(format, bytes))) >= SLOW_MS) slow.push(i);
    }
    expect(slow).toEqual([]);
    // Both happen often, else the damage is not of the kind that is meant.
    expect(counts.read).toBeGreaterThan(MUTANTS / 50);
    expect(counts.refused).toBeGreaterThan(MUTANTS / 2);
  },
);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, the least of some looks: what a collection frees is told only when the next one begins. */
async function usedBytes(): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < 4; look++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

/** What a reading asks of its file and what it keeps, in bytes: nothing that depends on when garbage is collected. */
async function costOf(format: keyof typeof FORMATS, bytes: Uint8Array): Promise<{ asked: number; kept: number }> {
  const before = await usedBytes();
  let asked = 0;
  const source = bytesSource('hostile', bytes);
  const read = (from: number, to: number) => {
    asked += to - from;
    return source.read(from, to);
  };
  const result = await FORMATS[format].read({ ...source, read }).catch((error: unknown) => error);
  const kept = (await usedBytes()) - before;
  expect(result).toBeDefined();
  return { asked, kept };
}

const MEGABYTE = 2 ** 20;

test('a header of megabytes that lies about itself is read in doubling steps, and nothing is made of its lies', async () => {
  const items = Array.from({ length: 200_000 }, (_, i) => String(i % 90));
  const flags = Array.from({ length: MEGABYTE }, () => true);
  const metadata = new Map<string, GgufValue>([
    ['flags', { type: 'array', of: 'bool', items: flags }],
    ['tokens', { type: 'array', of: 'string', items }],
  ]);
  const gguf = await written(ggufFile('m', metadata, []));
  const empty = new TextEncoder().encode(`{"a":[${'[],'.repeat(2 * MEGABYTE)}[]]}`);
  const json = new Uint8Array(8 + empty.length);
  new DataView(json.buffer).setBigUint64(0, BigInt(empty.length), true);
  json.set(empty, 8);
  const many = gguf.slice();
  // As many keys as there could be, all the rest noughts: a key of no letters is there twice.
  new DataView(many.buffer).setBigUint64(16, 60_000n, true);
  many.fill(0, 24);
  const random = createRandom(5);
  const files: [keyof typeof FORMATS, Uint8Array][] = [
    ['gguf', gguf],
    ['gguf', many],
    ['safetensors', json],
    ...Array.from({ length: 6 }, (): [keyof typeof FORMATS, Uint8Array] => {
      const bytes = gguf.slice();
      for (let i = 0; i < 4; i++) bytes[pick(random, bytes.length)] = pick(random, 256);
      return ['gguf', bytes];
    }),
  ];
  const parse = vi.spyOn(JSON, 'parse');
  try {
    for (const [format, bytes] of files) {
      const { asked, kept } = await costOf(format, bytes);
      // Read again with twice as much where it was not enough.
      expect(asked, format).toBeLessThan(3 * bytes.length);
      expect(kept, format).toBeLessThan(1.5 * bytes.length);
    }
    // Values made of megabytes of brackets would take many times their size before they are refused.
    expect(parse).not.toHaveBeenCalled();
  } finally {
    parse.mockRestore();
  }
});
