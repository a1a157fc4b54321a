/**
 * The folder of the page's own storage where its files to take away are written. It is this page's as long as it is open, which a
 * lock of its name tells other pages; what a page left behind, closed or crashed, goes when the next one opens.
 */
import { AppError } from '../core/errors';
import type { TakenFile } from '../core/export/take';

const PREFIX = 'hone-take-';

export class TakePlace {
  #name: Promise<string> | null = null;

  /** Its name; the folder is held from the first time that it is asked for. */
  name(): Promise<string> {
    this.#name ??= hold(PREFIX + crypto.randomUUID());
    return this.#name;
  }

  /** A file that was written there. Throws `not-found` where the browser threw it away. */
  async file({ place, name }: Pick<TakenFile, 'place' | 'name'>): Promise<File> {
    try {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(place);
      return await (await folder.getFileHandle(name)).getFile();
    } catch (cause) {
      throw new AppError('not-found', 'The browser has thrown the written file away meanwhile. Write it again.', {
        cause,
      });
    }
  }

  /** Removes all files of this page; one that is being written is left to who writes it. */
  async clear(): Promise<void> {
    if (this.#name === null) return;
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(await this.#name, { create: true });
    for await (const name of folder.keys()) {
      await folder.removeEntry(name).catch((error: unknown) => {
        if (!(error instanceof DOMException && error.name === 'NoModificationAllowedError')) throw error;
      });
    }
  }
}

/** Removes what pages left behind that are not open any more; how many folders that were. */
export async function clearTakePlaces(): Promise<number> {
  // Without a secure context there is no such storage, and nothing in it.
  if (!('locks' in navigator) || !('getDirectory' in navigator.storage)) return 0;
  const root = await navigator.storage.getDirectory();
  let cleared = 0;
  for await (const name of root.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      await root.removeEntry(name, { recursive: true });
      cleared++;
    });
  }
  return cleared;
}

/** Takes the lock of that name for the life of this page. */
async function hold(name: string): Promise<string> {
  await new Promise<void>((held, failed) => {
    const forEver = (): Promise<never> => {
      held();
      return new Promise(() => undefined);
    };
    navigator.locks.request(name, forEver).catch(failed);
  });
  return name;
}
