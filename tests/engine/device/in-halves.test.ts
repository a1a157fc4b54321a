import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { webGpu } from '../../../src/engine/device/gpu';
import { inHalves } from '../../../src/engine/device/in-halves';
import { placed } from '../../../src/engine/device/placed';
import { startBackend } from '../../helpers/tf-node';

beforeAll(() => startBackend('wasm'));

/** Doubles each example in a device with room for `room` of them. */
function doubling(room: number) {
  const asked: number[] = [];
  const compute = (examples: readonly number[]): tf.Tensor => {
    asked.push(examples.length);
    const values = tf.mul(tf.tensor2d([...examples], [examples.length, 1]), 2);
    if (examples.length > room) throw new AppError('out-of-memory', 'Full.');
    return values;
  };
  return { asked, compute };
}

test('examples that fit are computed at once, others in halves of halves, in their order', async () => {
  const examples = [5, 3, 8, 1, 9];
  const expected = Float32Array.from([10, 6, 16, 2, 18]);
  const before = tf.memory().numTensors;
  const roomy = doubling(5);
  expect(await inHalves(examples, roomy.compute)).toEqual(expected);
  expect(roomy.asked).toEqual([5]);
  const tight = doubling(1);
  expect(await inHalves(examples, tight.compute)).toEqual(expected);
  expect(tight.asked).toEqual([5, 2, 1, 1, 3, 1, 2, 1, 1]);
  expect(tf.memory().numTensors).toBe(before);
});

test('one example that does not fit is said, and another fault is not taken for want of memory', async () => {
  await expect(inHalves([1, 2], doubling(0).compute)).rejects.toMatchObject({ code: 'out-of-memory' });
  let calls = 0;
  const lost = (): never => {
    calls++;
    throw new AppError('device-lost', 'Gone.');
  };
  await expect(inHalves([1, 2], lost)).rejects.toMatchObject({ code: 'device-lost' });
  expect(calls).toBe(1);
});

test('WebGPU: a buffer for which there is no memory halves the pass, takes nothing else away, and is over with it', async () => {
  const { guard } = await startBackend('webgpu');
  const device = webGpu()?.device;
  if (!device) throw new Error('This test needs WebGPU.');
  const factor = placed(Float32Array.of(2), [1]);
  const sum = tf.add(factor, factor); // recorded and not submitted
  const asked: number[] = [];
  const values = await inHalves([5, 3, 8], (examples) => {
    asked.push(examples.length);
    const create = device.createBuffer.bind(device);
    if (asked.length === 1) device.createBuffer = (made) => create({ ...made, size: device.limits.maxBufferSize + 4 });
    try {
      // Larger than any buffer that might be taken again.
      const large = tf.neg(tf.fill([1 << 20], 1));
      device.createBuffer = create;
      return tf.sub(tf.mul(tf.tensor1d([...examples]), sum), tf.add(tf.slice(large, [0], [1]), 1));
    } finally {
      device.createBuffer = create;
    }
  });
  expect(asked).toEqual([3, 1, 2]);
  expect(values).toEqual(Float32Array.of(20, 12, 32));
  guard.check();
  tf.dispose([factor, sum]);
});
