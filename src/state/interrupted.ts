/**
 * Names of the files on their way in, kept for this tab only: a reload in the middle leaves nothing of them, and the
 * page that comes after is to say so.
 */
const KEY = 'hone-unfinished';

/** Notes what is not kept yet; none forgets the note. */
export function noteUnfinished(files: { fileName: string }[]): void {
  try {
    if (files.length === 0) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, files.map(({ fileName }) => fileName).join(', '));
  } catch {
    // Storage is switched off: a reload loses the files silently, as it did before.
  }
}

/** The files that the page before this one did not finish, in words, once; null when there were none. */
export function takeInterrupted(): string | null {
  try {
    const names = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return names;
  } catch {
    return null;
  }
}
