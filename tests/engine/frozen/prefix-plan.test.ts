import { expect, test } from 'vitest';
import { statesOf } from '../../../src/engine/frozen/prefix-plan';

test('it is float32 while that fits in memory to the byte, else float16', () => {
  const texts = [new Int32Array(5), new Int32Array(3)];
  const [fits, over] = [statesOf(texts, 16, 512), statesOf(texts, 16, 511)];
  expect([fits.half, fits.bytes, fits.bytesOf(0), fits.sizeOf(0)]).toEqual([false, 512, 320, 80]);
  expect([over.half, over.bytes, over.bytesOf(0), over.sizeOf(0)]).toEqual([true, 256, 160, 80]);
});
