/** How far a step to a newer shape of the database is: a page that says nothing for a minute is taken for broken. */
import type { Upgrade } from './schema';

/** Stores whose records a step goes through one by one. */
export type WalkedStore = 'outcomes' | 'runs' | 'curves' | 'rows';

export interface UpgradeProgress {
  store: WalkedStore;
  /** Of `total` records. */
  done: number;
  total: number;
}

export type TellUpgrade = (progress: UpgradeProgress) => void;

/** To be called after each record of a store; tells a hundred times at most, the end for sure. */
export async function countedRecords(transaction: Upgrade, store: WalkedStore, tell: TellUpgrade): Promise<() => void> {
  const total = await transaction.objectStore(store).count();
  let done = 0;
  let told = 0;
  return () => {
    done += 1;
    const percent = Math.floor((100 * done) / total);
    if (percent === told) return;
    told = percent;
    tell({ store, done, total });
  };
}
