/** Where the files of a model are read from, built-in or brought along. */
export interface ModelFiles {
  /** Bytes of a file; rejects with `model-missing` or, for a file whose hash is wrong, `model-damaged`. */
  read(file: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}
