/**
 * Products of all pairs of rows, block by block; a block is one layer of one encoder. Every recipe's products are the
 * mean of its blocks', centred or not: the vectors are multiplied once, and a further recipe costs next to nothing.
 * Centring in products is that of kernel principal components (Schölkopf et al. 1998).
 */
import { addProduct } from '../baselines/multiply';
import type { EncodedRows } from './encoded-rows';

/** Rows multiplied between two yields. */
const STRIP = 32;

/** A row whose centred vector is shorter than this has no direction. */
const NO_LENGTH = 1e-12;

/** Symmetric products [size, size]. */
export interface Kernel {
  size: number;
  values: Float64Array;
}

/** Cosines of one layer's vectors: those of `rows`, then those of `names`. Yields between strips. */
export function* blockKernelSteps(
  layer: number,
  encoded: EncodedRows,
  rows: Int32Array,
  names: EncodedRows | null,
  named: Int32Array,
): Generator<unknown, Kernel, void> {
  const { hiddenSize } = encoded.means;
  const size = rows.length + named.length;
  const vectors = new Float32Array(size * hiddenSize);
  rows.forEach((row, i) => placeUnit(vectors, i, encoded, encoded.of[row] ?? 0, layer));
  if (names) named.forEach((label, i) => placeUnit(vectors, rows.length + i, names, names.of[label] ?? 0, layer));
  const values = new Float64Array(size * size);
  for (let start = 0; start < size; start += STRIP) {
    const strip = Math.min(STRIP, size - start);
    const left = Float64Array.from(vectors.subarray(start * hiddenSize, (start + strip) * hiddenSize));
    // Only what is not above the diagonal; the rest is its mirror image.
    const part = new Float64Array(strip * (start + strip));
    addProduct(left, strip, vectors, 0, start + strip, hiddenSize, part, start + strip);
    for (let i = 0; i < strip; i++) {
      for (let j = 0; j <= start + i; j++) {
        const value = part[i * (start + strip) + j] ?? 0;
        values[(start + i) * size + j] = value;
        values[j * size + start + i] = value;
      }
    }
    yield;
  }
  return { size, values };
}

/** The cosines of the same vectors relative to the mean of the first `rows` of them. */
export function centredKernel({ size, values }: Kernel, rows: number): Kernel {
  const means = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let total = 0;
    for (let j = 0; j < rows; j++) total += values[i * size + j] ?? 0;
    means[i] = total / rows;
  }
  const grand = means.subarray(0, rows).reduce((sum, mean) => sum + mean, 0) / rows;
  const scales = means.map((mean, i) => {
    const squares = (values[i * size + i] ?? 0) - 2 * mean + grand;
    return 1 / Math.sqrt(Math.max(squares, NO_LENGTH));
  });
  const centred = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const own = (means[i] ?? 0) - grand;
    const scale = scales[i] ?? 0;
    for (let j = 0; j < size; j++) {
      centred[i * size + j] = ((values[i * size + j] ?? 0) - own - (means[j] ?? 0)) * scale * (scales[j] ?? 0);
    }
  }
  return { size, values: centred };
}

/** The mean of kernels over their first `size` rows. */
export function meanKernel(kernels: readonly Kernel[], size: number): Kernel {
  const values = new Float64Array(size * size);
  for (const kernel of kernels) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        values[i * size + j] = (values[i * size + j] ?? 0) + (kernel.values[i * kernel.size + j] ?? 0) / kernels.length;
      }
    }
  }
  return { size, values };
}

function placeUnit(into: Float32Array, place: number, { means }: EncodedRows, text: number, layer: number): void {
  const { hiddenSize, layers, values } = means;
  const from = (text * layers + layer) * hiddenSize;
  let squares = 0;
  for (let j = from; j < from + hiddenSize; j++) squares += (values[j] ?? 0) ** 2;
  const scale = 1 / Math.max(Math.sqrt(squares), NO_LENGTH);
  for (let j = 0; j < hiddenSize; j++) into[place * hiddenSize + j] = (values[from + j] ?? 0) * scale;
}
