/** The files of tests/fixtures/formats, as scripts/fixtures/formats.py had the reference libraries write them. */
import { readFileSync } from 'node:fs';
import { type ByteSource, bytesSource } from '../../src/core/formats/byte-source';
import { checkedChunks, type PlannedFile } from '../../src/core/formats/planned-file';
import type { StoredTensor } from '../../src/core/formats/stored-tensor';
import { unpackValues } from '../../src/core/formats/tensor-types';

/** The bytes of a file of the folder. */
export function formatBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url)));
}

/** The same, to be read in parts. */
export function formatFile(name: string): ByteSource {
  return bytesSource(name, formatBytes(name));
}

/** What the values of a file are, by the reference library. */
export function expectedValues(of: 'safetensors' | 'plain' | 'gguf'): Record<string, number[]> {
  const all = JSON.parse(new TextDecoder().decode(formatBytes('values.json'))) as Record<
    string,
    Record<string, number[]>
  >;
  return all[of] ?? {};
}

/** The values of a tensor that can be read. */
export async function valuesOf(source: ByteSource, tensor: StoredTensor): Promise<number[]> {
  if (tensor.dtype === null) throw new Error(`${tensor.name} is ${tensor.type}`);
  const bytes = await source.read(tensor.byteOffset, tensor.byteOffset + tensor.byteLength);
  const values = new Float32Array(tensor.shape.reduce((count, side) => count * side, 1));
  unpackValues(tensor.dtype, bytes, values);
  return Array.from(values);
}

/** All bytes of a planned file. */
export async function written(file: PlannedFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of checkedChunks(file)) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}
