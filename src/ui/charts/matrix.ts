/** Reading a confusion matrix: shades, confused pairs and moving about in it. Pure; rows are true labels, columns predicted. */

export interface Cell {
  row: number;
  column: number;
}

export interface ConfusedPair extends Cell {
  count: number;
  /** Of the rows with this true label, 0–1. */
  share: number;
}

export function rowTotal(counts: readonly (readonly number[])[], row: number): number {
  return (counts[row] ?? []).reduce((sum, count) => sum + count, 0);
}

export function countAt(counts: readonly (readonly number[])[], { row, column }: Cell): number {
  return counts[row]?.[column] ?? 0;
}

/** The class of a cell: `z` empty, `h1`–`h4` right, `m1`–`m3` wrong, darker with the share of the row. */
export function shade(count: number, share: number, right: boolean): string {
  if (count === 0) return 'z';
  if (right) return share >= 0.95 ? 'h4' : share >= 0.9 ? 'h3' : share >= 0.75 ? 'h2' : 'h1';
  return share >= 0.1 ? 'm3' : share >= 0.04 ? 'm2' : 'm1';
}

/** Wrong cells, most rows first (then the larger share of the row). */
export function confusedPairs(counts: readonly (readonly number[])[], limit = Infinity): ConfusedPair[] {
  const pairs: ConfusedPair[] = [];
  counts.forEach((line, row) => {
    const total = rowTotal(counts, row);
    line.forEach((count, column) => {
      if (count > 0 && row !== column) pairs.push({ row, column, count, share: count / total });
    });
  });
  pairs.sort((a, b) => b.count - a.count || b.share - a.share || a.row - b.row || a.column - b.column);
  return pairs.slice(0, limit);
}

/** The cell with rows in it that an arrow key reaches from `from`, or `from` itself where there is none. */
export function neighbour(counts: readonly (readonly number[])[], from: Cell, key: string): Cell {
  const steps: Partial<Record<string, Cell>> = {
    ArrowLeft: { row: 0, column: -1 },
    ArrowRight: { row: 0, column: 1 },
    ArrowUp: { row: -1, column: 0 },
    ArrowDown: { row: 1, column: 0 },
  };
  const step = steps[key];
  if (step === undefined) return from;
  let { row, column } = from;
  for (;;) {
    row += step.row;
    column += step.column;
    const count = counts[row]?.[column];
    if (count === undefined) return from;
    if (count > 0) return { row, column };
  }
}

/** The first cell with rows in it, reading order: where the keyboard enters the matrix. */
export function firstCell(counts: readonly (readonly number[])[]): Cell {
  for (const [row, line] of counts.entries()) {
    const column = line.findIndex((count) => count > 0);
    if (column >= 0) return { row, column };
  }
  return { row: 0, column: 0 };
}
