/**
 * The frozen layers' output between runs: blocks of pieces, the blocks used longest ago out first. What the present run
 * uses stays: to throw it away for the next of its own blocks would help nobody.
 *
 * All of it can be computed again, so that writes need not reach the disk before the next step; what fails is said and
 * the run computes.
 */
import { AppError } from '../core/errors';
import type { StatePiece, StatePlace, StateStore } from '../core/run/experiment';
import { formatBytes } from '../core/words/numbers';
import { write, type WriteTransaction } from './database';
import type { HoneDatabase, StateBlock } from './schema';

/** The most that is kept: about 160,000 texts of 64 tokens in half precision, of a model that is 384 wide. */
export const MAX_STATE_BYTES = 8_000_000_000;

/** Of what the browser still gives, this share may be taken: data sets, runs and checkpoints come first. */
const FREE_SHARE = 0.5;

/** Bytes that the browser still gives this page; Infinity where it does not say. */
async function browserFree(): Promise<number> {
  if (typeof navigator === 'undefined' || !('storage' in navigator)) return Infinity;
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? Infinity : Math.max(0, quota - usage);
  } catch {
    return Infinity;
  }
}

export interface StateStoreOptions {
  maxBytes?: number;
  /** Bytes that can still be stored here. */
  free?: () => Promise<number>;
}

/** The state store of a database for one run. `now` gives milliseconds. */
export function createStateStore(
  database: HoneDatabase,
  now: () => number,
  { maxBytes = MAX_STATE_BYTES, free = browserFree }: StateStoreOptions = {},
): StateStore {
  const claimed = new Map<string, number>();
  let used = 0;
  const claimBytes = (key: string, bytes: number): void => {
    used += bytes - (claimed.get(key) ?? 0);
    claimed.set(key, bytes);
  };

  /** Bytes of all blocks and what they may come to: asked once, then followed. One store at a time writes. */
  let size: Promise<{ total: number; most: number }> | null = null;
  const measure = async (): Promise<{ total: number; most: number }> => {
    const blocks = await database.getAll('stateBlocks');
    const total = blocks.reduce((sum, { bytes }) => sum + bytes, 0);
    return { total, most: Math.min(maxBytes, total + FREE_SHARE * (await free())) };
  };

  /** A full disk takes no new age; then it is thrown away sooner. */
  const age = async (block: StateBlock): Promise<void> => {
    try {
      await database.put('stateBlocks', { ...block, usedAt: now() });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  };
  const claim = async (key: string): Promise<boolean> => {
    const block = await database.get('stateBlocks', key);
    if (block === undefined) return false;
    if (!claimed.has(key)) await age(block);
    claimBytes(key, block.bytes);
    return true;
  };
  const get = async (key: string): Promise<StatePiece[] | null> => {
    if (!(await claim(key))) return null;
    return (await database.getAll('states', IDBKeyRange.bound([key], [key, []]))).map(({ values }) => values);
  };
  const read = async (places: readonly StatePlace[]): Promise<(StatePiece | null)[]> => {
    const states = database.transaction('states', 'readonly').store;
    const found = await Promise.all(places.map(({ block, piece }) => states.get([block, piece])));
    return found.map((state) => state?.values ?? null);
  };

  return {
    claim: (key) => answered(() => claim(key)),
    get: (key) => answered(() => get(key)),
    read: (places) => answered(() => read(places)),
    async room() {
      const { most } = await (size ??= answered(measure));
      return Math.max(0, most - used);
    },
    async put(key, pieces) {
      const known = await (size ??= answered(measure));
      const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const before = claimed.get(key) ?? 0;
      if (used - before + bytes > known.most) throw noRoom(known.most);
      const save = async (transaction: WriteTransaction): Promise<number> => {
        const blocks = transaction.objectStore('stateBlocks');
        const states = transaction.objectStore('states');
        const drop = (block: string) => states.delete(IDBKeyRange.bound([block], [block, []]));
        const old = await blocks.get(key);
        if (old) await drop(key);
        let total = known.total + bytes - (old?.bytes ?? 0);
        let oldest = total > known.most ? await blocks.index('byAge').openCursor() : null;
        for (; oldest && total > known.most; oldest = await oldest.continue()) {
          if (oldest.value.key === key || claimed.has(oldest.value.key)) continue;
          await Promise.all([drop(oldest.value.key), oldest.delete()]);
          total -= oldest.value.bytes;
        }
        await blocks.put({ key, bytes, usedAt: now() });
        await Promise.all(pieces.map((values, piece) => states.put({ block: key, piece, values })));
        return total;
      };
      known.total = await write(database, ['stateBlocks', 'states'], 'The frozen layers’ output', save, 'relaxed');
      claimBytes(key, bytes);
    },
  };
}

/** Any fault of the browser's storage as `storage-failed`. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new AppError('storage-failed', 'The browser’s storage does not answer.', { cause });
  }
}

function noRoom(most: number): AppError {
  return new AppError('storage-full', `The browser gives it ${formatBytes(most)}.`);
}
