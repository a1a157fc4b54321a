/** Puts planned files on a disk. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PlannedFile, writeFile } from '../../src/core/formats/planned-file';

/** Writes each below a folder, piece by piece; folders are made as they are needed. */
export async function write(folder: string, files: readonly PlannedFile[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    const stream = createWriteStream(path);
    await writeFile(file, {
      write: (chunk) =>
        new Promise((done, failed) => stream.write(chunk.slice(), (error) => (error ? failed(error) : done()))),
    });
    await new Promise<void>((done, failed) => stream.end((error?: Error | null) => (error ? failed(error) : done())));
  }
}
