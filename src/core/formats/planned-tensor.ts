/** A tensor of a file that is written: its size is known, its bytes are made when the file comes to it. */
import { AppError } from '../errors';
import { type PackedTypeId, packValues } from './pack-values';
import { checkedChunks, type PlannedFile } from './planned-file';
import { valuesOfShape } from './stored-tensor';
import { bytesOfValues, type TensorTypeId } from './tensor-types';

export interface PlannedTensor {
  name: string;
  /** Outermost side first: a matrix is [outputs, inputs]. */
  shape: readonly number[];
  dtype: TensorTypeId;
  /** Its bytes in order, anew each time it is asked. */
  chunks: PlannedFile['chunks'];
}

/** Some lines of a tensor, from `from` (included) to `to` (not included); a line is a step along the first side. */
export type ReadLines = (from: number, to: number) => Float32Array | Promise<Float32Array>;

/** Values that are made at a time. */
const CHUNK_VALUES = 1 << 20;

/** A tensor whose values are asked for by lines and packed as `dtype`. */
export function packedTensor(
  name: string,
  shape: readonly number[],
  dtype: PackedTypeId,
  lines: ReadLines,
): PlannedTensor {
  const [height = 1, ...rest] = shape;
  const width = rest.reduce((product, side) => product * side, 1);
  const step = Math.max(1, Math.floor(CHUNK_VALUES / Math.max(1, width)));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < height; from += step) {
      const to = Math.min(height, from + step);
      const values = await lines(from, to);
      if (values.length !== (to - from) * width) {
        throw new AppError('internal', `«${name}» gave ${values.length} values for ${to - from} lines of ${width}.`);
      }
      yield packValues(dtype, values, name);
    }
  }
  return { name, shape, dtype, chunks };
}

/** The bytes that a tensor takes in a file; throws RangeError where its lines are not whole blocks. */
export function tensorBytes({ name, shape, dtype }: Omit<PlannedTensor, 'chunks'>): number {
  const values = valuesOfShape(shape);
  const bytes = values === null ? null : bytesOfValues(dtype, values);
  if (bytes === null || bytesOfValues(dtype, shape.at(-1) ?? 1) === null) {
    throw new RangeError(`«${name}» [${shape.join(', ')}] cannot be stored as ${dtype}.`);
  }
  return bytes;
}

/** The bytes of a tensor, checked against its size. */
export function tensorChunks(tensor: PlannedTensor): AsyncGenerator<Uint8Array> {
  return checkedChunks({ path: tensor.name, bytes: tensorBytes(tensor), chunks: tensor.chunks });
}
