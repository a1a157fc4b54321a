/**
 * The states of fits under way. A checkpoint is written in one strict transaction with the run's record and the curve up
 * to it, and the last two of each fold are kept: whatever breaks off or breaks down, one before it is whole. Every
 * shard is read against its sha256.
 */
import { AppError } from '../core/errors';
import { CHECKPOINT_VERSION, decodeFit, encodeFit } from '../core/run/checkpoint-bytes';
import type { FitState } from '../core/run/checkpoint';
import type { Run } from '../core/run/record';
import { write, type WriteTransaction } from './database';
import { type CurveAddition, demandRun, ofFold, ofRun } from './runs';
import type { CheckpointRecord, HoneDatabase } from './schema';

/** How many checkpoints of a fold are kept. */
const KEPT = 2;

/** What is said of a checkpoint besides its bytes. */
export type CheckpointFacts = Pick<CheckpointRecord, 'runId' | 'build'>;

/** Keeps the state of a fit with the record and the curve as they now are; throws `storage-full` and changes nothing then. */
export async function saveCheckpoint(
  database: HoneDatabase,
  facts: CheckpointFacts,
  state: FitState,
  change: Partial<Run>,
  curve: CurveAddition | null,
): Promise<void> {
  const { runId } = facts;
  const { fold, step } = state;
  const bytes = encodeFit(state);
  const shards: CheckpointRecord['shards'] = [];
  for (const shard of bytes) shards.push({ bytes: shard.length, sha256: await sha256(shard) });
  const stores = ['runs', 'curves', 'checkpoints', 'shards'] as const;
  await write(database, [...stores], `The checkpoint at step ${step}`, async (transaction) => {
    const run = await demandRun(transaction, runId);
    const checkpoints = transaction.objectStore('checkpoints');
    const before = (await checkpoints.getAllKeys(ofFold(runId, fold))).map(([, , number]) => number);
    const number = (before.at(-1) ?? 0) + 1;
    for (const [shard, piece] of bytes.entries()) {
      await transaction.objectStore('shards').put({ runId, fold, number, shard, bytes: piece });
    }
    await checkpoints.put({ ...facts, fold, number, format: CHECKPOINT_VERSION, step, shards });
    for (const old of before.slice(0, before.length - (KEPT - 1))) await drop(transaction, [runId, fold, old]);
    if (curve !== null) await transaction.objectStore('curves').put({ runId, ...curve });
    await transaction.objectStore('runs').put({ ...run, ...change });
  });
}

/** True when some fit of the run can be gone on with, as far as its records say. */
export async function hasCheckpoint(database: HoneDatabase, runId: string): Promise<boolean> {
  return (await database.count('checkpoints', ofRun(runId))) > 0;
}

/** The newest whole state of each fold, and what was found wrong on the way to it, in words. */
export interface ReadCheckpoints {
  fits: FitState[];
  faults: string[];
}

/**
 * Reads the states of a run's fits. What is damaged is passed over for the one before, and deleted: it must not count as
 * one of the last two. A fold without a whole one begins anew. Throws `checkpoint-foreign` for one that another build of
 * the app wrote: its numbers would not be the same.
 */
export async function readCheckpoints(database: HoneDatabase, runId: string, build: string): Promise<ReadCheckpoints> {
  const records = await database.getAll('checkpoints', ofRun(runId));
  const read: ReadCheckpoints = { fits: [], faults: [] };
  const foreign = records.find((record) => record.build !== build || record.format !== CHECKPOINT_VERSION);
  if (foreign) throw foreignBuild({ build: foreign.build, expected: build });
  for (const fold of new Set(records.map((record) => record.fold))) {
    const ofFold = records.filter((record) => record.fold === fold).reverse();
    for (const record of ofFold) {
      try {
        read.fits.push(await readState(database, record));
        break;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'checkpoint-damaged')) throw error;
        const older = record !== ofFold.at(-1);
        const next = older ? 'The one before it is taken' : 'There is none before it: this fold begins anew';
        const { runId, number } = record;
        await write(database, ['checkpoints', 'shards'], 'The deletion of a damaged checkpoint', (transaction) =>
          drop(transaction, [runId, fold, number]),
        );
        read.faults.push(`The checkpoint at step ${record.step} is damaged and is not used. ${next}.`);
      }
    }
  }
  return read;
}

/** What is said of a run that another build of the app began. */
export function foreignBuild(details: Record<string, string | number>): AppError {
  return new AppError(
    'checkpoint-foreign',
    'This run was begun by another version of Hone, and this one would go on with other numbers. ' +
      'Finish it with what there is; then it can be started again.',
    { details },
  );
}

async function readState(database: HoneDatabase, record: CheckpointRecord): Promise<FitState> {
  const { runId, fold, number } = record;
  const key = [runId, fold, number] as const;
  const stored = await database.getAll('shards', IDBKeyRange.bound([...key], [...key, []]));
  for (const [i, { bytes, sha256: expected }] of record.shards.entries()) {
    const shard = stored[i];
    const whole = shard?.shard === i && shard.bytes.length === bytes && (await sha256(shard.bytes)) === expected;
    if (!whole) throw new AppError('checkpoint-damaged', `Part ${i + 1} of the checkpoint is damaged.`);
  }
  return decodeFit(stored.map(({ bytes }) => bytes));
}

async function drop(transaction: WriteTransaction, key: [string, number, number]): Promise<void> {
  await transaction.objectStore('checkpoints').delete(key);
  await transaction.objectStore('shards').delete(IDBKeyRange.bound(key, [...key, []]));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
