/**
 * The loss of softmax regression and its gradient, over dense or sparse rows: Σ weight · −ln p(label) over the rows.
 * Each kind of matrix keeps its parameters in the order that suits its loops; `indexOf` tells it.
 */
import type { Objective } from '../optimize/lbfgs';
import type { DenseMatrix, Matrix, SparseMatrix } from './matrix';
import { addProduct } from './multiply';

/** The rows' labels as 0 … classes − 1 and their weights. */
export interface Targets {
  labels: Int32Array;
  weights: Float64Array;
  classes: number;
}

export interface SoftmaxLoss {
  /** Overwrites the gradient. Parameters: all weights, then one bias per class. */
  evaluate: Objective;
  /** Where the weight of a class for a column stands among the parameters. */
  indexOf(label: number, column: number): number;
}

/** Rows handled at once: a block of them, its logits and the weights fit into a core's cache. */
const BLOCK = 256;

export function softmaxLoss(x: Matrix, targets: Targets): SoftmaxLoss {
  return x.kind === 'dense' ? denseLoss(x, targets) : sparseLoss(x, targets);
}

/** Parameters [classes, columns], the way they are shown outside. */
function denseLoss(x: DenseMatrix, { labels, weights, classes }: Targets): SoftmaxLoss {
  const { rows, columns, values } = x;
  const indexOf = (label: number, column: number): number => label * columns + column;
  if (classes === 2) return { evaluate: twoClasses(x, { labels, weights }), indexOf };
  const transposed = transposeBlocks(x);
  const logits = new Float64Array(classes * BLOCK);
  const biasStart = classes * columns;

  const evaluate: Objective = (parameters, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let start = 0; start < rows; start += BLOCK) {
      const size = Math.min(BLOCK, rows - start);
      for (let c = 0; c < classes; c++) logits.fill(parameters[biasStart + c] ?? 0, c * size, (c + 1) * size);
      // logits [classes, size], so that both products read along their rows.
      addProduct(parameters, classes, values, start * columns, size, columns, logits, size);
      for (let i = 0; i < size; i++) {
        const weight = weights[start + i] ?? 0;
        loss += weight * toResiduals(logits, i, size, classes, labels[start + i] ?? 0, weight);
      }
      for (let c = 0; c < classes; c++) {
        let total = 0;
        for (let i = 0; i < size; i++) total += logits[c * size + i] ?? 0;
        gradient[biasStart + c] = (gradient[biasStart + c] ?? 0) + total;
      }
      addProduct(logits, classes, transposed, start * columns, columns, size, gradient, columns);
    }
    return loss;
  };
  return { evaluate, indexOf };
}

/** Of two classes only the difference of the logits counts, and one gradient is the other's opposite: half the products. */
function twoClasses(
  { rows, columns, values }: DenseMatrix,
  { labels, weights }: Pick<Targets, 'labels' | 'weights'>,
): Objective {
  const difference = new Float64Array(columns);
  const half = new Float64Array(columns);
  const ofBlock = new Float64Array(columns);
  const logits = new Float64Array(2 * BLOCK);
  const biasStart = 2 * columns;
  return (parameters, gradient) => {
    for (let j = 0; j < columns; j++) difference[j] = (parameters[columns + j] ?? 0) - (parameters[j] ?? 0);
    const bias = (parameters[biasStart + 1] ?? 0) - (parameters[biasStart] ?? 0);
    half.fill(0);
    let [loss, ofBias] = [0, 0];
    for (let start = 0; start < rows; start += BLOCK) {
      const size = Math.min(BLOCK, rows - start);
      logits.fill(0, 0, size).fill(bias, size, 2 * size);
      const own = logits.subarray(size, 2 * size);
      addProduct(difference, 1, values, start * columns, size, columns, own, size);
      for (let i = 0; i < size; i++) {
        const weight = weights[start + i] ?? 0;
        loss += weight * toResiduals(logits, i, size, 2, labels[start + i] ?? 0, weight);
        ofBias += own[i] ?? 0;
      }
      sumOfRows(values, start * columns, own, ofBlock);
      for (let j = 0; j < columns; j++) half[j] = (half[j] ?? 0) + (ofBlock[j] ?? 0);
    }
    for (let j = 0; j < columns; j++) {
      gradient[j] = -(half[j] ?? 0);
      gradient[columns + j] = half[j] ?? 0;
    }
    gradient[biasStart] = -ofBias;
    gradient[biasStart + 1] = ofBias;
    return loss;
  };
}

/** sum[columns] = Σ factors[i] · row i, the rows one after the other from `at` on, which are in the cache. Four at a time. */
function sumOfRows(values: Float32Array, at: number, factors: Float64Array, sum: Float64Array): void {
  const columns = sum.length;
  const four = factors.length - (factors.length % 4);
  sum.fill(0);
  for (let i = 0; i < four; i += 4) {
    const [f0 = 0, f1 = 0, f2 = 0, f3 = 0] = factors.subarray(i, i + 4);
    const r0 = at + i * columns;
    const r1 = r0 + columns;
    const r2 = r1 + columns;
    const r3 = r2 + columns;
    for (let j = 0; j < columns; j++) {
      // In the order of the rows: the bits are those of a sum of one at a time.
      sum[j] =
        (sum[j] ?? 0) +
        f0 * (values[r0 + j] ?? 0) +
        f1 * (values[r1 + j] ?? 0) +
        f2 * (values[r2 + j] ?? 0) +
        f3 * (values[r3 + j] ?? 0);
    }
  }
  for (let i = four; i < factors.length; i++) {
    const factor = factors[i] ?? 0;
    for (let j = 0, from = at + i * columns; j < columns; j++)
      sum[j] = (sum[j] ?? 0) + factor * (values[from + j] ?? 0);
  }
}

