/**
 * The floor for every method: always answer the most frequent label. Its probabilities are the shares of the labels
 * among the training rows, as scikit-learn's `DummyClassifier(strategy='prior')`.
 */

/** Probabilities [rows, classes], the same row each time. `labels` are those of the training rows, 0 … classes − 1. */
export function majorityProbabilities(labels: ArrayLike<number>, classes: number, rows: number): Float32Array {
  const shares = new Float32Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? 0;
    shares[label] = (shares[label] ?? 0) + 1;
  }
  const probabilities = new Float32Array(rows * classes);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < classes; c++) probabilities[i * classes + c] = (shares[c] ?? 0) / labels.length;
  }
  return probabilities;
}
