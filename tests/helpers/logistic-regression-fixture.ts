/** Reads logistic-regression.json, made by scripts/fixtures/logistic-regression.py. */
import { readFileSync } from 'node:fs';

export interface DenseCase {
  name: string;
  columns: number;
  classes: number;
  c: number;
  l1: number;
  balanced: boolean;
  /** [rows, columns] */
  x: number[];
  labels: number[];
  coefficients: number[][];
  intercepts: number[];
  probabilities: number[][];
}

/** A row of TF-IDF as term and value. */
export type TermRow = [string, number][];

export interface TextCase {
  texts: string[];
  labels: number[];
  new_texts: string[];
  idf: TermRow;
  rows: TermRow[];
  new_rows: TermRow[];
  c: number;
  probabilities: number[][];
}

/** The file as it stands under tests/fixtures of the working directory, which is the repository's root. */
export function readLogisticRegressionFixture(): { dense: DenseCase[]; text: TextCase } {
  return JSON.parse(readFileSync('tests/fixtures/logistic-regression.json', 'utf8')) as {
    dense: DenseCase[];
    text: TextCase;
  };
}
