/** What page and worker say to each other of a file that is taken away. Plain values. */
import type { ExportFormatId } from './formats';
import type { BundleManifest } from './bundle/manifest';
import type { HandOverProof } from './hand-over/proof';
import type { HandOverId } from './hand-over/trainers';
import type { ClassifierParity } from './classifier/parity';
import type { WriterParity } from './parity';

/** What a run can be taken as: files of a model, or a folder to train it again by. */
export type TakeFormatId = ExportFormatId | HandOverId;

/** The proof of a model's file, of either task. */
export type Parity = WriterParity | ClassifierParity;

/** `done` of `total`: bytes while the model is read and while the file is written and read back, else shares of one. */
export interface TakeProgress {
  phase: 'loading' | 'writing' | 'reading-back' | 'proving';
  done: number;
  total: number;
}

/** A file that was written and proved; it lies in the page's own storage until the page is left. */
export interface TakenFile {
  format: TakeFormatId;
  /** Folder of the page's storage. */
  place: string;
  name: string;
  bytes: number;
  /** Of a bundle, what was read back. */
  parity: Parity | HandOverProof | BundleManifest;
}
