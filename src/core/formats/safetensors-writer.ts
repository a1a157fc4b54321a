/**
 * Writes safetensors, byte for byte as the reference does for the same tensors (huggingface/safetensors, `tensor.rs`,
 * `prepare`): by type, the last of the reference's list first, then by name, the header padded with spaces to a multiple of 8.
 */
import type { PlannedFile } from './planned-file';
import { type PlannedTensor, tensorBytes, tensorChunks } from './planned-tensor';
import type { TensorTypeId } from './tensor-types';

/** Names of types, first those whose tensors stand first. */
const TYPES = new Map<TensorTypeId, string>([
  ['float32', 'F32'],
  ['bfloat16', 'BF16'],
  ['float16', 'F16'],
]);
const ORDER = [...TYPES.keys()];

/** A safetensors file of these tensors; throws RangeError for a type that the format does not have, or a name twice. */
export function safetensorsFile(
  path: string,
  tensors: readonly PlannedTensor[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): PlannedFile {
  const order = [...tensors].sort(
    (a, b) => ORDER.indexOf(a.dtype) - ORDER.indexOf(b.dtype) || compareBytes(a.name, b.name),
  );
  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  let end = 0;
  for (const tensor of order) {
    if (header.has(tensor.name)) throw new RangeError(`«${tensor.name}» is there twice.`);
    const start = end;
    end += tensorBytes(tensor);
    const dtype = typeName(tensor);
    header.set(tensor.name, { dtype, shape: tensor.shape, data_offsets: [start, end] });
  }
  const start = headerBytes(header);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield start;
    for (const tensor of order) yield* tensorChunks(tensor);
  }
  return { path, bytes: start.length + end, chunks };
}

function headerBytes(header: ReadonlyMap<string, unknown>): Uint8Array {
  // Not by an object: it would put names that are numbers first.
  const entries = Array.from(header, ([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  return bytes;
}

function typeName({ name, dtype }: PlannedTensor): string {
  const type = TYPES.get(dtype);
  if (type === undefined) throw new RangeError(`«${name}»: safetensors has no type for ${dtype}.`);
  return type;
}

/** Names are ASCII in all models known; by code unit is by byte there. */
function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
