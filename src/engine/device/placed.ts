/** Tensors that last: parameters and moments. */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { formatBytes } from '../../core/words/numbers';
import { webGpu } from './gpu';

/**
 * A tensor that is on the device at once, of the type of its values. tfjs would upload it when it is first used; were that a pass for which
 * the memory runs out, the values would be lost with all else that was recorded for it. Throws `out-of-memory` for one
 * that is over what the device allows in one piece: no smaller batch helps then.
 */
export function placed(values: Float32Array | Int32Array, shape: number[]): tf.Tensor {
  const tensor = tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32');
  try {
    webGpu()?.upload([tensor]);
  } catch (error) {
    tensor.dispose();
    throw error instanceof AppError && error.code === 'out-of-memory' ? tooLarge(values.byteLength, error) : error;
  }
  return tensor;
}

function tooLarge(bytes: number, cause: AppError): AppError {
  return new AppError(
    'out-of-memory',
    `This model does not fit this GPU: ${formatBytes(bytes)} are needed in one piece. Choose a smaller model, or the ` +
      'processor.',
    { cause, details: { ...cause.details } },
  );
}
