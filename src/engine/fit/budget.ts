/** How much is computed at once, and kept. The same everywhere, so that the same seed gives the same bits. */

/** Padded tokens in one forward pass: about a second of work for one processor core. */
export const FORWARD_TOKENS = 1024;

/** Padded tokens in one forward and backward pass; a larger batch is computed in parts. */
export const STEP_TOKENS = 2048;

/**
 * Padded tokens for each of which a batch on the processor is cut once more, so that threads can share a step: as much
 * again as a part costs besides its tokens, seven times over (SmolLM2-135M, one core: 18 tokens' worth).
 */
export const SHARED_TOKENS = 128;

/** Into so many parts at most. */
export const MOST_SHARED = 4;

/** Hidden states of the frozen layers that are kept in memory: see prefix.ts for what happens above this. */
export const PREFIX_BYTES = 1 << 30;
