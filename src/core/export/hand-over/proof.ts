/** What was looked after when a folder for a trainer was read back: its rows and their folds, and the bytes of its files. */
import type { WrittenFile } from '../../formats/planned-file';
import type { HandOverId } from './trainers';

export interface HandOverProof {
  task: 'hand-over';
  format: HandOverId;
  /** Rows of the files, and by fold. */
  rows: { training: number; held_out: number; by_fold: number[] };
  files: WrittenFile[];
}
