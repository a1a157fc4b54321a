import type { OpenTakeFile } from '../../src/worker/take-file';
import { MemoryFile } from './memory-file';

/** The page's own files, in memory. */
export class Disk {
  readonly files = new Map<string, MemoryFile & { isOpen: boolean }>();
  /** Called with every chunk before it is written. */
  onWrite: (bytes: Uint8Array, at: number) => void = () => undefined;

  readonly open: OpenTakeFile = (place, name) => {
    const path = `${place}/${name}`;
    const file = Object.assign(new MemoryFile(), { isOpen: true });
    this.files.set(path, file);
    return Promise.resolve({
      write: (bytes, at) => {
        this.onWrite(bytes, at);
        file.write(bytes, at);
      },
      part: (title, from, size) => ({
        ...{ file: title, size },
        read: (begin, end) => Promise.resolve(file.bytes.slice(from + begin, from + end)),
      }),
      close: () => void (file.isOpen = false),
      remove: () => Promise.resolve(void this.files.delete(path)),
    });
  };
}
