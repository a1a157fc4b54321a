/**
 * Computed features between runs, least recently used out first. They can always be computed again, so their writes
 * need not reach the disk before the next step, and who keeps them goes on without when there is no room.
 */
import { AppError } from '../core/errors';
import type { FeatureStore, StatePiece } from '../core/run/experiment';
import { write, type WriteTransaction } from './database';
import type { HoneDatabase } from './schema';

/** Room for what two encoders gave of about 65,000 texts: three means of 384 values in half precision each. */
export const MAX_FEATURE_BYTES = 300_000_000;

/**
 * The feature store of a database. `now` gives milliseconds; `maxBytes` is the room for all features together.
 * `put` throws `storage-full`, and keeps nothing that is larger than the room.
 */
export function createFeatureStore(
  database: HoneDatabase,
  now: () => number,
  maxBytes = MAX_FEATURE_BYTES,
): FeatureStore {
  /** Bytes of all that is kept: counted once, then followed. One store at a time writes. */
  let total: number | null = null;

  /** Where the storage does not answer they are computed: the run needs none of it. */
  const read = async (key: string): Promise<StatePiece | null> => {
    try {
      return (await database.get('features', key))?.values ?? null;
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  };
  /** A full disk takes no new age; then they are thrown away sooner. */
  const age = async (key: string, bytes: number): Promise<void> => {
    try {
      await database.put('featureSizes', { key, bytes, usedAt: now() });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  };

  return {
    async get(key) {
      const values = await read(key);
      if (values !== null) await age(key, values.byteLength);
      return values;
    },
    async put(key, values) {
      if (values.byteLength > maxBytes) return;
      const save = async (transaction: WriteTransaction): Promise<number> => {
        const features = transaction.objectStore('features');
        const sizes = transaction.objectStore('featureSizes');
        let kept = total ?? (await sizes.getAll()).reduce((sum, { bytes }) => sum + bytes, 0);
        // All of it may have made way on a full disk.
        if ((await sizes.count()) === 0) kept = 0;
        kept += values.byteLength - ((await sizes.get(key))?.bytes ?? 0);
        let oldest = kept > maxBytes ? await sizes.index('byAge').openCursor() : null;
        for (; oldest && kept > maxBytes; oldest = await oldest.continue()) {
          if (oldest.value.key === key) continue;
          await Promise.all([features.delete(oldest.value.key), oldest.delete()]);
          kept -= oldest.value.bytes;
        }
        await features.put({ key, values });
        await sizes.put({ key, bytes: values.byteLength, usedAt: now() });
        return kept;
      };
      total = await write(database, ['features', 'featureSizes'], 'Computed features', save, 'relaxed');
    },
  };
}
