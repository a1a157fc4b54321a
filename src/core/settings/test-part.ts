/**
 * Which rows of a data set are trained on and which test, as the plan says; an own test file is other rows and not
 * asked here.
 */
import { AppError } from '../errors';
import { formatAmount, formatPercent } from '../words/numbers';
import type { EvaluationPlan } from './settings';
import type { DatasetVersion, Part, Row } from '../data/dataset';
import { holdOut } from '../data/hold-out';

export interface Parts {
  /** Row numbers, ascending. */
  training: Int32Array;
  /** Row numbers and where they come from, in words; null where no rows of the set are kept for a test. */
  test: { rows: Int32Array; source: string } | null;
  notes: string[];
}

export interface PartQuestion {
  rows: readonly Pick<Row, 'part'>[];
  labelIndices: Int32Array;
  /** See `groupForSplits`. */
  groups: Int32Array;
  test: EvaluationPlan['test'];
  seed: number;
  labelNames: readonly string[];
}

/** Throws `data-unusable` where no row is left for a part. */
export function partRows({ rows, labelIndices, groups, test, seed, labelNames }: PartQuestion): Parts {
  switch (test.kind) {
    case 'none':
    case 'file':
      return { training: Int32Array.from(rows.keys()), test: null, notes: [] };
    case 'hold-out': {
      const { train, held, notes } = holdOut(labelIndices, groups, test.share, seed, labelNames);
      if (held.length === 0) {
        const message =
          'No rows can be held out for a test part: each label is one row, or its rows all belong together. ' +
          'Choose no test part, or an own test file.';
        throw new AppError('data-unusable', message);
      }
      const source = `a stratified random hold-out of ${formatPercent(test.share, 0)}`;
      return { training: train, test: { rows: held, source }, notes };
    }
    case 'split':
      return partsOfFile(rows);
    default:
      return test satisfies never;
  }
}

/**
 * Which of the parts that a file names is its test: `test`, or `validation` where there is none; null without either.
 * What is left is trained on, rows of a validation part beside a test part included: Hone makes its own.
 */
export function testPartOf(named: Partial<Readonly<Record<Part, number>>>): 'test' | 'validation' | null {
  if ((named.test ?? 0) > 0) return 'test';
  return (named.validation ?? 0) > 0 ? 'validation' : null;
}

/** Share of a version's rows (0–1) that the plan keeps for the test, as far as it is known before the rows are drawn. */
export function testShare(test: EvaluationPlan['test'], version: Pick<DatasetVersion, 'rowCount' | 'parts'>): number {
  if (test.kind === 'hold-out') return test.share;
  const name = test.kind === 'split' ? testPartOf(version.parts ?? {}) : null;
  return name === null ? 0 : (version.parts?.[name] ?? 0) / Math.max(1, version.rowCount);
}

/** Rows of every part that rows name. */
export function countParts(rows: readonly Pick<Row, 'part'>[]): Record<Part, number> {
  const counts = { train: 0, validation: 0, test: 0 };
  for (const { part } of rows) if (part !== undefined) counts[part] += 1;
  return counts;
}

function partsOfFile(rows: readonly Pick<Row, 'part'>[]): Parts {
  const counts = countParts(rows);
  const name = testPartOf(counts);
  const all = Int32Array.from(rows.keys());
  const held = all.filter((row) => name !== null && rows[row]?.part === name);
  if (held.length === 0 || held.length === all.length) {
    const which = held.length === 0 ? 'No row is in a test part' : 'Every row is in the test part';
    throw new AppError('data-unusable', `${which} of the file. Choose another test part.`);
  }
  const notes = [
    `The file's own parts were kept: ${formatAmount(held.length, 'row')} of its ${name} part test the model.`,
  ];
  if (name === 'test' && counts.validation > 0) {
    notes.push(`Its validation part, ${formatAmount(counts.validation, 'row')}, was trained on: folds do its work.`);
  }
  const unnamed = rows.length - counts.train - counts.validation - counts.test;
  if (unnamed > 0) notes.push(`${formatAmount(unnamed, 'row')} without a part were trained on.`);
  return {
    training: all.filter((row) => rows[row]?.part !== name),
    test: { rows: held, source: `the file's own ${name} part` },
    notes,
  };
}
