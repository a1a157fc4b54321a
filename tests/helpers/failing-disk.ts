/** A disk that fails at a numbered write, as a full one or a broken transaction does; afterwards, or from then on, until it is mended. */
export interface FailingDisk {
  /** Writes that were asked for so far. */
  readonly writes: number;
  /** Writes that failed. */
  readonly failed: number;
  /** There is room again; counting goes on. */
  mend(): void;
  /** Takes the fault out of the page's IndexedDB. */
  remove(): void;
}

export interface DiskFault {
  /** The first write that fails, 1-based; writes are puts and adds, in any store. */
  at: number;
  /** `full`: the request is taken, then its transaction aborts with QuotaExceededError. `aborted`: without a reason. */
  kind: 'full' | 'aborted';
  /** False: only that one fails. */
  fromThenOn: boolean;
}

export function failDisk({ at, kind, fromThenOn }: DiskFault): FailingDisk {
  const { put, add } = IDBObjectStore.prototype;
  const disk = { writes: 0, failed: 0, mended: false };
  const fails = (): boolean => {
    const number = ++disk.writes;
    return !disk.mended && (fromThenOn ? number >= at : number === at);
  };
  const failing = (original: typeof put) =>
    function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      const fail = fails();
      const request = key === undefined ? original.call(this, value) : original.call(this, value, key);
      if (!fail) return request;
      disk.failed++;
      const { transaction } = this;
      request.addEventListener('success', () => {
        if (kind === 'full') {
          const error = new DOMException('no space left', 'QuotaExceededError');
          Object.defineProperty(transaction, 'error', { value: error, configurable: true });
        }
        transaction.abort();
      });
      return request;
    };
  IDBObjectStore.prototype.put = failing(put);
  IDBObjectStore.prototype.add = failing(add);
  return {
    get writes() {
      return disk.writes;
    },
    get failed() {
      return disk.failed;
    },
    mend: () => void (disk.mended = true),
    remove() {
      IDBObjectStore.prototype.put = put;
      IDBObjectStore.prototype.add = add;
    },
  };
}
