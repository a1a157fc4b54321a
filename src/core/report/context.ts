/** What a report is made from, besides the outcome of the run. */
import type { LabelCount } from '../data/dataset';
import type { SplitGroups } from '../data/split-groups';
import type { CurvePoint } from '../run/record';
import type { LadderPlan } from '../search/plan';
import type { Rung } from '../search/rung';
import type { Backend, Settings } from '../settings/settings';
import type { LabelledRows } from './figures';

/** What is known when a run starts. Plain data: it is kept beside the finished folds until the run ends. */
export interface ReportContext {
  dataset: {
    name: string;
    version: number;
    /** Usable rows of the version, before any limit. */
    rows: number;
    /** Of the rows used, after any limit and before any hold-out; most frequent first. */
    labels: LabelCount[];
    sha256: string;
    leftOutRows: number;
    /** Training rows that share their group with another. */
    groupedRows: number;
    /** See `SplitGroups`. Absent in runs of version 0.1. */
    grouping?: Omit<SplitGroups, 'groups' | 'alike' | 'labelsFollow'>;
    cutRows: number;
  };
  model: { id: string; title: string; sha256: string; parameters: number; licence: string };
  /** Encoders that the texts were read with besides; absent where there are none. */
  furtherModels?: ReportContext['model'][];
  /** All of them in the order of reading, where the one that was trained is not the first. */
  readers?: ReportContext['model'][];
  settings: Settings;
  /** Planned folds. */
  folds: number;
  backend: Backend;
  device: { name: string; software: boolean; browser: string };
  /** The training rows. */
  rows: LabelledRows;
  /**
   * The test part and where it came from, in words. Its labels begin with those of the training rows;
   * what follows are labels that training never saw, which no answer can be. `seen` is 1 for each of its rows that
   * repeats a training row, nearly or wholly; without it the texts are compared.
   */
  test: (LabelledRows & { source: string; seen?: Uint8Array }) | null;
  /** What was done differently from the plan, in words. */
  notes: string[];
  /** Of a search: what it does, so that one that goes on, or is ended with what there is, does the same. */
  search?: { plan: LadderPlan; rungs: Rung[]; settings: Record<string, Settings> };
  /** What the data set was found to have before training. Absent in runs of version 0.1. */
  findings?: { id: string; title: string }[];
}

export interface ReportEnding {
  /** ISO 8601. */
  createdAt: string;
  totalSeconds: number;
  curve: CurvePoint[];
}

/** The encoders that texts were read with, in that order. */
export function encodersIn({ model, furtherModels = [], readers }: ReportContext): ReportContext['model'][] {
  return readers ?? [model, ...furtherModels];
}
