import { describe, expect, test } from 'vitest';
import { answersOf, figuresOf, rowUnits, scoresOf } from '../../../src/core/report/figures';
import { asIndices, readMetricsFixture } from '../../helpers/metrics-fixture';

const cases = readMetricsFixture().classification.filter(({ probabilities }) => probabilities !== undefined);

test.each(cases)('a reading has the figures of scikit-learn: $name', (sample) => {
  const { yTrue, yPred, probabilities } = asIndices(sample);
  const labelIndices = Int32Array.from(yTrue);
  const rows = {
    labels: sample.labels,
    labelIndices,
    lines: labelIndices.map((_, i) => i + 1),
    texts: yTrue.map((_, i) => `text ${i}`),
  };
  const predictions = {
    rows: Int32Array.from(yTrue.keys()),
    probabilities: Float32Array.from(probabilities ?? []),
  };
  const reading = figuresOf(rows, predictions);
  expect(reading.accuracy).toBeCloseTo(sample.accuracy, 9);
  expect(reading.macro_f1).toBeCloseTo(sample.macro_f1, 9);
  expect(reading.weighted_avg.f1).toBeCloseTo(sample.weighted_f1, 9);
  expect(reading.matthews_corrcoef).toBeCloseTo(sample.matthews_corrcoef, 9);
  // Probabilities are float32 here and float64 in the reference.
  expect(reading.log_loss).toBeCloseTo(sample.log_loss ?? NaN, 5);
  expect(reading.brier).toBeCloseTo(sample.brier_multiclass_sum ?? NaN, 5);
  expect(reading.confusion_matrix.counts).toEqual(sample.confusion_matrix_rows_true);
  expect(scoresOf(rows, predictions)).toEqual({ accuracy: reading.accuracy, macro_f1: reading.macro_f1 });
  expect(answersOf(rows, predictions, { fold: 0 }).map(({ predicted }) => predicted)).toEqual(
    yPred.map((label) => sample.labels[label]),
  );
});

describe('which rows are copies and which belong together', () => {
  const rows = (texts: string[], groups?: number[]) => ({
    labels: ['a'],
    labelIndices: new Int32Array(texts.length),
    lines: new Int32Array(texts.length),
    texts,
    ...(groups && { groups: Int32Array.from(groups) }),
  });
  const units = (texts: string[], groups?: number[]) => {
    const { texts: ids, groups: together } = rowUnits(rows(texts, groups));
    return { texts: Array.from(ids), groups: Array.from(together) };
  };

  test('copies by their texts, rows that belong together by their groups', () => {
    expect(units(['a b', 'c', 'A B!'], [5, 5, 7])).toEqual({ texts: [0, 1, 0], groups: [5, 5, 7] });
    expect(units(['a', 'b', 'c', 'd'], [1, 1, 1, 0])).toEqual({ texts: [0, 1, 2, 3], groups: [1, 1, 1, 0] });
  });

  test('without groups, as in version 0.1, copies belong together', () => {
    expect(units(['a', 'b', 'A'])).toEqual({ texts: [0, 1, 0], groups: [0, 1, 0] });
  });

  test('where each row is a group of its own there is no copy to look for', () => {
    expect(units(['a', 'b', 'a'], [4, 5, 6])).toEqual({ texts: [4, 5, 6], groups: [4, 5, 6] });
  });
});
