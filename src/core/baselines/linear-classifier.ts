/**
 * Answers of a linear softmax model, whatever trained it.
 */
import { AppError } from '../errors';
import type { DenseMatrix, Matrix, SparseMatrix } from './matrix';
import { addProduct } from './multiply';

/** Logits of a row x: weights · x + bias. */
export interface LinearClassifier {
  classes: number;
  columns: number;
  /** [classes, columns] */
  weights: Float64Array;
  /** [classes] */
  bias: Float64Array;
}

/** Probabilities [rows, classes] of the rows of a matrix. */
export function predictProba(model: LinearClassifier, x: Matrix): Float32Array {
  if (x.columns !== model.columns) {
    throw new AppError('internal', `Rows of ${x.columns} features met a model of ${model.columns}.`);
  }
  const { classes, bias } = model;
  const products = x.kind === 'dense' ? denseProducts(model, x) : sparseProducts(model, x);
  const probabilities = new Float32Array(x.rows * classes);
  const logits = new Float64Array(classes);
  for (let i = 0; i < x.rows; i++) {
    for (let c = 0; c < classes; c++) logits[c] = (products[c * x.rows + i] ?? 0) + (bias[c] ?? 0);
    const top = logits.reduce((best, logit) => Math.max(best, logit), -Infinity);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    for (let c = 0; c < classes; c++) probabilities[i * classes + c] = Math.exp((logits[c] ?? 0) - top) / total;
  }
  return probabilities;
}

/** weights · xᵀ, [classes, rows] */
function denseProducts({ classes, columns, weights }: LinearClassifier, x: DenseMatrix): Float64Array {
  const products = new Float64Array(classes * x.rows);
  addProduct(weights, classes, x.values, 0, x.rows, columns, products, x.rows);
  return products;
}

function sparseProducts({ classes, columns, weights }: LinearClassifier, x: SparseMatrix): Float64Array {
  const products = new Float64Array(classes * x.rows);
  for (let c = 0; c < classes; c++) {
    for (let i = 0; i < x.rows; i++) {
      const end = x.rowStarts[i + 1] ?? 0;
      let total = 0;
      for (let e = x.rowStarts[i] ?? 0; e < end; e++) {
        total += (x.values[e] ?? 0) * (weights[c * columns + (x.columnIndices[e] ?? 0)] ?? 0);
      }
      products[c * x.rows + i] = total;
    }
  }
  return products;
}
