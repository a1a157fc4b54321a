/**
 * Where the frozen layers' output of each text is: in memory up to the budget, and in the store as far as it has room,
 * by buckets of texts that are kept and found whole.
 *
 * Room goes first to what is not in memory; what is, is stored for later runs. A store that fails is said once and let
 * be from then on: what it had is computed again.
 */
import { AppError } from '../../core/errors';
import { formatBytes } from '../../core/words/numbers';
import type { StatePiece, StatePlace, StateStore } from '../../core/run/experiment';
import type { Threads } from '../threads/threads';
import { bucketsOf, mayBeKept, type Bucket } from './buckets';
import type { StatesPlan } from './prefix-plan';

export interface PrefixHelp {
  /** Without one, what does not fit in memory is computed for each batch. */
  store?: StateStore | undefined;
  modelSha256: string;
  threads?: Threads | undefined;
  onLog(message: string): void;
}

export interface ShelfBucket extends Bucket {
  bytes: number;
  inMemory: boolean;
}

/** What a store has of the states, and where all of them will be, in bytes. */
export interface Survey {
  found: ShelfBucket[];
  /** To be computed once: what is for memory first. */
  missing: ShelfBucket[];
  memory: number;
  disk: number;
  /** There is room for it in neither: it is computed for every batch. */
  without: number;
}

/** [tokens of the text, hidden] by the number of their text. */
export type TextStates = Map<number, StatePiece>;

export class Shelf {
  readonly #plan: StatesPlan;
  readonly #buckets: ShelfBucket[];
  readonly #help: PrefixHelp | null;
  /** Null when there is none, or none that works. */
  #store: StateStore | null;
  /** Bytes of the store that are not spoken for. */
  #spare = 0;
  /** It was said that states are lost. */
  #lost = false;
  readonly memory: TextStates = new Map();
  readonly #places = new Map<number, StatePlace>();
  /** Of the texts asked for last, and those that come next. */
  #reading = new Map<number, Promise<StatePiece | null>>();

