/**
 * Opening the database, and the one way to write to it: a single strict transaction that either commits whole or
 * throws. A save that did not commit is never reported as done.
 */
import { openDB, type IDBPTransaction, type StoreNames } from 'idb';
import { AppError } from '../core/errors';
import { DATABASE_NAME, type HoneDatabase, type HoneSchema, MIGRATIONS } from './schema';

type Stores = StoreNames<HoneSchema>[];
export type WriteTransaction = IDBPTransaction<HoneSchema, Stores, 'readwrite'>;

export interface OpenOptions {
  name?: string;
  /** Other steps than the app's, to try what an upgrade does. */
  migrations?: typeof MIGRATIONS;
  /** The connection is gone: a newer version of the app in another tab, or the browser, closed it. */
  onClosed?(reason: 'newer-version' | 'closed-by-browser'): void;
}

/**
 * Opens the database and brings it to the newest version, step by step.
 * Throws `storage-failed` when the browser has none, or when another tab keeps an older version open.
 */
export async function openDatabase(options: OpenOptions = {}): Promise<HoneDatabase> {
  const { name = DATABASE_NAME, migrations = MIGRATIONS, onClosed } = options;
  let blocked: ((error: AppError) => void) | undefined;
  const refused = new Promise<never>((_, reject) => (blocked = reject));
  const opening = openDB<HoneSchema>(name, migrations.length, {
    upgrade(database, oldVersion, _newVersion, transaction) {
      for (const migrate of migrations.slice(oldVersion)) migrate(database, transaction);
    },
    blocked() {
      blocked?.(
        new AppError(
          'storage-failed',
          'Another tab has an older version of Hone open. Close that tab, then reload this one.',
        ),
      );
    },
    blocking(_current, _blocked, event) {
      // Another tab wants to upgrade: holding on would block it for good.
      (event.target as IDBDatabase).close();
      onClosed?.('newer-version');
    },
    terminated: () => onClosed?.('closed-by-browser'),
  });
  try {
    return await Promise.race([opening, refused]);
  } catch (cause) {
    // When it opens after all, nobody uses it: close it, so that it blocks no one.
    opening.then(
      (database) => database.close(),
      () => undefined,
    );
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      'storage-failed',
      'This browser gives the page no storage (a private window, or storage is switched off). Allow it, then reload.',
      { cause },
    );
  }
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

function abort(transaction: WriteTransaction | undefined): void {
  try {
    transaction?.abort();
  } catch {
    // It had ended already: that is what was wanted.
  }
}

/** The fault of a save in words. A quota error may stand on the transaction while the request says only «aborted». */
function storageError(what: string, cause: unknown, ofTransaction: DOMException | null): AppError {
  if (cause instanceof AppError) return cause;
  if (isQuota(cause) || isQuota(ofTransaction)) {
    return new AppError(
      'storage-full',
      `Not saved: the disk is full. ${what} was not kept; all that was saved before is still there. ` +
        'Free some space, or delete data sets and runs here, then try again.',
      { cause },
    );
  }
  const reason =
    (ofTransaction ?? cause) instanceof Error ? (ofTransaction ?? (cause as Error)).message : String(cause);
  return new AppError('storage-failed', `Not saved: the browser's storage refused. ${what} was not kept. ${reason}`, {
    cause,
  });
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}
