import { describe, expect, test } from 'vitest';
import {
  balancedClassWeights,
  fitLogisticRegression,
  fitSteps,
  predictProba,
  type LogisticRegression,
} from '../../../src/core/baselines/logistic-regression';
import { denseMatrix, type SparseMatrix } from '../../../src/core/baselines/matrix';
import { createRandom } from '../../../src/core/random';
import { readLogisticRegressionFixture, type DenseCase } from '../../helpers/logistic-regression-fixture';

const { dense } = readLogisticRegressionFixture();

function fit(sample: DenseCase, more: { maxIterations?: number; warmStart?: LogisticRegression } = {}) {
  const x = denseMatrix(Float32Array.from(sample.x), sample.columns);
  const model = fitLogisticRegression(x, sample.labels, sample.classes, {
    c: sample.c,
    l1: sample.l1,
    tolerance: 1e-9,
    classWeights: sample.balanced ? balancedClassWeights(sample.labels, sample.classes) : undefined,
    ...more,
  });
  return { x, model };
}

/** As scikit-learn shows them: one row for two classes, the difference of ours. */
function coefficients({ classes, columns, weights, bias }: LogisticRegression) {
  const rows = Array.from({ length: classes }, (_, c) => [...weights.subarray(c * columns, (c + 1) * columns)]);
  if (classes > 2) return { rows, bias: [...bias] };
  return {
    rows: [rows[0]?.map((weight, j) => (rows[1]?.[j] ?? 0) - weight) ?? []],
    bias: [(bias[1] ?? 0) - (bias[0] ?? 0)],
  };
}

