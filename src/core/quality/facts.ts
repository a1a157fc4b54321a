/**
 * What every finding about rows is told from: the rows, and what several findings need, computed once.
 */
import type { LabelCount, Row } from '../data/dataset';
import type { Task } from '../data/mapping';
import type { FormatId } from '../data/mapping';
import { groupRows } from '../data/groups';
import { countLabels } from '../data/task';
import type { FoundFinding } from '../data/finding';

export interface FindingContext {
  /** Folds of the planned cross-validation. */
  folds: number;
  /** Tokens of every row [rows] without any cut; null while they were not counted. */
  tokenCounts: Int32Array | null;
  /** Longest text in tokens that training will see. */
  maxLength: number;
  /** For the words: prompts and completions, or texts and labels. */
  format: FormatId;
}

export interface Facts extends FindingContext {
  rows: readonly Row[];
  task: Task;
  /** Group of every row [rows], see `groupRows`. */
  groups: Int32Array;
  /** True for a row whose group has other rows too: only such rows can be copies or conflicts. */
  hasTwin: (row: number) => boolean;
  /** Labels (or answers) with their counts, most frequent first. */
  labels: readonly LabelCount[];
}

/** One kind of finding: null where there is nothing to say. */
export type FindingRule = (facts: Facts) => FoundFinding | null;

export function gatherFacts(rows: readonly Row[], task: Task, context: FindingContext): Facts {
  const groups = groupRows(rows);
  const sizes = new Int32Array(rows.length);
  for (const group of groups) sizes[group] = (sizes[group] ?? 0) + 1;
  const hasTwin = (row: number): boolean => (sizes[groups[row] ?? 0] ?? 0) > 1;
  return { ...context, rows, task, groups, hasTwin, labels: countLabels(rows) };
}

/** The first row of every label. */
export function firstRows(rows: readonly Row[]): Map<string, Row> {
  const first = new Map<string, Row>();
  for (const row of rows) if (!first.has(row.target)) first.set(row.target, row);
  return first;
}
