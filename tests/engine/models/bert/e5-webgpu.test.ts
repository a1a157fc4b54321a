/** The bytes of multilingual-e5-small on WebGPU. `npm run parity -- e5` compares what it computes there. */
import { expect, test } from 'vitest';
import { deviceBytes } from '../../../../src/engine/device/gpu';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { PackedMatrix } from '../../../../src/engine/ops/packed-matrix';
import { placeE5, readE5 } from '../../../helpers/e5-parity';
import { startBackend } from '../../../helpers/tf-node';

test('the four products of each layer are packed, and all weights are 30 MB at most beside the rows in use', async () => {
  await startBackend('webgpu');
  const model = await readE5();
  const before = deviceBytes()?.used ?? NaN;
  const encoder = placeE5(model);
  const rows = encoder.words?.ids.length ?? NaN;
  const bytes = (deviceBytes()?.used ?? NaN) - before;
  expect(bytes - 4 * rows * encoder.config.hiddenSize).toBeLessThan(30e6);
  const packed = [...encoder.weights].filter(([, weight]) => weight instanceof PackedMatrix);
  expect(packed.map(([name]) => name).filter((name) => name.startsWith('encoder.layer.11.'))).toHaveLength(4);
  expect(packed).toHaveLength(4 * 12);
  disposeWeights(encoder.weights);
  expect(deviceBytes()?.used).toBe(before);
});
