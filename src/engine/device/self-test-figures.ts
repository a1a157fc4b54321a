/** Stored numbers of the self-test. */
import type { Figures } from './self-test';

export const SELF_TEST_FIGURES: Figures = {};
