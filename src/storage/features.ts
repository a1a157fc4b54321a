/**
 * Computed features between runs, least recently used out first. They can always be computed again, so their writes
 * need not reach the disk before the next step, and who keeps them goes on without when there is no room.
 */
import type { FeatureStore } from '../core/plan/experiment';
import { write, type WriteTransaction } from './database';
import type { HoneDatabase } from './schema';

/** Room for about 190,000 sentence vectors of 384 values, or the frozen prefix of a few thousand rows. */
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
  return {
    async get(key) {
      const found = await database.get('features', key);
      if (found === undefined) return null;
      await database.put('featureSizes', { key, bytes: found.values.byteLength, usedAt: now() });
      return found.values;
    },
    async put(key, values) {
      if (values.byteLength > maxBytes) return;
      const save = async (transaction: WriteTransaction): Promise<void> => {
        const features = transaction.objectStore('features');
        const sizes = transaction.objectStore('featureSizes');
        const kept = (await sizes.getAll()).filter((entry) => entry.key !== key);
        let total = values.byteLength + kept.reduce((sum, { bytes }) => sum + bytes, 0);
        for (const oldest of kept.sort((a, b) => a.usedAt - b.usedAt)) {
          if (total <= maxBytes) break;
          await Promise.all([features.delete(oldest.key), sizes.delete(oldest.key)]);
          total -= oldest.bytes;
        }
        await features.put({ key, values });
        await sizes.put({ key, bytes: values.byteLength, usedAt: now() });
      };
      await write(database, ['features', 'featureSizes'], 'Computed features', save, 'relaxed');
    },
  };
}
