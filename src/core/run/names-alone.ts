/** Answers by what labels mean, without a single row: what is asked, and what came out. Plain values. */
import type { LabelDescriptions } from '../data/label-descriptions';

/** Labels to answer with; one without a description stands on its name, and where that says nothing it is no answer. */
export interface NamedLabels {
  labels: string[];
  descriptions: LabelDescriptions;
}

/** Right answers of some rows. */
export interface NamesScore {
  right: number;
  /** Labels that say something to a model; with fewer than two there is nothing to choose from. */
  speaking: number;
}

export interface NamesMeasured {
  /** Rows that were answered. */
  rows: number;
  /** Rows of the version: a sample was taken where that is more. */
  ofRows: number;
  labels: number;
  described: NamesScore;
  bare: NamesScore;
  /** Ids of the models that read. */
  encoders: string[];
}

/** Rows that are answered at most. */
export const NAMES_SAMPLE = 1000;
