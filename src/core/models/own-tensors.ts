/**
 * The parameters of a model that a person brings along: where each lies in the person's files, checked against what its
 * config asks for, named and ordered as in Hugging Face's files. Values stay in the files.
 */
import type { ByteSource } from '../formats/byte-source';
import { damagedFile, type StoredTensor, unreadableType, unsupportedFile } from '../formats/stored-tensor';
import { lineOfGgufRow } from './gguf-names';
import type { TensorEntry } from './manifest';

/** A tensor of one of the files. */
export interface FoundTensor extends StoredTensor {
  source: ByteSource;
  /** Its lines stand in llama.cpp's order, by heads of this size; null where they stand as here. */
  turnedBy: number | null;
  /** Lines at its beginning that are not of the model here. */
  skippedLines: number;
}

/** A parameter of the model: an entry as a manifest has it, and where it is. */
export interface OwnTensor extends TensorEntry {
  source: ByteSource;
  /** From the start of that file. */
  position: number;
  turnedBy: number | null;
}

/**
 * The parameters in the order of `shapes`. Throws `model-damaged` for one that is missing or of another shape and
 * `model-unsupported` for one that is left over or stored in a type that is not read. `folder` is what the files are called
 * together; names that `ignored` matches are left out.
 */
export function ownTensors(
  folder: string,
  found: ReadonlyMap<string, FoundTensor>,
  shapes: ReadonlyMap<string, readonly number[]>,
  ignored?: RegExp,
): OwnTensor[] {
  for (const [name, { source }] of found) {
    if (shapes.has(name) || ignored?.test(name) === true) continue;
    throw unsupportedFile(
      source.file,
      `it has a parameter «${name}», which models of its kind do not have here`,
      OTHER,
    );
  }
  let offset = 0;
  return Array.from(shapes, ([name, shape]): OwnTensor => {
    const tensor = found.get(name);
    if (tensor === undefined) throw damagedFile(folder, `the parameter «${name}» is missing`);
    const { source, skippedLines, turnedBy, dtype } = tensor;
    const [height = 1, ...rest] = tensor.shape;
    const kept = [height - skippedLines, ...rest];
    if (kept.join() !== shape.join()) {
      const asked = `the config asks for [${shape.join(', ')}]`;
      throw damagedFile(source.file, `«${name}» is [${kept.join(', ')}], and ${asked}`);
    }
    if (dtype === null) throw unreadableType(source.file, tensor);
    const lineBytes = tensor.byteLength / height;
    const byteLength = lineBytes * (height - skippedLines);
    const position = tensor.byteOffset + lineBytes * skippedLines;
    const entry = { name, shape: [...shape], dtype, byteOffset: offset, byteLength, source, position, turnedBy };
    offset += byteLength;
    return entry;
  });
}

const OTHER = 'Choose a model of one of the kinds that are computed here.';

/** The bytes of some lines of a parameter, in the order of Hugging Face's files; of a vector, its values. */
export async function readOwnLines(tensor: OwnTensor, from: number, to: number): Promise<Uint8Array> {
  const { source, position, shape, byteLength, turnedBy } = tensor;
  const lineBytes = byteLength / (shape[0] ?? 1);
  const read = (first: number, end: number): Promise<Uint8Array> =>
    source.read(position + first * lineBytes, position + end * lineBytes);
  if (turnedBy === null) return read(from, to);
  const start = from - (from % turnedBy);
  const end = Math.ceil(to / turnedBy) * turnedBy;
  const rows = await read(start, end);
  const lines = new Uint8Array((to - from) * lineBytes);
  for (let row = start; row < end; row++) {
    const line = lineOfGgufRow(row, turnedBy);
    const at = (row - start) * lineBytes;
    if (line >= from && line < to) lines.set(rows.subarray(at, at + lineBytes), (line - from) * lineBytes);
  }
  return lines;
}

/** The number of values in lines of a parameter. */
export function valuesInLines({ shape }: Pick<OwnTensor, 'shape'>, lines: number): number {
  return shape.slice(1).reduce((count, side) => count * side, lines);
}
