/** Written labels as they are asked by. Pure. */
import type { NamedLabels } from '../../../core/run/names-alone';

/** A label as it stands in the form. */
export interface WrittenLabel {
  /** Names the row of the form. */
  key: number;
  name: string;
  description: string;
}

/** The labels that have a name, each once; of two alike the last description holds. */
export function namedLabels(rows: readonly WrittenLabel[]): NamedLabels {
  const known = new Map<string, string>();
  for (const { name, description } of rows) if (name.trim() !== '') known.set(name.trim(), description);
  return { labels: [...known.keys()], descriptions: Object.fromEntries(known) };
}
