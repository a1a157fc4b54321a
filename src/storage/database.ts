/**
 * Opening the database, and the one way to write to it: a single strict transaction that either commits whole or
 * throws. A save that did not commit is never reported as done.
 */
import { openDB, type IDBPTransaction, type StoreNames } from 'idb';
import { AppError } from '../core/errors';
import { type Migration, MIGRATIONS } from './migrations';
import { DATABASE_NAME, type HoneDatabase, type HoneSchema } from './schema';
import type { TellUpgrade } from './upgrade-progress';

type Stores = StoreNames<HoneSchema>[];
export type WriteTransaction = IDBPTransaction<HoneSchema, Stores, 'readwrite'>;

/** Why a connection is no more: another tab brought a newer version, or the browser took it (data cleared, disk failed). */
export type ClosedBy = 'newer-version' | 'browser';

export interface OpenOptions {
  name?: string;
  /** Other steps than the app's, to try what an upgrade does. */
  migrations?: readonly Migration[];
  /**
   * Asked when another tab wants to upgrade: true while what works on this connection must not lose it. It is kept then,
   * and the other tab waits, until `yieldConnection`.
   */
  holds?(): boolean;
  /** Another tab waits for this connection, which is held. */
  onAwaited?(): void;
  /** Another tab has an older version open and holds on to it: opening waits for that. */
  onBlocked?(): void;
  /** What an earlier version wrote is brought to the newest shape. */
  onUpgrade?: TellUpgrade;
  onClosed?(by: ClosedBy): void;
}

/** What closes a connection that another tab waits for. */
const awaited = new WeakMap<HoneDatabase, () => void>();

/**
 * Opens the database and brings it to the newest version, step by step; waits for tabs that hold an older version.
 * Throws `storage-failed` when the browser has none, when a newer version was opened meanwhile, or when a step to the
 * newest fails: then all is as it was.
 */
export async function openDatabase(options: OpenOptions = {}): Promise<HoneDatabase> {
  const { name = DATABASE_NAME, migrations = MIGRATIONS, holds, onAwaited, onBlocked, onUpgrade, onClosed } = options;
  let closedBy: ClosedBy | null = null;
  let spoken: HoneDatabase | undefined;
  /** What a step to a newer shape failed of. */
  let notUpgraded: unknown;
  const closed = (by: ClosedBy): void => {
    closedBy = by;
    onClosed?.(by);
  };
  try {
    const database = await openDB<HoneSchema>(name, migrations.length, {
      upgrade(database, oldVersion, _newVersion, transaction) {
        const steps = async (): Promise<void> => {
          const tell: TellUpgrade = (progress) => onUpgrade?.(progress);
          for (const migrate of migrations.slice(oldVersion)) await migrate(database, transaction, tell);
        };
        // Opening hears of the end of the transaction; of a step that failed it would not, and keep half of it.
        transaction.done.catch(() => undefined);
        steps().catch((error: unknown) => {
          notUpgraded = error;
          abort(transaction);
        });
      },
      blocked: () => onBlocked?.(),
      blocking(_current, _blocked, event) {
        const yielding = (): void => {
          (event.target as IDBDatabase).close();
          closed('newer-version');
        };
        if (spoken === undefined || !holds?.()) return yielding();
        awaited.set(spoken, yielding);
        onAwaited?.();
      },
      terminated: () => closed('browser'),
    });
    spoken = withWords(database, () => closedBy);
    return spoken;
  } catch (cause) {
    throw notOpened(cause, notUpgraded);
  }
}

function notOpened(cause: unknown, notUpgraded: unknown): AppError {
  if (notUpgraded !== undefined) {
    const reason = isQuota(notUpgraded) || isQuota(cause) ? 'the disk is full' : wordsOf(notUpgraded);
    const message = `What an earlier version of Hone kept in this browser could not be brought up to date: ${reason}. Nothing of it was changed.`;
    return new AppError('storage-failed', message, { cause: notUpgraded });
  }
  const words =
    cause instanceof Error && cause.name === 'VersionError'
      ? 'What is kept in this browser was written by a newer version of Hone than this page, and was not touched. Reload the page to get that version.'
      : 'This browser gives the page no storage (a private window, or storage is switched off). Allow it, then reload.';
  return new AppError('storage-failed', words, { cause });
}

function wordsOf(fault: unknown): string {
  return (fault instanceof Error ? fault.message : String(fault)).replace(/[.]$/, '');
}

/** Lets go of a connection that was held, where another tab waits for it. */
export function yieldConnection(database: HoneDatabase): void {
  awaited.get(database)?.();
  awaited.delete(database);
}

/** What is said of a connection that is closed. */
export function closedWords(by: ClosedBy | null): string {
  switch (by) {
    case 'newer-version':
      return 'A newer version of Hone was opened in another tab. Reload this one to go on.';
    case 'browser':
      return 'The browser closed the storage of this page: its data were cleared, or the disk failed. Reload this page.';
    case null:
      return 'The storage of this page is closed. Reload this page.';
    default:
      return by satisfies never;
  }
}

