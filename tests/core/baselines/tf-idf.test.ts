import { describe, expect, test } from 'vitest';
import { fitLogisticRegression, predictProba } from '../../../src/core/baselines/logistic-regression';
import type { SparseMatrix } from '../../../src/core/baselines/matrix';
import { fitTfIdf, termsOf, transformTfIdf } from '../../../src/core/baselines/tf-idf';
import { readLogisticRegressionFixture, type TermRow } from '../../helpers/logistic-regression-fixture';

const { text } = readLogisticRegressionFixture();
const model = fitTfIdf(text.texts);
const terms = [...model.vocabulary.keys()];

function expectRows(matrix: SparseMatrix, expected: TermRow[]) {
  expect(matrix.rows).toBe(expected.length);
  expected.forEach((row, i) => {
    const theirs = new Map(row);
    const from = matrix.rowStarts[i] ?? 0;
    const to = matrix.rowStarts[i + 1] ?? 0;
    expect(to - from).toBe(theirs.size);
    for (let e = from; e < to; e++) {
      const term = terms[matrix.columnIndices[e] ?? -1] ?? '';
      expect(matrix.values[e]).toBeCloseTo(theirs.get(term) ?? NaN, 12);
    }
  });
}

describe('TF-IDF equals scikit-learn', () => {
  test('terms and idf', () => {
    const theirs = new Map(text.idf);
    expect(terms.toSorted()).toEqual([...theirs.keys()].sort());
    terms.forEach((term, column) => expect(model.idf[column]).toBeCloseTo(theirs.get(term) ?? NaN, 12));
  });

  test('rows of the training texts', () => {
    expectRows(transformTfIdf(model, text.texts), text.rows);
  });

  test('rows of new texts: unknown words count for nothing', () => {
    expectRows(transformTfIdf(model, text.new_texts), text.new_rows);
  });

  test('with logistic regression on top, probabilities of new texts', () => {
    const fitted = fitLogisticRegression(transformTfIdf(model, text.texts), text.labels, 3, {
      c: text.c,
      tolerance: 1e-9,
    });
    const ours = predictProba(fitted, transformTfIdf(model, text.new_texts));
    text.probabilities.flat().forEach((p, i) => expect(ours[i]).toBeCloseTo(p, 5));
  });
});

test('terms are words of two characters or more, then pairs of neighbours', () => {
  expect(termsOf('I am THE_one, am I?')).toEqual(['am', 'the_one', 'am', 'am the_one', 'the_one am']);
  expect(termsOf('😀 !')).toEqual([]);
});

test('texts without a single term give a matrix without columns', () => {
  const empty = fitTfIdf(['', '!']);
  expect(transformTfIdf(empty, ['', 'word'])).toMatchObject({ rows: 2, columns: 0 });
});
