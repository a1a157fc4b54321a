/**
 * How a file came to be read as it is, kept with every version of a data set: the reason, the doubt, and what else a
 * person may choose. Plain values: it goes through `postMessage` and IndexedDB.
 */
import type { Mapping, Task } from './mapping';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface ReadingRecord {
  /** What the file was written in; absent where nobody asked. */
  encoding?: Encoding;
  /** All fields by path, in file order. */
  fields: FieldInfo[];
  /** Why these fields, in one sentence. */
  why: string;
  /** What may be wrong with the reading, in one sentence; null where nothing is. A reading in doubt is never «ready». */
  doubt: string | null;
  /** Up to three rows as they are read, cut to excerpts. */
  examples: ReadingExample[];
  /** Fields by path that fit each part, the likeliest first, those chosen included. */
  offered: Readonly<Record<'text' | 'label' | 'together' | 'split', string[]>>;
  /** Whole other readings, the runner-up first. */
  offers: Offer[];
}

export interface ReadingExample {
  /** Line (or element) of the file. */
  line: number;
  text: string;
  target: string;
}

export interface FieldInfo {
  /** Path, see field-paths. */
  name: string;
  /** Records that have it, among the first `WALKED_RECORDS`. */
  count: number;
  /** Up to three different values, cut to 120 characters; fewer and shorter where there are very many fields. */
  examples: string[];
}

export interface Offer {
  id:
    | 'pair'
    | 'as-classification'
    | 'as-generation'
    | 'whole-answer'
    | 'single-only'
    | 'ranges'
    | 'keep-spellings'
    | 'join-spellings'
    | 'missing-as-labels'
    | 'all-decisions';
  /** What it does, as the words of a button. */
  title: string;
  detail: string;
  /** Undefined: told from the rows. */
  task: Task | undefined;
  mapping: Partial<Mapping>;
}