/** The same connection, whose reads too fail as `storage-failed` in words instead of with the browser's own. */
function withWords(database: HoneDatabase, closedBy: () => ClosedBy | null): HoneDatabase {
  const worded = (cause: unknown): unknown => {
    if (!(cause instanceof DOMException)) return cause;
    const words =
      cause.name === 'InvalidStateError'
        ? closedWords(closedBy())
        : `The browser’s storage could not be read. Reload this page. (${cause.message})`;
    return new AppError('storage-failed', words, { cause });
  };
  return new Proxy(database, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        try {
          const result: unknown = Reflect.apply(value, target, given);
          if (!(result instanceof Promise)) return result;
          return result.catch((cause: unknown) => {
            throw worded(cause);
          });
        } catch (cause) {
          throw worded(cause);
        }
      };
    },
  });
}

/** What can be computed again, with its sizes: the frozen layers' output is the larger, sentence vectors come after it. */
const COMPUTED = [
  ['stateBlocks', 'states'],
  ['featureSizes', 'features'],
] as const;

/**
 * Runs `body` in one read-write transaction over `stores`, and resolves only when it has committed.
 * `body` may await nothing but the transaction's own requests. Any fault undoes all of it and is thrown as
 * `storage-full` or `storage-failed`; `what` names what was not saved: «The data set».
 * Only what can be computed again may be `relaxed`. On a full disk it makes way for what cannot be, and `body` runs again.
 */
export async function write<T>(
  database: HoneDatabase,
  stores: Stores,
  what: string,
  body: (transaction: WriteTransaction) => Promise<T> | T,
  durability: 'strict' | 'relaxed' = 'strict',
): Promise<T> {
  const caches = durability === 'relaxed' ? [] : [...COMPUTED];
  for (;;) {
    try {
      return await writeOnce(database, stores, what, body, durability);
    } catch (error) {
      if (!isFull(error) || !(await clearFirst(database, caches))) throw error;
    }
  }
}

/**
 * Throws away the first of the caches that holds anything, and takes those up to it off the list; false where none does.
 * A run that reads it meanwhile finds it gone, and computes.
 */
async function clearFirst(database: HoneDatabase, caches: (typeof COMPUTED)[number][]): Promise<boolean> {
  try {
    for (let cache = caches.shift(); cache; cache = caches.shift()) {
      const [sizes, values] = cache;
      if ((await database.count(sizes)) === 0) continue;
      const transaction = database.transaction([sizes, values], 'readwrite');
      await Promise.all([
        transaction.objectStore(sizes).clear(),
        transaction.objectStore(values).clear(),
        transaction.done,
      ]);
      return true;
    }
  } catch {
    // The save is refused as it was.
  }
  return false;
}

function isFull(error: unknown): boolean {
  return error instanceof AppError && error.code === 'storage-full';
}

async function writeOnce<T>(
  database: HoneDatabase,
  stores: Stores,
  what: string,
  body: (transaction: WriteTransaction) => Promise<T> | T,
  durability: 'strict' | 'relaxed',
): Promise<T> {
  let transaction: WriteTransaction | undefined;
  try {
    transaction = database.transaction(stores, 'readwrite', { durability });
    // The body and the transaction can fail one after the other: hear both, throw the first.
    const [result] = await Promise.all([body(transaction), transaction.done]);
    return result;
  } catch (cause) {
    abort(transaction);
    await transaction?.done.catch(() => undefined);
    throw storageError(what, cause, transaction?.error ?? null);
  }
}

function abort(transaction: { abort(): void } | undefined): void {
  try {
    transaction?.abort();
  } catch {
    // It had ended already: that is what was wanted.
  }
}

/** The fault of a save in words. A quota error may stand on the transaction while the request says only «aborted». */
function storageError(what: string, cause: unknown, ofTransaction: DOMException | null): AppError {
  // Of a closed connection; any other is the body's own.
  if (cause instanceof AppError && cause.code === 'storage-failed') return notSaved(what, cause.message, cause);
  if (cause instanceof AppError) return cause;
  if (isQuota(cause) || isQuota(ofTransaction)) {
    return new AppError(
      'storage-full',
      `Not saved: the disk is full. ${what} was not kept; all that was saved before is still there. ` +
        'Free some space, or delete data sets and runs here, then try again.',
      { cause },
    );
  }
  const fault = ofTransaction ?? cause;
  return notSaved(what, fault instanceof Error ? fault.message : String(fault), cause);
}

function notSaved(what: string, reason: string, cause: unknown): AppError {
  return new AppError('storage-failed', `Not saved: the browser's storage refused. ${what} was not kept. ${reason}`, {
    cause,
  });
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}
