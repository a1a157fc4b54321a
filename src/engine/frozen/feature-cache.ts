/**
 * Means of the last three layers of the encoder as it came, for each text, kept between runs: every recipe is made of
 * them. What cannot be stored is said and computed again next time.
 *
 * They are kept in half precision, where all of a bucket is within its range: means lie within ±20, so that a value moves
 * by 1/2048 of itself at most. What was just computed is rounded like what was kept, so that a run has the same bits
 * whatever was found. README, Decisions, has what the rounding did to answers.
 */
import { floatToHalf, halfToFloat } from '../../core/formats/float16';
import type { FeatureStore, StatePiece } from '../../core/run/experiment';
import { deviceKey } from '../device/select';
import { placeRows, spreadRows } from '../fit/rows';
import type { ModelConfig } from '../../core/models/model-config';
import type { Encoder } from '../models/encoder';
import { MEAN_LAYERS } from '../threads/forward';
import { forwardAll, type ForwardPlan } from '../threads/forward-all';
import type { Depth } from '../threads/threads';
import { type Bucket, bucketsOf, keepBucket, mayBeKept } from './buckets';
import { batchOf, textBatches } from './encode-texts';
import type { Prefix } from './prefix';

/** Buckets computed together: enough texts that batches of like length are full. */
const BUCKETS_AT_ONCE = 8;

/** Buckets asked for together: a store answers in turns of this thread, each of which would be waited for. */
const ASKED_AT_ONCE = 32;

export interface FeatureCacheOptions extends Pick<ForwardPlan, 'pace' | 'threads'> {
  store: FeatureStore;
  modelSha256: string;
  /** An opened prefix of the same texts, which takes the states it misses from the same pass. */
  prefix?: Prefix | undefined;
  /** Told how many texts are done, those found in the store included. */
  onTexts(done: number): void;
  onLog(message: string): void;
}

/** Buckets that are computed together, and how many of their texts still are to be. */
interface Group {
  buckets: Bucket[];
  missing: number;
}

/** An encoder to read with, that need not be on the device before there is something to compute. */
export interface ReadEncoder {
  config: ModelConfig;
  place(): Encoder | Promise<Encoder>;
}

/** Means [texts, 3, hidden] of distinct texts, the oldest layer first, not normalised. Null when stopped. */
export async function cachedMeans(
  { config, place }: ReadEncoder,
  tokenIds: readonly Int32Array[],
  { store, modelSha256, prefix, pace, threads, onTexts, onLog }: FeatureCacheOptions,
): Promise<Float32Array | null> {
  const columns = MEAN_LAYERS * config.hiddenSize;
  const means = new Float32Array(tokenIds.length * columns);
  let done = 0;

  const missing: Bucket[] = [];
  for await (const { bucket, kept } of keptBuckets(tokenIds, columns, { store, modelSha256 })) {
    if (!kept) {
      missing.push(bucket);
      continue;
    }
    placeRows(means, bucket.texts, unpacked(kept), columns);
    done += bucket.texts.length;
  }
  onTexts(done);

  let keeping = true;
  const compute = async (own: readonly Bucket[], depth: Depth, atOnce: number): Promise<boolean> => {
    // One list for all threads: they wait for each other at its end only, not at the end of every group.
    const parts = groupsOf(own, atOnce).flatMap((group) => {
      const texts = group.buckets.flatMap((bucket) => bucket.texts);
      const ids = texts.map((text) => tokenIds[text] ?? new Int32Array());
      return textBatches(ids).map((rows) => {
        return { group, texts: rows.map((row) => texts[row] ?? 0), batch: batchOf(ids, rows) };
      });
    });
    if (parts.length === 0) return pace.goOn();
    return forwardAll({
      encoder: await place(),
      batches: parts.map(({ batch }) => batch),
      depth,
      pace,
      threads,
      onLog,
      async onValues(index, values) {
        const part = parts[index];
        if (part === undefined) return;
        const { group, texts } = part;
        const width = values.length / texts.length;
        for (const [i, text] of texts.entries()) {
          const row = values.subarray(i * width, (i + 1) * width);
          means.set(row.subarray(0, columns), text * columns);
          if (width > columns) await prefix?.take(text, row.subarray(columns));
        }
        group.missing -= texts.length;
        onTexts((done += texts.length));
        if (group.missing > 0) return;
        for (const bucket of group.buckets) {
          const kept = packed(spreadRows(means, bucket.texts, columns));
          placeRows(means, bucket.texts, unpacked(kept), columns);
          if (mayBeKept(kept)) keeping &&= await keepBucket(store, bucket.key, kept, 'Vectors', onLog);
        }
      },
    });
  };
  const passed = missing.filter(({ texts }) => prefix !== undefined && texts.every((text) => prefix.wants(text)));
  if (prefix && !(await compute(passed, { meansAndStates: prefix.from }, 1))) return null;
  const rest = missing.filter((bucket) => !passed.includes(bucket));
  return (await compute(rest, 'means', BUCKETS_AT_ONCE)) ? means : null;
}

/** The texts whose means are not in the store. */
export async function uncachedTexts(
  tokenIds: readonly Int32Array[],
  hidden: number,
  { store, modelSha256 }: Pick<FeatureCacheOptions, 'store' | 'modelSha256'>,
): Promise<Int32Array[]> {
  const missing: Int32Array[] = [];
  for await (const { bucket, kept } of keptBuckets(tokenIds, MEAN_LAYERS * hidden, { store, modelSha256 })) {
    if (kept) continue;
    missing.push(...bucket.texts.map((text) => tokenIds[text] ?? new Int32Array()));
  }
  return missing;
}

/** All buckets in their order with what is whole of them in the store, which is asked for many at a time. */
async function* keptBuckets(
  tokenIds: readonly Int32Array[],
  columns: number,
  { store, modelSha256 }: Pick<FeatureCacheOptions, 'store' | 'modelSha256'>,
): AsyncGenerator<{ bucket: Bucket; kept: StatePiece | null }> {
  const buckets = bucketsOf(tokenIds, prefixOf(modelSha256));
  for (let start = 0; start < buckets.length; start += ASKED_AT_ONCE) {
    const own = buckets.slice(start, start + ASKED_AT_ONCE);
    const found = await Promise.all(own.map(({ key }) => store.get(key)));
    for (const [i, bucket] of own.entries()) {
      const kept = found[i] ?? null;
      yield { bucket, kept: kept && isWhole(kept, bucket, columns) ? kept : null };
    }
  }
}

/** In half precision, unless that lets a value overflow. */
function packed(values: Float32Array): StatePiece {
  const halves = floatToHalf(values);
  return mayBeKept(halves) ? halves : values;
}

/** What a run would have read back of some means: for answers that are those of its report. */
export function asKept(means: Float32Array): Float32Array {
  return unpacked(packed(means));
}

function unpacked(kept: StatePiece): Float32Array {
  return kept instanceof Uint16Array ? halfToFloat(kept) : kept;
}

function isWhole(kept: StatePiece, { texts }: Bucket, columns: number): boolean {
  return kept.length === texts.length * columns && mayBeKept(kept);
}

function prefixOf(modelSha256: string): string {
  return `means/1/${modelSha256}/${deviceKey()}`;
}

function groupsOf(buckets: readonly Bucket[], atOnce: number): Group[] {
  const groups: Group[] = [];
  for (let start = 0; start < buckets.length; start += atOnce) {
    const own = buckets.slice(start, start + atOnce);
    groups.push({ buckets: own, missing: own.reduce((sum, { texts }) => sum + texts.length, 0) });
  }
  return groups;
}