function centred(values: number[]): number[] {
  if (values.length === 1) return values;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function expectClose(ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: number) {
  expect(ours.length).toBe(theirs.length);
  const difference = Math.max(...Array.from(ours, (value, i) => Math.abs(value - (theirs[i] ?? NaN))));
  expect(difference).toBeLessThan(tolerance);
}

function asSparse(sample: DenseCase): SparseMatrix {
  const rows = sample.labels.length;
  return {
    kind: 'sparse',
    rows,
    columns: sample.columns,
    rowStarts: Int32Array.from({ length: rows + 1 }, (_, i) => i * sample.columns),
    columnIndices: Int32Array.from(sample.x, (_, i) => i % sample.columns),
    values: Float64Array.from(sample.x),
  };
}

describe('logistic regression equals scikit-learn', () => {
  test.each(dense)('$name', (sample) => {
    const { x, model } = fit(sample);
    const ours = coefficients(model);
    expect(model.converged).toBe(true);
    expectClose(predictProba(model, x), sample.probabilities.flat(), 1e-5);
    const size = Math.max(1, ...sample.coefficients.flat().map(Math.abs));
    expectClose(ours.rows.flat(), sample.coefficients.flat(), 1e-5 * size);
    // Softmax does not feel a shift of all biases, and saga leaves one.
    expectClose(centred(ours.bias), centred(sample.intercepts), 1e-5 * size);
  });

  test.each(dense)('the same rows given as sparse: $name', (sample) => {
    const x = asSparse(sample);
    const model = fitLogisticRegression(x, sample.labels, sample.classes, {
      c: sample.c,
      l1: sample.l1,
      tolerance: 1e-9,
      classWeights: sample.balanced ? balancedClassWeights(sample.labels, sample.classes) : undefined,
    });
    expectClose(predictProba(model, x), sample.probabilities.flat(), 1e-5);
  });
});

describe('logistic regression', () => {
  const [sample, ...others] = dense;
  if (sample === undefined) throw new Error('The fixture is empty.');

  test('L1 puts weights at exactly 0', () => {
    const sparse = others.find((other) => other.l1 > 0);
    if (sparse === undefined) throw new Error('The fixture has no L1 case.');
    expect(fit(sparse).model.weights.filter((weight) => weight === 0).length).toBeGreaterThan(0);
    expect(fit(sample).model.weights.filter((weight) => weight === 0)).toHaveLength(0);
  });

  test('a row of weight 2 counts as two rows', () => {
    const twice = {
      ...sample,
      x: [...sample.x, ...sample.x.slice(0, sample.columns)],
      labels: [...sample.labels, sample.labels[0] ?? 0],
    };
    const weights = sample.labels.map((_, i) => (i === 0 ? 2 : 1));
    const weighted = fitLogisticRegression(
      denseMatrix(Float32Array.from(sample.x), sample.columns),
      sample.labels,
      sample.classes,
      {
        c: sample.c,
        sampleWeights: weights,
        tolerance: 1e-9,
      },
    );
    expectClose(weighted.weights, fit(twice).model.weights, 1e-5);
  });

  test('a warm start at the solution is done at once', () => {
    const { model } = fit(sample);
    const again = fit(sample, { warmStart: model }).model;
    expect(again.iterations).toBeLessThanOrEqual(1);
    expectClose(again.weights, model.weights, 1e-6);
  });

  test('a class without a training row gets probability 0 and disturbs nobody', () => {
    const { x, model } = fit(sample);
    const wider = fitLogisticRegression(
      x,
      sample.labels.map((label) => label + 1),
      sample.classes + 2,
      {
        c: sample.c,
        tolerance: 1e-9,
      },
    );
    const probabilities = predictProba(wider, x);
    const expected = predictProba(model, x);
    const row = [...probabilities.subarray(0, sample.classes + 2)];
    expect(row[0]).toBe(0);
    expect(row.at(-1)).toBe(0);
    expectClose(row.slice(1, -1), expected.subarray(0, sample.classes), 1e-6);
  });

  test('a single class is certain', () => {
    const x = denseMatrix(Float32Array.of(1, 0, 0, 1), 2);
    const model = fitLogisticRegression(x, [1, 1], 2, { c: 10 });
    expect([...predictProba(model, x)]).toEqual([0, 1, 0, 1]);
  });

  test('rows without features answer by the shares of the labels', () => {
    const x: SparseMatrix = {
      kind: 'sparse',
      rows: 4,
      columns: 0,
      rowStarts: new Int32Array(5),
      columnIndices: new Int32Array(0),
      values: new Float64Array(0),
    };
    const model = fitLogisticRegression(x, [0, 0, 0, 1], 2, { c: 10, tolerance: 1e-9 });
    expectClose(predictProba(model, x).subarray(0, 2), [0.75, 0.25], 1e-6);
  });

  test('a stop is heard between two iterations', () => {
    const { x } = fit(sample);
    let asked = 0;
    const model = fitLogisticRegression(x, sample.labels, sample.classes, { c: 1e6, shouldStop: () => ++asked > 3 });
    expect(model.iterations).toBe(3);
    expect(model.converged).toBe(false);
  });

  test('the loss falls from step to step', () => {
    const { x } = fit(sample);
    const values = [...fitSteps(x, sample.labels, sample.classes, { c: 10 })].map((step) => step.value);
    expect(values[0]).toBeCloseTo(Math.log(sample.classes), 12);
    for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThan(values[i - 1] ?? 0);
  });

  test('a feature that is not a number is an error with the code non-finite', () => {
    const x = denseMatrix(Float32Array.of(1, NaN, 0, 1), 2);
    expect(() => fitLogisticRegression(x, [0, 1], 2, { c: 10 })).toThrow(
      expect.objectContaining({ code: 'non-finite' }),
    );
  });

  test('labels that do not match the rows are an error', () => {
    const x = denseMatrix(Float32Array.of(1, 2), 2);
    expect(() => fitLogisticRegression(x, [0, 1], 2, { c: 10 })).toThrow('1 rows came with 2 labels');
  });

  test('many blocks of rows and classes beyond a multiple of four give the gradient of the loss', () => {
    const random = createRandom(3);
    const [rows, columns, classes] = [600, 7, 5];
    const x = denseMatrix(
      Float32Array.from({ length: rows * columns }, () => random() - 0.5),
      columns,
    );
    const labels = Array.from({ length: rows }, () => Math.floor(random() * classes));
    const asDense = fitLogisticRegression(x, labels, classes, { c: 1, tolerance: 1e-9 });
    const asRows = fitLogisticRegression(asSparse({ ...sample, columns, labels, x: [...x.values] }), labels, classes, {
      c: 1,
      tolerance: 1e-9,
    });
    expectClose(asDense.weights, asRows.weights, 1e-6);
  });
});

test('balanced class weights give every class the same total, absent classes none', () => {
  expect([...balancedClassWeights([0, 0, 0, 2], 3)]).toEqual([4 / 6, 0, 2]);
});
