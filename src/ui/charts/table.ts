/** The rows of the table behind a line chart. Pure. */
import type { LineSeries } from './line-options';

export interface TableRow {
  step: number;
  /** One per line; null where the line has no point at this step. */
  values: (number | null)[];
}

/**
 * One row per step that any line has, ascending. Over `limit` rows, steps where only the fullest line has a point are
 * thinned evenly: the few validation readings all stay.
 */
export function tableRows(lines: readonly LineSeries[], limit = 200): TableRow[] {
  const rows = new Map<number, (number | null)[]>();
  lines.forEach(({ points }, index) => {
    for (const { x, y } of points) {
      const values = rows.get(x) ?? lines.map(() => null);
      values[index] = y;
      rows.set(x, values);
    }
  });
  const sorted = [...rows].map(([step, values]) => ({ step, values })).sort((a, b) => a.step - b.step);
  if (sorted.length <= limit) return sorted;
  const every = Math.ceil(sorted.length / limit);
  const full = (row: TableRow): boolean => lines.length > 1 && row.values.every((value) => value !== null);
  return sorted.filter((row, index) => index % every === 0 || index === sorted.length - 1 || full(row));
}
