/** What the header of a file of weights (safetensors, GGUF) says of one tensor, and the errors that its readers share. */
import { AppError } from '../errors';
import { TENSOR_TYPE_IDS, type TensorTypeId } from './tensor-types';

export interface StoredTensor {
  name: string;
  /** Outermost side first: a matrix is [outputs, inputs]. */
  shape: number[];
  /** Its type as the file calls it. */
  type: string;
  /** The same where its values can be read, else null: refuse it by `unreadableType` when they are needed. */
  dtype: TensorTypeId | null;
  /** From the start of the file. */
  byteOffset: number;
  byteLength: number;
}

/** The error for a file whose header contradicts itself or its size. */
export function damagedFile(file: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'model-damaged',
    `${file} cannot be used: ${reason}. It is damaged or was cut off; fetch it again and choose it once more.`,
    { cause, details: { file, reason } },
  );
}

/** The error for a file that may be sound and is beyond what is read here; `act` says what would help. */
export function unsupportedFile(file: string, reason: string, act: string): AppError {
  return new AppError('model-unsupported', `${file} cannot be used here: ${reason}. ${act}`, {
    details: { file, reason },
  });
}

/** The error for a tensor whose type of values is not read. */
export function unreadableType(file: string, { name, type }: Pick<StoredTensor, 'name' | 'type'>): AppError {
  return unsupportedFile(
    file,
    `«${name}» is stored as ${type}`,
    `Types that can be read: ${TENSOR_TYPE_IDS.join(', ')}. Choose a file in one of them.`,
  );
}

/** The number of values of a shape; null where it is beyond what can be counted exactly. */
export function valuesOfShape(shape: readonly number[]): number | null {
  let count = 1;
  for (const side of shape) {
    count *= side;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}
