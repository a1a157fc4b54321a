/** What the page and its service worker say to each other: plain data. A question brings the port for its answer. */

/** One file of the built page. `path` is relative to the page's folder; '' is the page itself. */
export interface KeptFile {
  path: string;
  bytes: number;
  sha256: string;
}

export type ToService =
  /** Said by each page when it starts: what of this build is kept? Answered with `Kept`. */
  | { type: 'what-is-kept' }
  /** To a service worker that waits: become the one in charge now. */
  | { type: 'take-over' };

export type FromService =
  /** Which files does your document name? Answered with their addresses, which tell the build of the page. */
  | { type: 'which-files' }
  /** The files of a build could not be kept, and why. */
  | { type: 'not-kept'; why: string };

export interface Kept {
  bytes: number;
  /** Files that are neither kept nor to be had. */
  missing: number;
}
