/**
 * Sentence vectors of the encoder as it came, kept between runs. What cannot be stored is said and computed again next
 * time.
 */
import type { FeatureStore } from '../../core/run/experiment';
import { deviceKey } from '../device/select';
import type { Encoder } from '../models/encoder';
import { forwardAll, type ForwardPlan } from '../threads/forward-all';
import { type Bucket, bucketsOf, keepBucket, mayBeKept } from './buckets';
import { batchOf, textBatches } from './encode-texts';
import { normaliseRows, placeRows, spreadRows } from '../fit/rows';

/** Buckets computed together: enough texts that batches of like length are full. */
const BUCKETS_AT_ONCE = 8;

export interface FeatureCacheOptions extends Pick<ForwardPlan, 'pace' | 'threads'> {
  store: FeatureStore;
  modelSha256: string;
  /** Told how many texts are done, those found in the store included. */
  onTexts(done: number): void;
  onLog(message: string): void;
}

/** Buckets that are computed together, and how many of their texts still are to be. */
interface Group {
  buckets: Bucket[];
  missing: number;
}

/** Vectors [texts, hidden] of length 1 for distinct texts. Null when stopped. */
export async function cachedVectors(
  model: Encoder,
  tokenIds: readonly Int32Array[],
  { store, modelSha256, pace, threads, onTexts, onLog }: FeatureCacheOptions,
): Promise<Float32Array | null> {
  const hidden = model.config.hiddenSize;
  const vectors = new Float32Array(tokenIds.length * hidden);
  let done = 0;

  const missing: Bucket[] = [];
  for (const bucket of bucketsOf(tokenIds, prefixOf(modelSha256))) {
    const kept = await store.get(bucket.key);
    if (!kept || !isWhole(kept, bucket, hidden)) {
      missing.push(bucket);
      continue;
    }
    placeRows(vectors, bucket.texts, kept, hidden);
    done += bucket.texts.length;
  }
  onTexts(done);

  // One list for all threads: they wait for each other at its end only, not at the end of every group.
  const parts = groupsOf(missing).flatMap((group) => {
    const texts = group.buckets.flatMap((bucket) => bucket.texts);
    const ids = texts.map((text) => tokenIds[text] ?? new Int32Array());
    return textBatches(ids).map((rows) => {
      return { group, texts: rows.map((row) => texts[row] ?? 0), batch: batchOf(ids, rows) };
    });
  });
  let keeping = true;
  const finished = await forwardAll({
    encoder: model,
    batches: parts.map(({ batch }) => batch),
    depth: 'pooled',
    pace,
    threads,
    onLog,
    async onValues(index, values) {
      const part = parts[index];
      if (part === undefined) return;
      const { group, texts } = part;
      placeRows(vectors, texts, normaliseRows(values, hidden), hidden);
      group.missing -= texts.length;
      onTexts((done += texts.length));
      if (group.missing > 0) return;
      for (const bucket of group.buckets) {
        const own = spreadRows(vectors, bucket.texts, hidden);
        if (mayBeKept(own)) keeping &&= await keepBucket(store, bucket.key, own, 'Sentence vectors', onLog);
      }
    },
  });
  return finished ? vectors : null;
}

/** The texts whose vectors are not in the store. */
export async function uncachedTexts(
  tokenIds: readonly Int32Array[],
  hidden: number,
  { store, modelSha256 }: Pick<FeatureCacheOptions, 'store' | 'modelSha256'>,
): Promise<Int32Array[]> {
  const missing: Int32Array[] = [];
  for (const bucket of bucketsOf(tokenIds, prefixOf(modelSha256))) {
    const kept = await store.get(bucket.key);
    if (kept && isWhole(kept, bucket, hidden)) continue;
    missing.push(...bucket.texts.map((text) => tokenIds[text] ?? new Int32Array()));
  }
  return missing;
}

function isWhole(kept: Float32Array, { texts }: Bucket, hidden: number): boolean {
  return kept.length === texts.length * hidden && mayBeKept(kept);
}

function prefixOf(modelSha256: string): string {
  return `vectors/2/${modelSha256}/${deviceKey()}`;
}

function groupsOf(buckets: readonly Bucket[]): Group[] {
  const groups: Group[] = [];
  for (let start = 0; start < buckets.length; start += BUCKETS_AT_ONCE) {
    const own = buckets.slice(start, start + BUCKETS_AT_ONCE);
    groups.push({ buckets: own, missing: own.reduce((sum, { texts }) => sum + texts.length, 0) });
  }
  return groups;
}
