/** A run that was read to be handed over, whatever its task, and what was asked for. */
import type { Trainer } from '../core/export/hand-over/trainers';
import type { PlannedFile } from '../core/formats/planned-file';

/** The trainer, and whether the base's weights go along. */
export interface HandOverChoice {
  trainer: Trainer;
  withBase: boolean;
}

/** What the folder is to hold: rows by fold, and those that no training sees. */
export interface HandedRows {
  training: number;
  /** Empty where one part is held out: it has a file of its own. */
  byFold: number[];
  heldOut: number;
}

export interface HandedRun {
  folder: string;
  files: PlannedFile[];
  /** What its data are to hold. */
  rows: HandedRows;
}
