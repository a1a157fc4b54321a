/** Line numbers as people write them: runs of three and more become ranges. Pure. */

/** `[3, 4, 5, 9]` → «3–5, 9». Ascending or not, without doubles. */
export function lineRanges(lines: ArrayLike<number>): string {
  const sorted = [...new Set(Array.from(lines))].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    const run = sorted.slice(start, end + 1);
    if (run.length >= 3) parts.push(`${run[0]}–${run.at(-1)}`);
    else parts.push(...run.map(String));
    start = end + 1;
  }
  return parts.join(', ');
}
