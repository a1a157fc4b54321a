/** What is looked up before it is used is read from the store once: a measured plan asks what is kept, the run then takes it. */
import type { FeatureStore, StatePiece } from '../../core/run/experiment';

export interface ReadAhead {
  /** Reads for the first time. */
  ahead: FeatureStore;
  /** Gives what was read, once; the rest it reads itself. */
  store: FeatureStore;
}

/** Both sides of one store. What was read ahead and is not taken is held until `store` is let go. */
export function readAhead(store: FeatureStore): ReadAhead {
  const found = new Map<string, StatePiece>();
  const put: FeatureStore['put'] = (key, values) => store.put(key, values);
  return {
    ahead: {
      async get(key) {
        const values = await store.get(key);
        if (values !== null) found.set(key, values);
        return values;
      },
      put,
    },
    store: {
      get(key) {
        const known = found.get(key);
        found.delete(key);
        return known === undefined ? store.get(key) : Promise.resolve(known);
      },
      put,
    },
  };
}
