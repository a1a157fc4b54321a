/** Between two parts of long work on the page. */

/** Lets the page draw and answer; resolves when it has had its turn. */
export function turnOfThePage(): Promise<void> {
  return new Promise((resume) => setTimeout(resume));
}
