/** The page's state by Svelte context: set once at the root, read by screens. */
import { createContext } from 'svelte';
import type { Hone } from './hone.svelte';

export const [getHone, setHone] = createContext<Hone>();
