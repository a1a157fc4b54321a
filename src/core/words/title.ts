/** Titles within a sentence. */

/** «Features only» → «features only»; «TF-IDF …» stays. */
export function lower(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
