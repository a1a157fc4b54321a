/** A flat YAML file: every value as JSON, which YAML 1.2 holds; comments stand before a key. */

export type YamlValue = string | number | boolean | null | readonly unknown[] | object;

export type YamlEntry = readonly [key: string, value: YamlValue | undefined, comment?: string];

/** Lines of `key: value`, a comment where it says so. Undefined values are left out. */
export function yamlLines(entries: readonly YamlEntry[]): string {
  return entries
    .flatMap(([key, value, comment]) => {
      if (value === undefined) return [];
      return [...(comment === undefined ? [] : [`# ${comment}`]), `${key}: ${scalar(value)}`];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** YAML 1.1, which PyYAML reads, takes 1e-3 for a word: numbers have a point. */
function scalar(value: YamlValue): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return JSON.stringify(value);
  const text = String(value);
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text;
}
