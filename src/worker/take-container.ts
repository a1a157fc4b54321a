/** What is handed over while it is written: a folder in a zip, or a page that is one file. The proof comes last, into either. */
import { onePageEnd } from '../core/export/one-page/page-file';
import type { TakenFile } from '../core/export/take';
import { jsonFile, type PlannedFile, writeFile, type WriteOptions } from '../core/formats/planned-file';
import { type PlacedSink, ZipFolder, type ZippedFile } from '../core/formats/zip-writer';

export interface TakeContainer {
  /** Writes a file behind those before it; throws as `writeFile`. */
  add(file: PlannedFile, options: WriteOptions): Promise<ZippedFile>;
  /** Writes the proof and the end: the bytes of the whole. */
  end(parity: TakenFile['parity']): Promise<number>;
}

/** A zip of one folder; `proof` is its last file. */
export function zipContainer(folder: string, sink: PlacedSink, proof = 'parity.json'): TakeContainer {
  const zip = new ZipFolder(folder, sink);
  return {
    add: (file, options) => zip.add(file, options),
    async end(parity) {
      await zip.add(jsonFile(proof, parity));
      return zip.end();
    },
  };
}

/** One page; its proof is the last of its parts. */
export function pageContainer(sink: PlacedSink): TakeContainer {
  let at = 0;
  const write = async (chunk: Uint8Array): Promise<void> => {
    await sink.write(chunk, at);
    at += chunk.length;
  };
  return {
    async add(file, options) {
      const start = at;
      return { ...(await writeFile(file, { write }, options)), start };
    },
    async end(parity) {
      await write(onePageEnd(parity));
      return at;
    },
  };
}
