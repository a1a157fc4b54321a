/** Mistakes by the length of the text. Pure. */

export interface LengthGroup {
  label: string;
  rows: number;
  wrong: number;
}

const LIMITS = [4, 8, 16, 32, 64];

/** Rows and wrong answers by number of words; groups without rows are left out. */
export function mistakesByLength(
  answers: readonly { text: string; label: string; predicted: string }[],
): LengthGroup[] {
  const groups = [...LIMITS, Infinity].map((limit, index) => {
    const from = (LIMITS[index - 1] ?? 0) + 1;
    const label = index === 0 ? `up to ${limit}` : limit === Infinity ? `over ${from - 1}` : `${from} to ${limit}`;
    return { limit, label, rows: 0, wrong: 0 };
  });
  for (const { text, label, predicted } of answers) {
    const words = countWords(text);
    const group = groups.find(({ limit }) => words <= limit);
    if (group === undefined) continue;
    group.rows++;
    if (label !== predicted) group.wrong++;
  }
  return groups.filter(({ rows }) => rows > 0).map(({ label, rows, wrong }) => ({ label, rows, wrong }));
}

/** Stretches between blanks. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
