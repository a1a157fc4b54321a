/**
 * How well the probabilities rank rows: ROC AUC and average precision, as scikit-learn.
 */
import { rowCount, type Probabilities } from './probabilistic';

/** Chance that a row of `label` scores above one of another label; ties count half. Null where one side has no rows. */
export function rocAuc(
  yTrue: ArrayLike<number>,
  probabilities: Probabilities,
  classes: number,
  label: number,
): number | null {
  let above = 0;
  let negatives = 0;
  const steps = scoreSteps(yTrue, probabilities, classes, label);
  for (const step of steps) {
    above += step.positives * (negatives + step.negatives / 2);
    negatives += step.negatives;
  }
  const pairs = negatives * steps.reduce((total, step) => total + step.positives, 0);
  return pairs === 0 ? null : above / pairs;
}

/** Mean over labels of `rocAuc`, each against the rest. Null where any of them is. */
export function rocAucMacro(yTrue: ArrayLike<number>, probabilities: Probabilities, classes: number): number | null {
  let total = 0;
  for (let c = 0; c < classes; c++) {
    const auc = rocAuc(yTrue, probabilities, classes, c);
    if (auc === null) return null;
    total += auc / classes;
  }
  return total;
}

/** Precision averaged over the steps of recall, without interpolation, as scikit-learn. Null without rows of `label`. */
export function averagePrecision(
  yTrue: ArrayLike<number>,
  probabilities: Probabilities,
  classes: number,
  label: number,
): number | null {
  let total = 0;
  let hits = 0;
  let taken = 0;
  for (const step of scoreSteps(yTrue, probabilities, classes, label).reverse()) {
    hits += step.positives;
    taken += step.positives + step.negatives;
    total += (step.positives * hits) / taken;
  }
  return hits === 0 ? null : total / hits;
}

/** How many rows of the label and of others have each distinct score, lowest score first. */
function scoreSteps(yTrue: ArrayLike<number>, probabilities: Probabilities, classes: number, label: number) {
  rowCount(yTrue, probabilities, classes);
  const scored = Array.from(yTrue, (truth, i) => ({
    score: probabilities[i * classes + label] ?? 0,
    positive: truth === label,
  })).sort((a, b) => a.score - b.score);
  const steps: { score: number; positives: number; negatives: number }[] = [];
  for (const { score, positive } of scored) {
    let step = steps.at(-1);
    if (step === undefined || step.score !== score) steps.push((step = { score, positives: 0, negatives: 0 }));
    if (positive) step.positives++;
    else step.negatives++;
  }
  return steps;
}
