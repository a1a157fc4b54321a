/**
 * Sentence vectors of the encoder as it came, kept between runs.
 *
 * Texts fall into buckets by a hash of their token ids, about 64 texts each; a bucket is stored under a hash of what
 * is in it. The same data is found again whole; a changed row costs its bucket. What cannot be stored is said and
 * computed again next time.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { FeatureStore } from '../../core/plan/experiment';
import type { BertModel } from '../models/bert/weights';
import { forwardAll, type ForwardPlan } from '../pool/forward-all';
import { batchOf, textBatches } from './encode-texts';
import { normaliseRows, placeRows, spreadRows } from './rows';

const BUCKET_TEXTS = 64;
/** Buckets computed together: enough texts that batches of like length are full. */
const BUCKETS_AT_ONCE = 8;

export interface FeatureCacheOptions extends Pick<ForwardPlan, 'pace' | 'threads'> {
  store: FeatureStore;
  modelSha256: string;
  /** Told how many texts are done, those found in the store included. */
  onTexts(done: number): void;
  onLog(message: string): void;
}

interface Bucket {
  key: string;
  /** Positions in `tokenIds`, in an order that depends on their content only. */
  texts: number[];
}

/** Buckets that are computed together, and how many of their texts still are to be. */
interface Group {
  buckets: Bucket[];
  missing: number;
}

/** Vectors [texts, hidden] of length 1 for distinct texts. Null when stopped. */
export async function cachedVectors(
  model: BertModel,
  tokenIds: readonly Int32Array[],
  { store, modelSha256, pace, threads, onTexts, onLog }: FeatureCacheOptions,
): Promise<Float32Array | null> {
  const hidden = model.config.hiddenSize;
  const vectors = new Float32Array(tokenIds.length * hidden);
  let done = 0;

  const missing: Bucket[] = [];
  for (const bucket of bucketsOf(tokenIds, `vectors/1/${modelSha256}/${tf.getBackend()}`)) {
    const kept = await store.get(bucket.key);
    if (kept?.length !== bucket.texts.length * hidden) {
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
    config: model.config,
    weights: model.weights,
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
        keeping &&= await keep(store, bucket.key, spreadRows(vectors, bucket.texts, hidden), onLog);
      }
    },
  });
  return finished ? vectors : null;
}

function groupsOf(buckets: readonly Bucket[]): Group[] {
  const groups: Group[] = [];
  for (let start = 0; start < buckets.length; start += BUCKETS_AT_ONCE) {
    const own = buckets.slice(start, start + BUCKETS_AT_ONCE);
    groups.push({ buckets: own, missing: own.reduce((sum, { texts }) => sum + texts.length, 0) });
  }
  return groups;
}

/** False when there is no room: the run goes on without keeping. */
async function keep(
  store: FeatureStore,
  key: string,
  values: Float32Array,
  onLog: (message: string) => void,
): Promise<boolean> {
  try {
    await store.put(key, values);
    return true;
  } catch (error) {
    if (!(error instanceof AppError && (error.code === 'storage-full' || error.code === 'storage-failed'))) throw error;
    onLog(`Sentence vectors are not kept for the next run: ${error.message}`);
    return false;
  }
}

function bucketsOf(tokenIds: readonly Int32Array[], prefix: string): Bucket[] {
  const hashed = tokenIds.map((ids, text) => ({ text, hash: hashOf(ids.join()) }));
  hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  // A power of two, so that a few rows more or less leave the buckets as they are.
  const buckets = 2 ** Math.max(0, Math.ceil(Math.log2(tokenIds.length / BUCKET_TEXTS)));
  const members = new Map<number, { text: number; hash: string }[]>();
  for (const entry of hashed) {
    const bucket = Math.floor((parseInt(entry.hash.slice(0, 8), 16) / 2 ** 32) * buckets);
    const known = members.get(bucket);
    if (known) known.push(entry);
    else members.set(bucket, [entry]);
  }
  return [...members.values()].map((entries) => ({
    key: `${prefix}/${hashOf(entries.map(({ hash }) => hash).join())}`,
    texts: entries.map(({ text }) => text),
  }));
}

/** 128 bits in hex: cyrb128 (bryc, public domain). Good against chance, not against an adversary, who would only fool himself. */
function hashOf(text: string): string {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597399067);
    b = c ^ Math.imul(b ^ k, 2869860233);
    c = d ^ Math.imul(c ^ k, 951274213);
    d = a ^ Math.imul(d ^ k, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}
