/** A file to take away while it is written: what the job needs of the place where it lies. */
import type { ByteSource } from '../core/formats/byte-source';
import type { PlacedSink } from '../core/formats/zip-writer';

/** A file that is being written. */
export interface TakeFile extends PlacedSink {
  /** Throws `storage-full`, `storage-failed`. */
  write(bytes: Uint8Array, at: number): void;
  /** Some of what was written, as a file of that name. */
  part(file: string, from: number, bytes: number): ByteSource;
  /** It is whole and stays. */
  close(): void;
  /** It goes, whether closed or not. */
  remove(): Promise<void>;
}

/** Opens one in a folder, for so many bytes. Throws `storage-full` where there is no room for them, `storage-failed`. */
export type OpenTakeFile = (place: string, name: string, bytes: number) => Promise<TakeFile>;