  /** `kind` says how the states are made. */
  constructor(plan: StatesPlan, kind: string, help: PrefixHelp | null) {
    this.#plan = plan;
    this.#help = help;
    this.#store = help?.store ?? null;
    const prefix = `states/1/${help?.modelSha256 ?? ''}/${kind}/${plan.half ? 'float16' : 'float32'}`;
    let left = plan.keepBytes;
    this.#buckets = bucketsOf(plan.tokenIds, prefix).map((bucket) => {
      const bytes = bucket.texts.reduce((sum, text) => sum + plan.bytesOf(text), 0);
      const inMemory = bytes <= left;
      if (inMemory) left -= bytes;
      return { ...bucket, bytes, inMemory };
    });
  }

  /** True when the store takes nothing more. */
  get isFull(): boolean {
    return this.#store === null;
  }

  /** Looks what the store has and has room for. */
  async survey(): Promise<Survey> {
    const found = new Set<ShelfBucket>();
    for (const bucket of this.#buckets) {
      if ((await this.#ask((store) => store.claim(bucket.key))) === true) found.add(bucket);
    }
    this.#spare = (await this.#ask((store) => store.room())) ?? 0;
    const absent = this.#buckets.filter((bucket) => !found.has(bucket));
    const toMemory = absent.filter(({ inMemory }) => inMemory);
    const toStore = absent.filter(({ inMemory, bytes }) => {
      const fits = !inMemory && bytes <= this.#spare;
      if (fits) this.#spare -= bytes;
      return fits;
    });
    const memory = sizeOf(this.#buckets.filter(({ inMemory }) => inMemory));
    const disk = sizeOf([...found].filter(({ inMemory }) => !inMemory)) + sizeOf(toStore);
    return {
      found: [...found],
      missing: [...toMemory, ...toStore],
      memory,
      disk,
      without: this.#plan.bytes - memory - disk,
    };
  }

  /** Takes what there is from the store, and says what is to be computed now: what is for memory first. */
  async open(): Promise<ShelfBucket[]> {
    const survey = await this.survey();
    this.#tell(survey);
    const damaged: ShelfBucket[] = [];
    for (const bucket of survey.found) {
      if (bucket.inMemory && !(await this.#load(bucket))) {
        damaged.push(bucket);
        continue;
      }
      this.#place(bucket);
    }
    return [...damaged, ...survey.missing];
  }

  /** Keeps a bucket that was computed; in the store only when all of it is finite. */
  async keep(bucket: ShelfBucket, pieces: TextStates): Promise<void> {
    if (bucket.inMemory) {
      for (const [text, piece] of pieces) this.memory.set(text, piece);
      if (bucket.bytes > this.#spare) return;
      this.#spare -= bucket.bytes;
    }
    const values = bucket.texts.map((text) => pieces.get(text) ?? new Uint16Array());
    if (!values.every(mayBeKept)) return;
    const kept = await this.#ask(async (store) => {
      await store.put(bucket.key, values);
      return true;
    });
    if (kept === true) this.#place(bucket);
  }

  /** The pieces of some texts, as far as the store has them; begins to read those that come `next`. */
  async read(texts: readonly number[], next: readonly number[]): Promise<TextStates> {
    const wanted = new Set([...texts, ...next]);
    for (const text of this.#reading.keys()) if (!wanted.has(text)) this.#reading.delete(text);
    this.#begin(texts);
    this.#begin(next);
    const pieces: TextStates = new Map();
    for (const text of texts) {
      const piece = await this.#reading.get(text);
      if (piece && this.#isWhole(piece, text)) pieces.set(text, piece);
      else if (this.#places.has(text)) this.#sayLost('Some was thrown away meanwhile.');
    }
    return pieces;
  }

  #begin(texts: readonly number[]): void {
    const unread = texts.flatMap((text) => {
      const place = this.#reading.has(text) ? undefined : this.#places.get(text);
      return place === undefined ? [] : [{ text, place }];
    });
    if (unread.length === 0) return;
    const read = this.#ask((store) => store.read(unread.map(({ place }) => place)));
    unread.forEach(({ text }, i) =>
      this.#reading.set(
        text,
        read.then((pieces) => pieces?.[i] ?? null),
      ),
    );
  }

  /** Takes a bucket into memory; false when it is not whole. */
  async #load(bucket: ShelfBucket): Promise<boolean> {
    const pieces = await this.#ask((store) => store.get(bucket.key));
    const whole = bucket.texts.flatMap((text, i) => {
      const piece = pieces?.[i];
      return piece && this.#isWhole(piece, text) ? [{ text, piece }] : [];
    });
    if (whole.length < bucket.texts.length) return false;
    for (const { text, piece } of whole) this.memory.set(text, piece);
    return true;
  }

  #isWhole(piece: StatePiece, text: number): boolean {
    return piece.length === this.#plan.sizeOf(text) && mayBeKept(piece);
  }

  #place({ key, texts, inMemory }: ShelfBucket): void {
    if (!inMemory) texts.forEach((text, piece) => this.#places.set(text, { block: key, piece }));
  }

  /** What the store answers; null when it fails, or did before. */
  async #ask<T>(question: (store: StateStore) => Promise<T>): Promise<T | null> {
    const store = this.#store;
    if (!store) return null;
    try {
      return await question(store);
    } catch (error) {
      if (!(error instanceof AppError && (error.code === 'storage-full' || error.code === 'storage-failed')))
        throw error;
      this.#sayLost(error.message);
      this.#store = null;
      return null;
    }
  }

  #sayLost(reason: string): void {
    if (!this.#lost)
      this.#help?.onLog(`Not all of the frozen layers’ output can be kept: what is not is computed again. ${reason}`);
    this.#lost = true;
  }

  #tell({ disk, without }: Survey): void {
    const { half, bytes, keepBytes } = this.#plan;
    if (!half || !this.#help) return;
    const { threads, onLog } = this.#help;
    onLog(
      [
        `The frozen layers’ output is kept in half precision: in full it is ${formatBytes(2 * bytes)}, and`,
        `${formatBytes(keepBytes)} of memory are for it.`,
        ...(disk > 0 ? [`${formatBytes(disk)} of it are on the disk, and are read batch by batch.`] : []),
        ...(without > 0
          ? [`For ${formatBytes(without)} of it there is no room on the disk: that is computed for every batch.`]
          : []),
        ...(threads && threads.lanes > 1 ? ['Folds are fitted one after the other.'] : []),
      ].join(' '),
    );
  }
}

function sizeOf(buckets: readonly ShelfBucket[]): number {
  return buckets.reduce((sum, { bytes }) => sum + bytes, 0);
}
