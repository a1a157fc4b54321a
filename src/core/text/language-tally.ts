/**
 * In which languages the rows of a set are, as a tally: small whatever the number of rows, and all that the page and the
 * choice of an encoder need to know. Which language a text is in is found by detect-language.ts.
 */

export interface LanguageTally {
  /** Rows that were looked at: all of them, or of large sets as many, evenly spread. */
  looked: number;
  /** Most frequent first, by ISO 639-1 code. */
  languages: readonly LanguageRows[];
  /** Rows too short to tell, in doubt, or of languages with hardly a row. */
  unclear: number;
}

export interface LanguageRows {
  code: string;
  rows: number;
}

/** More rows than that tell no more of a set, and take seconds. */
export const LOOKED_ROWS = 4_000;
/** Languages with fewer rows, or a smaller share of them, are slips: a detector takes one short text in a hundred for another's. */
const LEAST_ROWS = 3;
const LEAST_SHARE = 0.02;

/** Detects the languages of up to `LOOKED_ROWS` rows; `detect` answers null where it cannot tell. */
export function tallyLanguages(
  rows: readonly { text: string }[],
  detect: (text: string) => string | null,
): LanguageTally {
  const places = lookedPlaces(rows.length);
  const looked = places.length;
  const found = new Map<string, number>();
  for (const place of places) {
    const row = rows[place];
    const code = row === undefined ? null : detect(row.text);
    if (code !== null) found.set(code, (found.get(code) ?? 0) + 1);
  }
  const languages = [...found]
    .map(([code, rows]) => ({ code, rows }))
    .filter(({ rows }) => rows >= LEAST_ROWS && rows >= LEAST_SHARE * looked)
    .sort((a, b) => b.rows - a.rows || (a.code < b.code ? -1 : 1));
  return { looked, languages, unclear: looked - clearRows({ languages }) };
}

/** Places of the rows that are looked at, evenly spread over all. */
export function lookedPlaces(rowCount: number): number[] {
  const looked = Math.min(rowCount, LOOKED_ROWS);
  return Array.from({ length: looked }, (_, i) => Math.floor((i * rowCount) / looked));
}

/** Rows whose language is known. */
export function clearRows({ languages }: Pick<LanguageTally, 'languages'>): number {
  return languages.reduce((sum, { rows }) => sum + rows, 0);
}

/** Rows in languages that are not among `known`; those that are not clear do not count. */
export function rowsOutside({ languages }: Pick<LanguageTally, 'languages'>, known: readonly string[]): number {
  return clearRows({ languages: languages.filter(({ code }) => !known.includes(code)) });
}
