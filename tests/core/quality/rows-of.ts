/** Rows and findings for tests. */
import { type FindingContext } from '../../../src/core/quality/facts';
import type { Row } from '../../../src/core/data/dataset';
import type { Task } from '../../../src/core/data/mapping';
import type { FoundFinding } from '../../../src/core/data/finding';
import { DEFAULT_CONTEXT, runFindings } from '../../../src/core/quality/registry';

/** Rows from [text, target] pairs, on lines 1, 2, 3 … */
export const rowsOf = (pairs: readonly (readonly [string, string])[]): Row[] =>
  pairs.map(([text, target], i) => ({ rowId: i + 101, line: i + 1, text, target }));

/** `count` different rows of a label. */
export const many = (count: number, label: string): [string, string][] =>
  Array.from({ length: count }, (_, i) => [`${label} number ${i}`, label]);

/** The finding `id` of the rows, undefined where there is none. */
export function findingOf(
  id: string,
  pairs: readonly (readonly [string, string])[],
  { task = 'classification', ...context }: Partial<FindingContext> & { task?: Task } = {},
): FoundFinding | undefined {
  return runFindings(rowsOf(pairs), task, { ...DEFAULT_CONTEXT, ...context }).find((one) => one.id === id);
}
