/** The tensors of a model's files as they came, in shards, and their values as far as they are asked for. */
import { AppError } from '../../core/errors';
import { bytesOfValues, unpackValues } from '../../core/formats/tensor-types';
import type { TensorEntry } from '../../core/models/manifest';
import { canStayPacked, isBlockType } from '../kernels/packed-blocks';
import type { NamedArray, NamedBlocks } from './weights';

export class PackedTensors {
  readonly #entries: readonly TensorEntry[];
  readonly #shards: readonly Uint8Array[];

  /** Entries count their bytes from the start of the first shard. */
  constructor(entries: readonly TensorEntry[], shards: readonly Uint8Array[]) {
    this.#entries = entries;
    this.#shards = shards;
  }

  get names(): string[] {
    return this.#entries.map(({ name }) => name);
  }

  /** The sides of a tensor. */
  shape(name: string): readonly number[] {
    return this.#entry(name).shape;
  }

  /** The bytes of a tensor as they came. */
  stored(name: string): Uint8Array {
    const { byteOffset, byteLength } = this.#entry(name);
    return this.#bytes(byteOffset, byteLength);
  }

  /** The values of some lines, steps along the first side, from `from` to before `to`. */
  readLines(name: string, from: number, to: number): Float32Array {
    const { shape, dtype, byteOffset, byteLength } = this.#entry(name);
    const [count = 1, ...rest] = shape;
    const width = rest.reduce((product, side) => product * side, 1);
    const lineBytes = byteLength / count;
    const values = new Float32Array((to - from) * width);
    unpackValues(dtype, this.#bytes(byteOffset + from * lineBytes, (to - from) * lineBytes), values);
    return values;
  }

  /** All values of a tensor. */
  read(name: string): NamedArray {
    const { shape, dtype, byteOffset, byteLength } = this.#entry(name);
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    unpackValues(dtype, this.#bytes(byteOffset, byteLength), values);
    return { name, shape, values };
  }

  /** A matrix as it came, where products can unpack it themselves; else null. */
  readBlocks(name: string): NamedBlocks | null {
    const { shape, dtype: type, byteOffset, byteLength } = this.#entry(name);
    const [outputs, inputs, ...more] = shape;
    if (outputs === undefined || inputs === undefined || more.length > 0) return null;
    if (!isBlockType(type) || !canStayPacked(outputs, inputs)) return null;
    return { name, shape: [outputs, inputs], type, bytes: this.#bytes(byteOffset, byteLength) };
  }

  /** Some rows of a matrix, in the order given, without the others being unpacked: [rows, width]. */
  readRows(name: string, rows: Int32Array): NamedArray {
    const { shape, dtype, byteOffset } = this.#entry(name);
    const [count = 0, width = 1] = shape;
    const rowBytes = bytesOfValues(dtype, width) ?? 0;
    const values = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      if (row < 0 || row >= count) throw new AppError('internal', `Row ${row} is outside «${name}» of ${count} rows.`);
      const bytes = this.#bytes(byteOffset + row * rowBytes, rowBytes);
      unpackValues(dtype, bytes, values.subarray(i * width, (i + 1) * width));
    });
    return { name, shape: [rows.length, width], values };
  }

  #entry(name: string): TensorEntry {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    if (entry === undefined) {
      throw new AppError('model-damaged', `The model has no «${name}». Load the model again.`, { details: { name } });
    }
    return entry;
  }

  /** A view where one shard has them all, else a copy. */
  #bytes(from: number, length: number): Uint8Array {
    let start = 0;
    let joined: Uint8Array | null = null;
    for (const shard of this.#shards) {
      const begin = from - start;
      if (joined === null && begin >= 0 && begin + length <= shard.length) return shard.subarray(begin, begin + length);
      if (begin < shard.length && begin + length > 0) {
        joined ??= new Uint8Array(length);
        joined.set(shard.subarray(Math.max(0, begin), begin + length), Math.max(0, -begin));
      }
      start += shard.length;
    }
    return joined ?? new Uint8Array(length);
  }
}
