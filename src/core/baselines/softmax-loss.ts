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
  return { evaluate, indexOf: (label, column) => label * columns + column };
}

/** Parameters [columns, classes]: an entry of a row meets all classes side by side. */
function sparseLoss(x: SparseMatrix, { labels, weights, classes }: Targets): SoftmaxLoss {
  const { rows, columns, rowStarts, columnIndices, values } = x;
  const logits = new Float64Array(classes);
  const biasStart = columns * classes;

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
  return { evaluate, indexOf: (label, column) => column * classes + label };
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
