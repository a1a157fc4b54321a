/** How much is computed at once, and kept. The same everywhere, so that the same seed gives the same bits. */

/** Padded tokens in one forward pass: about a second of work for one processor core. */
export const FORWARD_TOKENS = 1024;

/** Padded tokens in one forward and backward pass; a larger batch is computed in parts. */
export const STEP_TOKENS = 2048;

/** Hidden states of the frozen layers that are kept in memory: see prefix.ts for what happens above this. */
export const PREFIX_BYTES = 1 << 30;
