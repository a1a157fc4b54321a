import { beforeEach, expect, test } from 'vitest';
import { evenBatch, Trial } from '../../../src/engine/bench/trial';
import { startBackend } from '../../helpers/tf-node';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';

beforeEach(() => startBackend('wasm'));

test('the step of the last layers trains these alone, on what the whole model would give them', async () => {
  const subject = tinyEncoder(tinyWeights(5));
  const batch = evenBatch(tinyConfig, 3, 7);
  const [whole, last] = [undefined, 1].map(
    (layers) => new Trial(subject, { dropout: 0, seed: 1, ...(layers && { layers }) }),
  );
  if (!whole || !last) throw new Error('Two trials are needed.');
  const [all, top] = [await whole.step(batch), await last.step(batch)];
  expect(top.loss).toBe(all.loss);
  const names = [...top.gradNorms.keys()];
  expect(names.every((name) => name.startsWith('encoder.layer.1.') || name.startsWith('head.'))).toBe(true);
  expect(names.map((name) => top.gradNorms.get(name))).toEqual(names.map((name) => all.gradNorms.get(name)));
  whole.dispose();
  last.dispose();
});
