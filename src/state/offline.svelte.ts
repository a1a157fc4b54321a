/** Whether Hone opens and trains here without a network: the page is kept by its service worker, the model in IndexedDB. */
import { toErrorData } from '../core/errors';
import type { KeepProgress } from '../worker/data-client';
import type { Service } from '../worker/service-client';

export type OfflineState =
  /** Not asked yet, or the page itself is being kept. */
  | { kind: 'beginning' }
  | { kind: 'keeping-model'; progress: KeepProgress }
  | { kind: 'ready'; bytes: number }
  /** The page opens, a run needs the model's files. `why`: null where the person asked to spare data. */
  | { kind: 'without-model'; why: string | null }
  | { kind: 'unavailable'; why: string };

/** Keeps the model that a first run needs. */
interface Keeper {
  keepModel(onProgress: (progress: KeepProgress) => void): Promise<number>;
}

export class Offline {
  readonly #keeper: Keeper;
  #state: OfflineState = $state.raw({ kind: 'beginning' });
  #pageBytes = 0;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  get state(): OfflineState {
    return this.#state;
  }

  /** Waits until the page is kept, then keeps the model, unless the browser was told to spare data. */
  async begin(service: Service | { why: string }): Promise<void> {
    if ('why' in service) {
      this.refuse(service.why);
      return;
    }
    const { bytes, missing } = await service.kept();
    if (missing > 0) {
      this.refuse('Some files of the page could not be kept; it is tried again at the next start.');
      return;
    }
    this.#pageBytes = bytes;
    if (sparesData()) this.#state = { kind: 'without-model', why: null };
    else await this.keepModel();
  }

  /** Fetches what of the model is not here yet, and keeps it. */
  async keepModel(): Promise<void> {
    this.#state = { kind: 'keeping-model', progress: { bytesKept: 0, bytesTotal: 0, shard: 0, shards: 0 } };
    try {
      const bytes = await this.#keeper.keepModel((progress) => (this.#state = { kind: 'keeping-model', progress }));
      this.#state = { kind: 'ready', bytes: this.#pageBytes + bytes };
    } catch (error) {
      this.#state = { kind: 'without-model', why: toErrorData(error).message };
    }
  }

  /** The page could not be kept. One that is kept stays so when a newer build cannot be. */
  refuse(why: string): void {
    if (this.#state.kind === 'beginning') this.#state = { kind: 'unavailable', why };
  }

  /** Everything was deleted, the model too. */
  modelDeleted(): void {
    if (this.#state.kind === 'ready') {
      this.#state = { kind: 'without-model', why: 'The model was deleted here; the next run or start fetches it.' };
    }
  }
}

/** Only Chromium says. */
function sparesData(): boolean {
  const connection: unknown = Reflect.get(navigator, 'connection');
  return typeof connection === 'object' && connection !== null && Reflect.get(connection, 'saveData') === true;
}