/** Parameters [columns, classes]: an entry of a row meets all classes side by side. */
function sparseLoss(x: SparseMatrix, { labels, weights, classes }: Targets): SoftmaxLoss {
  const { rows, columns, rowStarts, columnIndices, values } = x;
  const logits = new Float64Array(classes);
  const biasStart = columns * classes;
  const indexOf = (label: number, column: number): number => column * classes + label;
  if (classes === 2) return { evaluate: twoSparseClasses(x, { labels, weights }), indexOf };

  const evaluate: Objective = (parameters, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      const end = rowStarts[i + 1] ?? 0;
      for (let c = 0; c < classes; c++) logits[c] = parameters[biasStart + c] ?? 0;
      for (let e = rowStarts[i] ?? 0; e < end; e++) {
        const at = (columnIndices[e] ?? 0) * classes;
        const value = values[e] ?? 0;
        for (let c = 0; c < classes; c++) logits[c] = (logits[c] ?? 0) + value * (parameters[at + c] ?? 0);
      }
      const weight = weights[i] ?? 0;
      loss += weight * toResiduals(logits, 0, 1, classes, labels[i] ?? 0, weight);
      for (let c = 0; c < classes; c++) {
        gradient[biasStart + c] = (gradient[biasStart + c] ?? 0) + (logits[c] ?? 0);
      }
      for (let e = rowStarts[i] ?? 0; e < end; e++) {
        const at = (columnIndices[e] ?? 0) * classes;
        const value = values[e] ?? 0;
        for (let c = 0; c < classes; c++) gradient[at + c] = (gradient[at + c] ?? 0) + value * (logits[c] ?? 0);
      }
    }
    return loss;
  };
  return { evaluate, indexOf };
}

function twoSparseClasses(
  { rows, columns, rowStarts, columnIndices, values }: SparseMatrix,
  { labels, weights }: Pick<Targets, 'labels' | 'weights'>,
): Objective {
  const difference = new Float64Array(columns);
  const half = new Float64Array(columns);
  const logits = new Float64Array(2);
  const biasStart = 2 * columns;
  return (parameters, gradient) => {
    for (let j = 0; j < columns; j++) difference[j] = (parameters[2 * j + 1] ?? 0) - (parameters[2 * j] ?? 0);
    const bias = (parameters[biasStart + 1] ?? 0) - (parameters[biasStart] ?? 0);
    half.fill(0);
    let [loss, ofBias] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const end = rowStarts[i + 1] ?? 0;
      let logit = bias;
      for (let e = rowStarts[i] ?? 0; e < end; e++) {
        logit += (values[e] ?? 0) * (difference[columnIndices[e] ?? 0] ?? 0);
      }
      logits[0] = 0;
      logits[1] = logit;
      const weight = weights[i] ?? 0;
      loss += weight * toResiduals(logits, 0, 1, 2, labels[i] ?? 0, weight);
      const residual = logits[1] ?? 0;
      ofBias += residual;
      for (let e = rowStarts[i] ?? 0; e < end; e++) {
        const column = columnIndices[e] ?? 0;
        half[column] = (half[column] ?? 0) + residual * (values[e] ?? 0);
      }
    }
    for (let j = 0; j < columns; j++) {
      gradient[2 * j] = -(half[j] ?? 0);
      gradient[2 * j + 1] = half[j] ?? 0;
    }
    gradient[biasStart] = -ofBias;
    gradient[biasStart + 1] = ofBias;
    return loss;
  };
}

/** Turns one row's logits (`stride` apart) into weight · (p − one-hot label) and returns −ln p(label). */
function toResiduals(
  logits: Float64Array,
  start: number,
  stride: number,
  classes: number,
  label: number,
  weight: number,
): number {
  const end = start + classes * stride;
  const target = start + label * stride;
  let top = -Infinity;
  for (let at = start; at < end; at += stride) top = Math.max(top, logits[at] ?? 0);
  const targetLogit = (logits[target] ?? 0) - top;
  let total = 0;
  for (let at = start; at < end; at += stride) {
    const e = Math.exp((logits[at] ?? 0) - top);
    logits[at] = e;
    total += e;
  }
  const scale = weight / total;
  for (let at = start; at < end; at += stride) logits[at] = (logits[at] ?? 0) * scale;
  logits[target] = (logits[target] ?? 0) - weight;
  return Math.log(total) - targetLogit;
}

/** The rows block by block, each as [columns, rows of the block]. */
export function transposeBlocks({ rows, columns, values }: DenseMatrix): Float32Array {
  const transposed = new Float32Array(values.length);
  for (let start = 0; start < rows; start += BLOCK) {
    const size = Math.min(BLOCK, rows - start);
    const base = start * columns;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < columns; j++) transposed[base + j * size + i] = values[base + i * columns + j] ?? 0;
    }
  }
  return transposed;
}
