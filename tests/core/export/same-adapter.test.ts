import { expect, test } from 'vitest';
import { exportedAdapter, keptAdapter, sameAdapter } from '../../../src/core/export/trained-adapter';

type Kept = Parameters<typeof sameAdapter>[0];

function adapter(change: (values: Float32Array) => void = () => undefined, lora: Partial<Kept['lora']> = {}): Kept {
  const path = 'model.layers.0.self_attn.q_proj';
  const values = Float32Array.of(1, 2, 3, 4);
  change(values);
  return {
    lora: { rank: 2, alpha: 4, dropout: 0, targetModules: ['q_proj'], rankStabilized: false, ...lora },
    tensors: [
      { name: `${path}.lora_A.weight`, shape: [2, 2], values },
      { name: `${path}.lora_B.weight`, shape: [2, 1], values: Float32Array.of(5, 6) },
    ],
  };
}

test('an adapter that went through its files is the same, in whatever order its matrices come', () => {
  const back = keptAdapter(exportedAdapter(adapter()));
  expect(sameAdapter(adapter(), { ...back, tensors: [...back.tensors].reverse() })).toBe(true);
  // A file may name its targets otherwise; nothing is computed from that.
  expect(sameAdapter(adapter(), adapter(undefined, { targetModules: [] }))).toBe(true);
});

test('one value, another scale, another shape or a matrix less make it another', () => {
  const same = (other: Kept): boolean => sameAdapter(adapter(), other);
  expect(same(adapter((values) => (values[3] = 4.0000005)))).toBe(false);
  expect(same(adapter((values) => (values[3] = NaN)))).toBe(false);
  expect(same(adapter(undefined, { alpha: 8 }))).toBe(false);
  expect(same(adapter(undefined, { rankStabilized: true }))).toBe(false);
  const { lora, tensors } = adapter();
  expect(same({ lora, tensors: tensors.slice(0, 1) })).toBe(false);
  expect(same({ lora, tensors: tensors.map((one) => ({ ...one, shape: [...one.shape].reverse() })) })).toBe(false);
  expect(same({ lora, tensors: tensors.map((one) => ({ ...one, name: `${one.name}2` })) })).toBe(false);
});
