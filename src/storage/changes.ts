/** Tells other tabs, and this one, that records changed, so that their lists read again. */
import type { StoreNames } from 'idb';
import type { HoneSchema } from './schema';

const CHANNEL = 'hone-changes';

export type ChangedStore = Extract<StoreNames<HoneSchema>, 'datasets' | 'runs'>;

export interface Changes {
  /** Says that records of a store changed. Heard by every other listener, in this tab's workers and in other tabs. */
  announce(store: ChangedStore): void;
  close(): void;
}

/** Joins the channel; `onChange` is called for what others announce, never for one's own. */
export function joinChanges(onChange: (store: ChangedStore) => void = () => undefined): Changes {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === 'datasets' || data === 'runs') onChange(data);
  };
  return { announce: (store) => channel.postMessage(store), close: () => channel.close() };
}
