/** What the parts of the self-test give. */

/** Figure by name: `logits 0`, `loss 1`, `gradient head.bias`; the first word is its kind. */
export type Figures = Record<string, number>;

/** A sum with weights of its own per element: norms would not see signs, nor values in wrong places. */
export function mixed(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const [i, value] of values.entries()) sum += value * Math.cos(i + 1);
  return sum;
}
