/** A pass without gradients over some examples; when the device runs out of memory, over their halves. */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { withErrorScopes } from './error-scopes';
import { webGpu } from './gpu';
import { readValues } from './read';

/**
 * The values of `compute(examples)`, one block per example in their order. Examples are cut down to one; what does not
 * fit then is thrown as `out-of-memory`. How they were cut shows in nothing but the time.
 */
export async function inHalves(
  examples: readonly number[],
  compute: (examples: readonly number[]) => tf.Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  try {
    return await withErrorScopes(async () => {
      const result = tf.tidy(() => compute(examples));
      try {
        return await readValues(result);
      } finally {
        result.dispose();
      }
    });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'out-of-memory') || examples.length < 2) throw error;
    // A buffer that was made when there was no memory is none: it must not be taken again.
    webGpu()?.releaseFree();
  }
  const middle = examples.length >> 1;
  const first = await inHalves(examples.slice(0, middle), compute);
  const second = await inHalves(examples.slice(middle), compute);
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
